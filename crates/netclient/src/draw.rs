//! The contents of a scene: the own seat from the prediction, the others from snapshots.

use core::mem;

use game::{FIELDS_MAX, Game, Kind, Seat};

use crate::NetClient;
use crate::interpolation::Moment;
use crate::scene::{Body, Scene, blended, shown};
use crate::smoothing::difference;

impl<G: Game> NetClient<G> {
    /// The scene to draw now.
    pub fn scene(&mut self, now_us: u64) -> &Scene {
        self.advance(now_us);
        self.smoothing.advance(now_us);
        if let Some(others) = &mut self.others {
            others.advance(now_us);
            self.prediction.ahead(self.wanted, &mut others.ahead);
        }
        self.count_underrun();
        self.smooth_turn();
        (self.scene.tick, self.scene.others_tick) = (self.own_tick(), self.others_tick());
        self.draw_players();
        self.scene.things.clear();
        let shape = self.shape;
        self.own_shots
            .draw(shape, self.scene.others_tick, &mut self.scene.things);
        self.their_shots.draw(
            shape,
            now_us,
            (self.seat, self.scene.tick),
            self.prediction.view(),
            &mut self.scene.things,
        );
        let tick = self.scene.others_tick;
        if let Some(moment) = Moment::at(&self.snapshots, self.rate, tick) {
            moment.things(self.schema.entities, tick, &mut self.scene.things);
        }
        &self.scene
    }

    /// The newest state as the client knows it, for a bot: the own player and own shots as predicted, all
    /// else as last received.
    pub fn view(&self) -> &game::View {
        self.prediction.view()
    }

    pub(crate) fn own_tick(&self) -> f64 {
        if self.rate.is_on_command() {
            self.prediction.view().tick.into()
        } else if self.is_running {
            self.clock.tick()
        } else {
            self.snapshots.newest().map_or(0.0, f64::from)
        }
    }

    pub(crate) fn others_tick(&self) -> f64 {
        if self.is_running && !self.rate.is_on_command() {
            self.draw_clock.tick()
        } else {
            self.own_tick()
        }
    }

    fn count_underrun(&mut self) {
        let newest = self.snapshots.newest().map_or(0.0, f64::from);
        let is_late = self.is_running && !self.rate.is_on_command();
        let is_underrun = is_late && self.others_tick() > newest;
        self.stats.underruns += u64::from(is_underrun && !self.is_underrun);
        self.is_underrun = is_underrun;
    }

    fn draw_players(&mut self) {
        if self.rate.is_on_command() {
            return self.draw_waiting_players();
        }
        let moment = Moment::at(&self.snapshots, self.rate, self.scene.others_tick);
        self.scene.match_values =
            moment.map_or([0.0; FIELDS_MAX], |moment| moment.match_values(self.schema));
        for seat in Seat::all().take(self.scene.players.len()) {
            self.scene.players[seat.index()] = if seat == self.seat {
                self.own_body()
            } else if let Some(others) = &self.others {
                let newest = self.snapshots.newest();
                let newest = newest.and_then(|tick| self.snapshots.get(tick));
                let alive = newest.is_some_and(|newest| newest.alive.contains(seat));
                let now = (self.prediction.view(), self.part());
                others.body(self.schema.seat, seat, now, alive)
            } else {
                moment.and_then(|moment| moment.body(self.schema, seat))
            };
        }
    }

    /// Draws all players as in the newest snapshot, with their timers counted down since then.
    fn draw_waiting_players(&mut self) {
        let view = self.prediction.view();
        let newest = self
            .snapshots
            .newest()
            .and_then(|tick| self.snapshots.get(tick));
        let alive = newest.map(|snapshot| snapshot.alive).unwrap_or_default();
        self.scene.match_values = shown(self.schema.match_fields, &view.match_values);
        for (seat, player) in Seat::all().zip(&mut self.scene.players) {
            *player = view.seat(seat).map(|values| Body {
                values: shown(self.schema.seat, values),
                alive: alive.contains(seat),
            });
        }
    }

    /// Smooths a change of input within a tick. Below 60 Hz it would otherwise make the own player
    /// jump from one path to the other.
    fn smooth_turn(&mut self) {
        let before = mem::replace(&mut self.drawn, self.wanted);
        if before == self.wanted || self.rate.frames_per_tick() == 1 {
            return;
        }
        let ahead = |input| self.prediction.own_ahead(input);
        if let (Some(from), Some(to)) = (ahead(before), ahead(self.wanted)) {
            let part = self.part();
            let error = difference(self.schema.seat, &from, &to).map(|px| px * part);
            self.smoothing.absorb(&error);
        }
    }

    /// The fraction of the tick after the newest predicted tick that has passed.
    fn part(&self) -> f32 {
        let begun = self.own_tick() - f64::from(self.prediction.view().tick);
        if self.is_running {
            begun.clamp(0.0, 1.0) as f32
        } else {
            0.0
        }
    }

    /// The own player at the current fraction of the tick, so that a new input is visible in the next
    /// frame.
    fn own_body(&self) -> Option<Body> {
        let fields = self.schema.seat;
        let now = self.prediction.own_values()?;
        let ahead = self.prediction.own_ahead(self.wanted).unwrap_or(now);
        let mut values = blended(fields, &now, &ahead, self.part());
        // The aim follows the input without interpolation.
        let newest = shown(fields, &ahead);
        for (at, field) in fields.iter().enumerate().take(FIELDS_MAX) {
            if field.kind == Kind::Angle {
                values[at] = newest[at];
            }
        }
        self.smoothing.apply(&mut values);
        let alive = self.prediction.is_alive();
        Some(Body { values, alive })
    }
}
