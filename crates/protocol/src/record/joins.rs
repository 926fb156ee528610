//! Joins of a record as bits: players who join the running match.

use alloc::vec::Vec;

use game::Seat;

use crate::binary::bits::{Reader, Writer};
use crate::binary::{put_seat, take_seat};
use crate::replay::{read_player, write_player};
use crate::{DecodeError, Player};

const LENGTH_BITS: u32 = 12;
const BYTE_BITS: u32 = 8;

/// Joins of a record, at most.
pub const JOINS_MAX: usize = 8;
/// The length of a player in a record, as JSON, at most.
pub const JOIN_BYTES_MAX: usize = (1 << LENGTH_BITS) - 1;

/// A player who joins the running match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// The seat: one that was free, or whose player had left.
    pub seat: Seat,
    /// Who has it now.
    pub player: Player,
}

impl Join {
    /// Whether a record can have it: the player's texts are not too long.
    pub fn is_recordable(&self) -> bool {
        text(&self.player).len() <= JOIN_BYTES_MAX
    }
}

fn text(player: &Player) -> Vec<u8> {
    let mut text = Vec::new();
    write_player(player, &mut text);
    text
}

/// Each after a bit 1, and a bit 0 after the last.
pub(super) fn put_joins(bits: &mut Writer<'_>, slots: usize, joins: &[Join]) {
    let joins = joins.iter().filter(|join| join.is_recordable());
    for Join { seat, player } in joins.take(JOINS_MAX) {
        let text = text(player);
        put_seat(bits.flag(true), slots, Some(*seat));
        bits.put(text.len() as u32, LENGTH_BITS);
        for byte in text {
            bits.put(byte.into(), BYTE_BITS);
        }
    }
    bits.flag(false);
}

pub(super) fn take_joins(bits: &mut Reader<'_>, slots: usize) -> Result<Vec<Join>, DecodeError> {
    let mut joins = Vec::new();
    while bits.flag()? {
        if joins.len() == JOINS_MAX {
            return Err(DecodeError::Malformed("too many joins"));
        }
        joins.push(take_join(bits, slots)?);
    }
    Ok(joins)
}

fn take_join(bits: &mut Reader<'_>, slots: usize) -> Result<Join, DecodeError> {
    let seat = take_seat(bits, slots)?.ok_or(DecodeError::Malformed("no such seat"))?;
    let mut text = Vec::new();
    for _ in 0..bits.take(LENGTH_BITS)? {
        text.push(bits.take(BYTE_BITS)? as u8);
    }
    let player = read_player(&text).ok_or(DecodeError::Malformed("no player"))?;
    Ok(Join { seat, player })
}
