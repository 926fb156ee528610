//! The frames that a client receives: events and snapshots.

use game::Game;
use protocol::DecodeError;
use protocol::binary::{SnapshotHeader, decode_events, decode_snapshot};
use protocol::limits::PREDICT_TICKS_MAX;

use crate::arrivals::Arrivals;
use crate::client::{EVENTS_MAX, Error, Happened, NetClient};
use crate::clock::Clock;
use crate::delay::DrawClock;
use crate::input_log::InputLog;
use crate::pace::Pace;
use crate::prediction::Verdict;
use crate::smoothing::length_px;
use crate::snapshots::Snapshot;

impl<G: Game> NetClient<G> {
    pub(crate) fn handle_events(&mut self, frame: &[u8]) -> Result<(), Error> {
        self.scratch.clear();
        let tick = decode_events(self.layout, frame, &mut self.scratch)?;
        for &event in &self.scratch {
            if self.events.len() == EVENTS_MAX {
                self.events.pop_front();
            }
            self.events.push_back(Happened { tick, event });
        }
        Ok(())
    }

    pub(crate) fn handle_snapshot(&mut self, now_us: u64, frame: &[u8]) -> Result<(), Error> {
        let mut snapshot = self.snapshots.take_spare();
        let known = |tick| self.snapshots.get(tick).map(|known| &known.view);
        let header = match decode_snapshot(self.layout, frame, known, &mut snapshot.view) {
            // The room uses only acknowledged snapshots as baselines, so a later delta can be decoded.
            Err(DecodeError::UnknownBaseline(_)) if self.is_over_datagrams => return Ok(()),
            decoded => decoded?,
        };
        self.stats.snapshots += 1;
        let newest = self.snapshots.newest();
        if Some(header.tick) < newest {
            // It was reordered: a newer snapshot has already arrived.
            return Ok(());
        }
        let is_newer = Some(header.tick) > newest;
        if self.rate.is_on_command() {
            if !self.is_running || is_newer {
                self.handle_step(now_us, header.tick);
            }
        } else if newest.is_some() && is_newer {
            self.handle_progress(now_us, header.tick);
        }
        self.handle_margin(&header);
        let until = if self.rate.is_on_command() {
            self.waited_tick(now_us)
        } else {
            self.log.newest()
        };
        self.reconcile(snapshot, until)
    }

    /// Handles a snapshot with a newer tick.
    fn handle_progress(&mut self, now_us: u64, tick: u32) {
        if self.is_running {
            self.advance(now_us);
            self.arrivals.observe(now_us, tick);
            return;
        }
        self.is_running = true;
        self.arrivals = Arrivals::new(now_us, tick, self.rate, self.snapshot_hz);
        self.clock = Clock::new(now_us, tick, self.rate);
        self.draw_clock = DrawClock::new(now_us, &self.arrivals);
        self.log = InputLog::new(self.clock.tick() as u32);
        self.pace = Pace::new(self.log.newest(), self.rate);
    }

    /// Handles a step of a match that waits for its players. The next step may be minutes away.
    fn handle_step(&mut self, now_us: u64, tick: u32) {
        if self.is_running {
            self.arrivals.observe(now_us, tick);
        } else {
            self.arrivals = Arrivals::new(now_us, tick, self.rate, self.snapshot_hz);
        }
        self.is_running = tick > 0;
    }

    /// The current tick of a match that waits for its players: the estimated tick of the server, at least the newest
    /// snapshot's tick.
    pub(crate) fn waited_tick(&self, now_us: u64) -> u32 {
        let newest = self.snapshots.newest().unwrap_or(0);
        (self.arrivals.tick_at(now_us).max(0.0) as u32).max(newest)
    }

    fn handle_margin(&mut self, header: &SnapshotHeader) {
        self.stats.margin_ticks = header.margin.into();
        let is_fresh = header.ack != self.ack || header.margin < 0;
        self.ack = header.ack;
        if !self.is_running || (header.ack.is_none() && header.margin >= 0) {
            // The room has not received an input yet.
            return;
        }
        let received = header.tick.saturating_add_signed(header.margin.into());
        self.pace.handle_received(self.log.newest(), received);
        if is_fresh {
            let (gained, behind) = self.log.sent(received).unwrap_or((self.clock.gained(), 0));
            // Inputs that were sent in one message must all be in time.
            let margin = header.margin.saturating_sub(behind as i8);
            self.clock.handle_margin(margin, gained);
        }
    }

    /// Predicts from a snapshot up to this tick, at most `PREDICT_TICKS_MAX` ticks.
    fn reconcile(&mut self, mut snapshot: Snapshot, until: u32) -> Result<(), Error> {
        let until = until.min(snapshot.view.tick + PREDICT_TICKS_MAX);
        let is_first = self.snapshots.newest().is_none();
        self.note_others();
        let verdict = self.prediction.reconcile(&mut snapshot, until, &self.log)?;
        match verdict {
            // A step is the result of a command, and is drawn without smoothing.
            _ if self.rate.is_on_command() => {}
            Verdict::Wrong(error) if self.is_running && !is_first => {
                self.stats.count_correction(length_px(&error));
                self.smoothing.absorb(&error);
            }
            Verdict::Right => {}
            Verdict::Skipped(error) if self.is_running => self.smoothing.absorb(&error),
            Verdict::Wrong(_) | Verdict::Skipped(_) | Verdict::Reborn => self.smoothing.forget(),
        }
        self.reconcile_others(&snapshot);
        self.own_shots.handle_snapshot(
            self.shape,
            self.seat,
            &snapshot.view,
            self.prediction.view(),
            &self.log,
        );
        self.snapshots.insert(snapshot);
        Ok(())
    }
}
