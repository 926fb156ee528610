//! Joins of a record as bits: players who join the running match.

use alloc::vec::Vec;

use game::{BadState, Member, Save, Seat};

use crate::Player;
use crate::binary::bits::{Reader, Writer};
use crate::player::member;

const LENGTH_BITS: u32 = 12;
const BYTE_BITS: u32 = 8;

/// The maximum number of joins in a record.
pub const JOINS_MAX: usize = 8;
/// The maximum length of a player in a record, bytes.
pub const JOIN_BYTES_MAX: usize = (1 << LENGTH_BITS) - 1;

/// A player who joins the running match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// A seat that was free, whose player had left, or that a bot had.
    pub seat: Seat,
    /// The new player of the seat.
    pub player: Player,
}

impl Join {
    /// Whether it fits into a record: the player's texts are not too long.
    pub fn is_recordable(&self) -> bool {
        let are_short = (self.player.colors.iter()).all(|color| u8::try_from(color.len()).is_ok());
        are_short && self.to_bytes().len() <= JOIN_BYTES_MAX
    }

    /// The player of the roster, then the colors, each after a byte with its length. JSON would add
    /// 40 kB to the browser's engine.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        member(self.seat, &self.player).save(&mut out);
        for color in &self.player.colors {
            out.push(color.len() as u8);
            out.extend_from_slice(color.as_bytes());
        }
        out
    }

    /// The join of [`Join::to_bytes`].
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, BadState> {
        let mut bytes = game::Reader::new(bytes);
        let member = Member::restore(&mut bytes)?;
        let mut colors = Vec::new();
        while bytes.end().is_err() {
            let length = bytes.u8()?;
            let color = str::from_utf8(bytes.bytes(length.into())?);
            colors.push(color.map_err(|_| BadState("a color is not UTF-8"))?.into());
        }
        Ok(Self {
            seat: member.seat,
            player: Player {
                player_id: member.player_id,
                name: member.name,
                colors,
                team: member.team,
                is_bot: member.is_bot,
                game: member.game,
            },
        })
    }
}

/// Appends each join after a bit 1, and a bit 0 after the last.
pub(super) fn put_joins(bits: &mut Writer<'_>, joins: &[Join]) {
    let joins = joins.iter().filter(|join| join.is_recordable());
    for join in joins.take(JOINS_MAX) {
        let bytes = join.to_bytes();
        bits.flag(true).put(bytes.len() as u32, LENGTH_BITS);
        for byte in bytes {
            bits.put(byte.into(), BYTE_BITS);
        }
    }
    bits.flag(false);
}

pub(super) fn take_joins(bits: &mut Reader<'_>, slots: usize) -> Vec<Join> {
    let mut joins = Vec::new();
    while bits.flag() {
        if joins.len() == JOINS_MAX {
            bits.refuse("too many joins");
            break;
        }
        match Join::from_bytes(&bits.take_bytes(LENGTH_BITS)) {
            Ok(join) if join.seat.index() < slots => joins.push(join),
            Ok(_) => bits.refuse("no such seat"),
            Err(_) => bits.refuse("no player"),
        }
    }
    joins
}
