//! Joins of a record as bits: players who join the running match.

use alloc::vec::Vec;

use game::{BadState, Member, Save, Seat};

use crate::binary::bits::{Reader, Writer};
use crate::player::member;
use crate::{DecodeError, Player};

const LENGTH_BITS: u32 = 12;
const BYTE_BITS: u32 = 8;

/// Joins of a record, at most.
pub const JOINS_MAX: usize = 8;
/// The length of a player in a record, at most.
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
        let are_short = (self.player.colors.iter()).all(|color| u8::try_from(color.len()).is_ok());
        are_short && self.to_bytes().len() <= JOIN_BYTES_MAX
    }

    /// The player of the roster, then the colors, each after a byte with its length. JSON would take
    /// 40 kB of the browser's engine.
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        member(self.seat, &self.player).save(&mut out);
        for color in &self.player.colors {
            out.push(color.len() as u8);
            out.extend_from_slice(color.as_bytes());
        }
        out
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, BadState> {
        let mut bytes = game::Reader::new(bytes);
        let member = Member::restore(&mut bytes)?;
        let mut colors = Vec::new();
        while bytes.end().is_err() {
            let length = bytes.u8()?;
            let color = str::from_utf8(bytes.bytes(length.into())?);
            colors.push(color.map_err(|_| BadState("a color is no text"))?.into());
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

/// Each after a bit 1, and a bit 0 after the last.
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
    let mut bytes = Vec::new();
    for _ in 0..bits.take(LENGTH_BITS)? {
        bytes.push(bits.take(BYTE_BITS)? as u8);
    }
    let join = Join::from_bytes(&bytes).map_err(|_| DecodeError::Malformed("no player"))?;
    if join.seat.index() >= slots {
        return Err(DecodeError::Malformed("no such seat"));
    }
    Ok(join)
}
