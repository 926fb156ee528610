//! Late joins: seats that a relay offers or returns.

use anyhow::Result;
use lobby::{Offered, SeatReturn};

use super::action::Lie;
use super::apply::{Answers, answers, nth_last, player_name};
use super::world::World;

impl World {
    pub(super) async fn offer(
        &mut self,
        room: u8,
        lie: Lie,
        bits: u8,
        reads_inbox: bool,
    ) -> Result<Answers> {
        let Some((known, owner)) = self.owner(room, lie) else {
            return Ok(answers("", ""));
        };
        if reads_inbox && let Some(known) = self.known(&owner.room) {
            for player in &known.late {
                if !known.roster.contains(player) {
                    known.roster.push(player.clone());
                }
            }
        }
        let room = self.reference.pools[&known.pool].rooms.get(&owner.room);
        // No relay offers the seat of a player who has had it from the start.
        let is_held = |seat: u8| {
            let room = room.filter(|room| usize::from(seat) < room.started_with);
            room.is_some_and(|room| room.seats.contains(&room.roster[usize::from(seat)]))
        };
        let seats = (0..6).filter(|seat| bits >> seat & 1 == 1 && !is_held(*seat));
        let seats: Vec<u8> = seats.collect();
        let matches = self.pool(&known.pool)?.matches;
        let offered = matches.offer_seats(&owner.room, &owner.relay, owner.epoch, &seats);
        let real = match offered.await? {
            Offered::Seats(count) => format!("offers {count}"),
            Offered::Stale => "stale".to_owned(),
        };
        let ideal = self.reference.pool(&known.pool).offer(&owner, &seats);
        Ok(answers(real, ideal))
    }

    pub(super) async fn return_seat(
        &mut self,
        room: u8,
        lie: Lie,
        player: u8,
        is_refused: bool,
    ) -> Result<Answers> {
        let Some((known, owner)) = self.owner(room, lie) else {
            return Ok(answers("", ""));
        };
        let pool = self.reference.pool(&known.pool);
        let is_late = |id: &&String| pool.players.get(*id).is_some_and(|it| it.late.is_some());
        let late: Vec<&String> = known.late.iter().filter(is_late).collect();
        let any = player_name(player);
        let player = nth_last(&late, player % 3).map_or(&*any, |id| id);
        let why = if is_refused {
            SeatReturn::Refused
        } else {
            SeatReturn::NotConnected
        };
        let matches = self.pool(&known.pool)?.matches;
        let returned = matches.return_seat(&owner.room, &owner.relay, owner.epoch, player, why);
        let real = if returned.await? { "returned" } else { "no" };
        let pool = self.reference.pool(&known.pool);
        Ok(answers(real, pool.return_seat(&owner, player, is_refused)))
    }
}
