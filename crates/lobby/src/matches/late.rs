//! Late joins: which seats of a running match its relay offers, and seats that it returns.

use super::Matches;
use crate::error::Result;
use crate::redis::script;

/// The answer to [`Matches::offer_seats`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// This number of seats is offered now.
    Seats(u32),
    /// The room no longer belongs to this relay and epoch; nothing was changed.
    Stale,
}

/// Why a relay returns the seat of a late player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeatReturn {
    /// The game refused the player, who is at the front of the queue again.
    Refused,
    /// The player did not connect in time and is removed.
    NotConnected,
}

impl Matches {
    /// Reports which seats of a running match are free and accepted by its game. Replaces what was offered before;
    /// without seats, the match takes nobody.
    pub async fn offer_seats(
        &self,
        room: &str,
        relay: &str,
        epoch: u64,
        seats: &[u8],
    ) -> Result<Offered> {
        let store = &self.store;
        if !store.has(room) {
            return Ok(Offered::Stale);
        }
        let keys = store.room_keys(room, store.keys.seats(room));
        let (epoch, seats) = (epoch.to_string(), seats.iter().map(u8::to_string));
        let seats: Vec<String> = seats.collect();
        let mut args = vec![room, relay, epoch.as_str()];
        args.extend(seats.iter().map(String::as_str));
        let offered: i64 = store.run(&script::SEATS_OFFER, &keys, &args).await?;
        Ok(u32::try_from(offered).map_or(Offered::Stale, Offered::Seats))
    }

    /// Returns the seat of a late player, who is notified. False: the player has no such seat, or the room no longer
    /// belongs to this relay and epoch.
    pub async fn return_seat(
        &self,
        room: &str,
        relay: &str,
        epoch: u64,
        player: &str,
        why: SeatReturn,
    ) -> Result<bool> {
        let store = &self.store;
        if !store.has(room) {
            return Ok(false);
        }
        let keys = store.room_keys(room, store.keys.player(player));
        let why = match why {
            SeatReturn::Refused => "refused",
            SeatReturn::NotConnected => "not_connected",
        };
        let args = [room, relay, &epoch.to_string(), player, why];
        let returned: u64 = store.run(&script::SEAT_RETURN, &keys, &args).await?;
        Ok(returned == 1)
    }
}
