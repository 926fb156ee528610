//! The effects of an action: the budget it costs, the script it runs, and what a relay or a function remembers of the
//! answer.

use super::Action;
use super::scripts::Script;
use super::state::{Phase, Player};

impl Script<'_> {
    pub(super) fn run(&mut self, action: Action) {
        match action {
            Action::Join(player) => {
                self.state.left.joins -= 1;
                self.join(player);
            }
            Action::Leave(player) => {
                self.state.left.leaves -= 1;
                self.leave(player, Player::Left);
            }
            Action::Forfeit(player) => {
                self.state.left.forfeits -= 1;
                self.leave(player, Player::Left);
            }
            Action::Silence(player) => {
                self.state.left.silences -= 1;
                self.leave(player, Player::Removed);
            }
            Action::Close(player) => {
                self.state.left.closes -= 1;
                self.set_aside(player);
            }
            Action::Return(player) => self.come_back(player),
            Action::Assign(prefer) => self.assign(self.state.queue, prefer),
            Action::AssignLate(relay) => {
                self.state.left.late_gives -= 1;
                self.chosen = Some(relay);
                self.assign(self.state.queue, relay);
            }
            Action::Pop => self.state.popped = std::mem::take(&mut self.state.queue),
            Action::SeatPopped(prefer) => {
                let popped = std::mem::take(&mut self.state.popped);
                self.assign(popped, prefer);
            }
            Action::LosePopped => {
                self.state.left.crashes -= 1;
                self.state.popped = 0;
            }
            Action::Expire(room) => self.expire(room),
            Action::Due(room) => {
                let generation = self.state.rooms[usize::from(room)].generation;
                self.state.expiries.insert((room, generation));
            }
            Action::ExpireRoom {
                room,
                generation,
                prefer,
                again,
            } => {
                self.state.left.duplicates -= u8::from(again);
                if !again {
                    self.state.expiries.remove(&(room, generation));
                }
                self.expire_room(room, generation, prefer);
            }
            Action::LoseExpiry(room, generation) => {
                self.state.left.crashes -= 1;
                self.state.expiries.remove(&(room, generation));
            }
            _ => self.run_relay(action),
        }
    }

    fn run_relay(&mut self, action: Action) {
        match action {
            Action::Kill(relay) => {
                self.state.left.kills -= 1;
                let relay = &mut self.state.relays[usize::from(relay)];
                relay.is_alive = false;
                relay.knows.clear();
                relay.hosts.clear();
            }
            Action::Restart(relay) => self.restart(relay),
            Action::LoseLease(relay) => {
                let relay = &mut self.state.relays[usize::from(relay)];
                relay.has_lease = false;
                self.state.left.pauses -= u8::from(relay.is_alive);
            }
            Action::Renew(relay) => self.state.relays[usize::from(relay)].has_lease = true,
            Action::RelayDecide(relay) => self.expire_relay(relay),
            Action::Claim {
                relay,
                room,
                epoch,
                again,
            } => {
                self.state.left.duplicates -= u8::from(again);
                let is_given = self.claim(relay, room, epoch);
                let relay = &mut self.state.relays[usize::from(relay)];
                if !again {
                    relay.knows.remove(&(room, epoch));
                }
                if is_given {
                    relay.hosts.insert((room, epoch));
                }
            }
            Action::Checkpoint(relay, room, epoch) => {
                if !self.checkpoint(relay, room, epoch) {
                    self.let_go(relay, room, epoch);
                }
            }
            Action::HandOver(relay, room, epoch) => {
                self.state.left.hand_overs -= 1;
                if self.hand_over(relay, room, epoch) {
                    self.let_go(relay, room, epoch);
                }
            }
            Action::Finish {
                relay,
                room,
                epoch,
                again,
            } => {
                self.state.left.duplicates -= u8::from(again);
                self.finish(relay, room, epoch);
                if !again {
                    self.let_go(relay, room, epoch);
                }
            }
            _ => unreachable!("{action:?} is no relay's"),
        }
    }

    /// The end of a countdown and the next attempt to find a relay need no budget; other deadlines are faults.
    fn expire(&mut self, id: u8) {
        let room = &mut self.state.rooms[usize::from(id)];
        let comes = match room.phase {
            Phase::Open { countdown, waiting } => {
                countdown || (waiting && self.state.relays.iter().any(|relay| relay.has_lease))
            }
            Phase::Started | Phase::Gone => false,
        };
        room.due = true;
        self.state.left.timeouts -= u8::from(!comes);
    }

    fn restart(&mut self, id: u8) {
        let relay = &mut self.state.relays[usize::from(id)];
        relay.is_alive = true;
        relay.has_lease = true;
        relay.boot += 1;
        self.take_over(id);
        // Players whose room the earlier run had not claimed connect with the tickets that they have.
        let rooms = (0..).zip(&self.state.rooms);
        let unclaimed = rooms.filter(|(_, room)| {
            room.phase == Phase::Started && room.relay == id && room.boot.is_none()
        });
        let tickets: Vec<(u8, u8)> = unclaimed.map(|(room, state)| (room, state.epoch)).collect();
        self.state.relays[usize::from(id)].knows.extend(tickets);
    }

    fn let_go(&mut self, relay: u8, room: u8, epoch: u8) {
        self.state.relays[usize::from(relay)]
            .hosts
            .remove(&(room, epoch));
    }
}
