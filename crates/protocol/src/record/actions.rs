//! Actions of a record as bits.

use alloc::string::String;
use alloc::vec::Vec;

use game::command::{COMMANDS_MAX, Command, TEXT_CHARS_MAX};
use game::{ARGS_MAX, Seat};

use super::{ACTIONS_MAX, Action};
use crate::binary::bits::{Reader, Writer};
use crate::binary::number::{GROUPS_ARG, GROUPS_TICK, put_grouped, take_grouped, unzigzag, zigzag};
use crate::binary::{put_seat, take_seat};

const KIND_BITS: u32 = 6;
const LENGTH_BITS: u32 = 10;
const BYTE_BITS: u32 = 8;

const _: () = assert!(COMMANDS_MAX == 1 << KIND_BITS && 4 * TEXT_CHARS_MAX < 1 << LENGTH_BITS);

/// Appends each action after a bit 1, and a bit 0 after the last.
pub(super) fn put_actions(bits: &mut Writer<'_>, slots: usize, actions: &[Action]) {
    for Action { seat, id, command } in actions.iter().take(ACTIONS_MAX) {
        put_seat(bits.flag(true), slots, Some(*seat));
        put_grouped(bits, u64::from(*id));
        bits.put(command.kind.into(), KIND_BITS);
        for &arg in &command.args {
            bits.flag(arg != 0);
            if arg != 0 {
                put_grouped(bits, zigzag(arg));
            }
        }
        bits.put(command.text.len() as u32, LENGTH_BITS);
        for &byte in command.text.as_bytes() {
            bits.put(byte.into(), BYTE_BITS);
        }
    }
    bits.flag(false);
}

pub(super) fn take_actions(bits: &mut Reader<'_>, slots: usize) -> Vec<Action> {
    let mut actions = Vec::new();
    while bits.flag() {
        if actions.len() == ACTIONS_MAX {
            bits.refuse("too many actions");
            break;
        }
        match take_seat(bits, slots) {
            Some(seat) => actions.push(take_action(bits, seat)),
            None => bits.refuse("no such seat"),
        }
    }
    actions
}

fn take_action(bits: &mut Reader<'_>, seat: Seat) -> Action {
    let id = take_grouped(bits, GROUPS_TICK) as u32;
    let kind = bits.take(KIND_BITS) as u8;
    let mut args = [0; ARGS_MAX];
    for arg in &mut args {
        if bits.flag() {
            *arg = unzigzag(take_grouped(bits, GROUPS_ARG));
        }
    }
    let text = String::from_utf8(bits.take_bytes(LENGTH_BITS)).ok();
    let text = text.filter(|text| text.chars().count() <= TEXT_CHARS_MAX);
    if text.is_none() {
        bits.refuse("a text is out of range");
    }
    let text = text.unwrap_or_default();
    let command = Command { kind, args, text };
    Action { seat, id, command }
}
