//! Playback of a replay, also of a match that is still running: what to draw at any moment, as
//! smoothly as in a match.

use alloc::collections::VecDeque;
use alloc::vec;

use game::{FIELDS_MAX, Game, Ranking, Rate, Schema, Seat, slots};
use protocol::replay::{Replay, ReplayError};

use crate::Happened;
use crate::client::EVENTS_MAX;
use crate::interpolation::Moment;
use crate::limited::limited;
use crate::scene::Scene;
use crate::shots::Shape;
use crate::snapshots::{Snapshot, Snapshots};

/// So far ahead every tick is played for its events; further, it is a jump.
const FOLLOW_TICKS_MAX: u32 = 16;

/// Whether a replay comes to the states that were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hashes {
    /// State hashes that were compared.
    pub compared: u32,
    /// Those of them that differ.
    pub different: u32,
    /// The tick of the first one that does.
    pub first_different: Option<u32>,
}

/// Somebody who watches a match that was played before, or that still runs.
pub struct Spectator<G> {
    schema: &'static Schema,
    shape: Shape,
    replay: Replay<G>,
    /// Those of the newest ticks up to the replay's, without a gap.
    snapshots: Snapshots,
    events: VecDeque<Happened>,
    scene: Scene,
}

impl<G: Game> Spectator<G> {
    /// Before the first tick.
    pub fn new(replay: Replay<G>) -> Self {
        let mut spectator = Self {
            schema: G::SCHEMA,
            shape: Shape::of::<G>(),
            replay,
            snapshots: Snapshots::new(),
            events: VecDeque::new(),
            scene: Scene {
                players: vec![None; slots(&G::SEATS)],
                ..Scene::default()
            },
        };
        spectator.show();
        spectator
    }

    /// What is played.
    pub fn replay(&self) -> &Replay<G> {
        &self.replay
    }

    /// Appends the next records of a match that is still running. What is drawn does not change.
    ///
    /// # Errors
    /// If the records do not follow the last one. Nothing changes then.
    pub fn append(&mut self, records: &[u8]) -> Result<(), ReplayError> {
        self.replay.append(records)
    }

    /// The last tick there is.
    pub fn ticks(&self) -> u32 {
        self.replay.ticks()
    }

    /// What to draw at this tick and fraction of a tick; beyond the end: the end. Everyone is drawn
    /// at that moment, nobody is predicted.
    ///
    /// # Errors
    /// When what the replay holds cannot be played up to there.
    pub fn scene(&mut self, tick: f64) -> Result<&Scene, ReplayError> {
        let tick = limited(tick, 0.0, self.replay.ticks().into());
        let whole = tick as u32;
        self.go_to(whole)?;
        if tick > f64::from(whole) {
            self.follow(whole + 1)?;
        }
        draw(
            G::RATE,
            self.schema,
            self.shape,
            &self.snapshots,
            tick,
            &mut self.scene,
        );
        Ok(&self.scene)
    }

    /// The oldest event that was not taken yet of the ticks that were watched one after the other.
    pub fn poll_event(&mut self) -> Option<Happened> {
        self.events.pop_front()
    }

    /// The result, once the match is over here.
    pub fn outcome(&self) -> Option<Ranking> {
        self.replay.outcome().cloned()
    }

    /// How the state hashes compare so far.
    pub fn hashes(&self) -> Hashes {
        Hashes {
            compared: self.replay.hashes(),
            different: self.replay.mismatches(),
            first_different: self.replay.first_mismatch(),
        }
    }

    /// Stands at a tick, or one after it.
    fn go_to(&mut self, tick: u32) -> Result<(), ReplayError> {
        let now = self.replay.tick();
        if tick < now && self.snapshots.get(tick).is_some() && tick + 1 == now {
            return Ok(());
        }
        if (now..=now + FOLLOW_TICKS_MAX).contains(&tick) {
            return self.follow(tick);
        }
        self.snapshots = Snapshots::new();
        // Earlier movement decides where players are drawn, so that a moment looks the same after
        // any seek.
        let sought = self.replay.seek(tick.saturating_sub(1));
        self.show();
        let followed = sought.and_then(|()| self.follow(tick));
        self.events.clear();
        followed
    }

    /// Plays on to a tick, unless it stands there or after it.
    fn follow(&mut self, tick: u32) -> Result<(), ReplayError> {
        while self.replay.tick() < tick && self.replay.step()? {
            let tick = self.replay.tick();
            for &event in self.replay.events() {
                if self.events.len() == EVENTS_MAX {
                    self.events.pop_front();
                }
                self.events.push_back(Happened { tick, event });
            }
            self.show();
        }
        Ok(())
    }

    /// Keeps what the replay's tick shows.
    fn show(&mut self) {
        let mut snapshot: Snapshot = self.snapshots.take_spare();
        self.replay.view(&mut snapshot.view);
        let is_alive = |seat| self.replay.is_alive(seat);
        let life = |seat| self.replay.pose(seat).map(|pose| pose.life);
        snapshot.describe_by(slots(&G::SEATS), is_alive, life);
        self.snapshots.insert(snapshot);
    }
}

/// Everyone and everything at one moment.
fn draw(
    rate: Rate,
    schema: &Schema,
    shape: Shape,
    snapshots: &Snapshots,
    tick: f64,
    scene: &mut Scene,
) {
    (scene.tick, scene.others_tick) = (tick, tick);
    let moment = Moment::at(snapshots, rate, tick);
    scene.match_values = moment.map_or([0.0; FIELDS_MAX], |moment| moment.match_values(schema));
    for (seat, player) in Seat::all().zip(&mut scene.players) {
        *player = moment.and_then(|moment| moment.body(schema, seat));
    }
    scene.things.clear();
    if let (Some(snapshot), _) = snapshots.around(tick) {
        for entity in snapshot.view.entities.iter() {
            if shape.is_evaluated(&entity) {
                let age = (tick - f64::from(entity.birth.tick)).max(0.0);
                scene.things.push(shape.thing(&entity, age));
            }
        }
    }
    if let Some(moment) = moment {
        moment.things(schema.entities, tick, &mut scene.things);
    }
}
