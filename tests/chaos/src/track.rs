//! A player's view of a match, tick by tick: its relays, and every gap when the relay changes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bots::{GameTicket, MatchEvent, Welcome};
use protocol::binary::{FrameKind, decode_header};

/// What one player has received, shared with the measurement.
#[derive(Clone, Default)]
pub(crate) struct Track(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    now: Option<Now>,
    gaps: Vec<Gap>,
}

/// The match that a player is in.
#[derive(Clone, Debug)]
pub(crate) struct Now {
    pub(crate) room: String,
    pub(crate) relay: String,
    pub(crate) epoch: u64,
    /// The tick of the newest snapshot, and when it arrived.
    pub(crate) newest: Option<(u32, Instant)>,
    moving: Option<Moving>,
}

#[derive(Clone, Debug)]
struct Moving {
    tick_before: u32,
    from: Instant,
    detected: Instant,
    resumed: Option<u32>,
}

/// The time from the last snapshot of one game server to the first new one of the next.
#[derive(Clone, Debug)]
pub(crate) struct Gap {
    pub(crate) room: String,
    pub(crate) epoch: u64,
    /// The last tick before the gap.
    pub(crate) tick_before: u32,
    /// The tick at which play continued.
    pub(crate) tick_resumed: u32,
    pub(crate) from: Instant,
    /// When the player received the new address.
    pub(crate) detected: Instant,
    pub(crate) until: Instant,
}

impl Gap {
    pub(crate) fn pause(&self) -> Duration {
        self.until.saturating_duration_since(self.from)
    }
}

impl Track {
    /// The match that the player is in.
    pub(crate) fn now(&self) -> Option<Now> {
        self.seen().now.clone()
    }

    /// Every gap so far.
    pub(crate) fn gaps(&self) -> Vec<Gap> {
        self.seen().gaps.clone()
    }

    /// Records that a match begins for this player, or continues.
    pub(crate) fn enter(&self, room: &str, game: &GameTicket) {
        self.seen().now = Some(Now {
            room: room.to_owned(),
            relay: game.relay.clone(),
            epoch: game.epoch,
            newest: None,
            moving: None,
        });
    }

    /// Records that the match is over for this player.
    pub(crate) fn leave(&self) {
        self.seen().now = None;
    }

    /// Records an event of the match.
    pub(crate) fn note(&self, event: &MatchEvent) {
        let mut seen = self.seen();
        let Some(now) = &mut seen.now else { return };
        match event {
            MatchEvent::Moved { relay, epoch } => now.handle_moved(relay, *epoch),
            MatchEvent::Welcome(welcome) => now.handle_welcome(welcome),
            MatchEvent::Frame(frame) => {
                if !matches!(FrameKind::of(frame), Ok(FrameKind::Events))
                    && let Ok(header) = decode_header(frame)
                {
                    let gap = now.handle_snapshot(header.tick);
                    seen.gaps.extend(gap);
                }
            }
            _ => {}
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Now {
    fn handle_moved(&mut self, relay: &str, epoch: u64) {
        (self.relay, self.epoch) = (relay.to_owned(), epoch);
        // The match moved twice before the player connected: both moves are one gap.
        if let Some((tick_before, from)) = self.newest
            && self.moving.is_none()
        {
            self.moving = Some(Moving {
                tick_before,
                from,
                detected: Instant::now(),
                resumed: None,
            });
        }
    }

    fn handle_welcome(&mut self, welcome: &Welcome) {
        if self.room != welcome.room_id {
            self.room.clone_from(&welcome.room_id);
            (self.newest, self.moving) = (None, None);
        }
        self.epoch = welcome.epoch;
        if let Some(moving) = &mut self.moving {
            moving.resumed = Some(welcome.tick);
        }
    }

    fn handle_snapshot(&mut self, tick: u32) -> Option<Gap> {
        let at = Instant::now();
        let resumed = self.moving.as_ref().and_then(|moving| moving.resumed);
        // A room that still waits for other players sends the tick where it stopped: play has not continued yet.
        if let Some(resumed) = resumed
            && tick <= resumed
        {
            return None;
        }
        self.newest = Some((tick, at));
        let tick_resumed = resumed?;
        let moving = self.moving.take()?;
        Some(Gap {
            room: self.room.clone(),
            epoch: self.epoch,
            tick_before: moving.tick_before,
            tick_resumed,
            from: moving.from,
            detected: moving.detected,
            until: at,
        })
    }
}
