//! Saving a room, and resuming it on another relay.

use game::{Game, Seat, Seats, slots};
use protocol::record::{Presence, decode_record, peek_ticks, room_key};
use protocol::replay::ReplayHeader;

use crate::recorder::Recorder;
use crate::room::{Room, Waiting};
use crate::saved::{Keep, Kept};
use crate::seat_state::SeatState;
use crate::{RoomError, config};

/// A room in the form of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The tick of the newest record in `state`; 0 before the match begins.
    pub tick: u32,
    /// The state for [`Room::resume`].
    pub state: Vec<u8>,
    /// The records after `replay_from` up to `tick`, in the form of a replay. Empty once the replay was
    /// given up.
    pub replay: Vec<u8>,
    /// The newest tick passed to [`Room::handle_saved`].
    pub replay_from: u32,
}

/// The ticks at which a room resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resumed {
    /// The tick of its saved state.
    pub from_tick: u32,
    /// The tick up to which its journal was replayed.
    pub tick: u32,
    /// Records whose state hash differs: 0 unless the game is not deterministic or has been
    /// changed.
    pub hash_mismatches: u32,
}

impl<G: Game> Room<G> {
    /// Appends the newest tick's record as a frame of the journal, once; false if there is none. Call
    /// this after each [`Room::handle_tick`]: a record that was not taken makes a gap, at which
    /// [`Room::resume`] ends.
    pub fn poll_journal(&mut self, out: &mut Vec<u8>) -> bool {
        self.recorder.poll(out)
    }

    /// The complete room, for a checkpoint.
    pub fn save(&mut self) -> Saved {
        // Players who joined since the newest record are not saved.
        let before = (!self.joins.is_empty()).then(|| self.recorded_players());
        let (players, joined_at) = before
            .as_ref()
            .map_or((&self.players, &self.joined_at), |(players, joined_at)| {
                (players, joined_at)
            });
        let keep = Keep {
            config: &self.config,
            seat_states: &self.seat_states[..players.len()],
            players,
            joined_at,
            tick: self.recorder.tick(),
            inputs: self.recorder.inputs(),
            is_replay_given_up: self.recorder.is_given_up(),
            // A waiting match has presence changes that are in no record; they are not saved.
            recorded: self
                .waiting
                .as_ref()
                .map_or(&self.shown, |waiting| &waiting.recorded),
        };
        self.scratch.clear();
        keep.write(&mut self.scratch);
        let (replay, replay_from) = self.recorder.unsaved();
        Saved {
            tick: self.recorder.tick(),
            state: self.scratch.clone(),
            replay: replay.to_vec(),
            replay_from,
        }
    }

    /// Handles the confirmation that the lobby has all records up to this tick.
    pub fn handle_saved(&mut self, tick: u32) {
        self.recorder.forget(tick);
    }

    /// Whether the records were dropped because no checkpoint saved them in time. The saved part of
    /// the replay stays valid and ends there.
    pub fn is_replay_given_up(&self) -> bool {
        self.recorder.is_given_up()
    }

    /// The header line of the match's replay. `created_ms` is the creation time of the room, ms since 1970.
    pub fn replay_header(&self, created_ms: u64) -> String {
        let settings = self.config.settings.named(G::SETTINGS);
        let room = self.config.room_id.clone();
        let header = ReplayHeader {
            pool: room.split_once('.').map_or("", |(pool, _)| pool).to_owned(),
            room,
            game: G::NAME.to_owned(),
            seed: self.config.seed,
            settings: settings
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect(),
            players: self.players.clone(),
            created_ms,
        };
        header.to_line()
    }

    /// Restores a saved room and replays the records of its journal that follow, up to the first gap.
    /// Repeated records, and records older than the state, are skipped. The records are those of the
    /// room's saved epoch ([`protocol::record::records_of`]); `epoch` is the new one.
    ///
    /// The match continues when all players who were connected are back, or after
    /// `resume_grace_frames`. A match that had not begun keeps waiting.
    ///
    /// # Errors
    /// When the bytes are not a room of this game.
    pub fn resume<'a>(
        epoch: u64,
        resume_grace_frames: u32,
        state: &[u8],
        records: impl Iterator<Item = &'a [u8]>,
    ) -> Result<(Self, Resumed), RoomError> {
        let kept = Kept::<G>::read(epoch, state)?;
        config::check::<G>(&kept.config, &kept.players)?;
        let key = room_key(&kept.config.room_id, epoch);
        let recorder = Recorder::new(key, kept.tick, kept.inputs, kept.is_replay_given_up);
        let mut room = Self::assemble(kept.config, kept.players, kept.recorded, recorder);
        for (seat_state, results) in room.seat_states.iter_mut().zip(kept.results) {
            seat_state.actions.results = results;
        }
        room.joined_at = kept.joined_at;
        let hash_mismatches = room.replay(records);
        let resumed = Resumed {
            from_tick: kept.tick,
            tick: room.recorder.tick(),
            hash_mismatches,
        };
        room.wait_for_connected_players(resume_grace_frames);
        Ok((room, resumed))
    }

    /// Replays the records that follow and returns how many of their hashes differ.
    fn replay<'a>(&mut self, records: impl Iterator<Item = &'a [u8]>) -> u32 {
        let mut mismatches = 0;
        for bytes in records {
            let follows = self.recorder.tick() + 1;
            if peek_ticks(slots(&G::SEATS), bytes).map(|ticks| *ticks.start()) != Ok(follows) {
                continue;
            }
            let Ok(record) = decode_record(G::INPUT, bytes, self.recorder.inputs()) else {
                continue;
            };
            if record.idle > 0 && !G::RATE.is_on_command() {
                continue;
            }
            if self.shown.outcome().is_some() {
                break;
            }
            self.events.clear();
            for join in &record.joins {
                self.admit(join, record.tick);
            }
            self.shown.advance(&record, &mut self.events);
            let differs = |expected| self.shown.sim().hash(&mut self.scratch) != expected;
            mismatches += u32::from(record.hash.is_some_and(differs));
            self.keep_record(&record);
            self.finish_actions(&record);
        }
        self.recorder.set_polled();
        mismatches
    }

    fn wait_for_connected_players(&mut self, resume_grace_frames: u32) {
        let presence = self.shown.presence();
        let before = Seat::all().zip(self.recorder.inputs().iter());
        for (seat_state, (seat, last)) in self.seat_states.iter_mut().zip(before) {
            let has_left = presence.get(seat) == Presence::Left;
            let actions = seat_state.actions.clone();
            *seat_state = SeatState::resumed(G::INPUT, G::RATE, has_left, last.input);
            seat_state.actions = actions;
        }
        let was_there = |seat: &Seat| presence.get(*seat) == Presence::Here;
        if self.recorder.tick() > 0 {
            self.waiting = Some(Box::new(Waiting {
                recorded: self.shown.clone(),
                wanted: Seats::first(self.players.len())
                    .iter()
                    .filter(was_there)
                    .collect(),
                grace_frames: resume_grace_frames,
            }));
        }
        self.finish_if_over();
    }
}
