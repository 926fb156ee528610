//! Playback of a replay, also of a match that is still running: the scene at any moment, as
//! smooth as in a match.

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

/// Up to this distance forward, every tick is played so that its events occur. A greater distance is a seek.
const FOLLOW_TICKS_MAX: u32 = 16;

/// Whether a replay reproduces the recorded state hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hashes {
    /// State hashes that were compared.
    pub compared: u32,
    /// Compared hashes that differ.
    pub different: u32,
    /// The tick of the first different hash.
    pub first_different: Option<u32>,
}

/// A viewer of a replay or of a match that is still running.
pub struct Spectator<G> {
    schema: &'static Schema,
    shape: Shape,
    replay: Replay<G>,
    /// The snapshots of the newest ticks up to the replay's tick, without a gap.
    snapshots: Snapshots,
    events: VecDeque<Happened>,
    scene: Scene,
}

impl<G: Game> Spectator<G> {
    /// A spectator before the first tick.
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
        spectator.store_snapshot();
        spectator
    }

    /// The replay that is played.
    pub fn replay(&self) -> &Replay<G> {
        &self.replay
    }

    /// Appends the next records of a running match. The drawn tick does not change.
    ///
    /// # Errors
    /// If the records do not follow the last one. The replay is then unchanged.
    pub fn append(&mut self, records: &[u8]) -> Result<(), ReplayError> {
        self.replay.append(records)
    }

    /// The last tick of the replay.
    pub fn ticks(&self) -> u32 {
        self.replay.ticks()
    }

    /// The scene at this tick and fraction of a tick, at most the end. All players are drawn at that
    /// moment; none is predicted.
    ///
    /// # Errors
    /// When the replay cannot be played up to this tick.
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

    /// The oldest event that was not polled yet. Only ticks that were played in sequence have events.
    pub fn poll_event(&mut self) -> Option<Happened> {
        self.events.pop_front()
    }

    /// The result, if the match is over at the replay's tick.
    pub fn outcome(&self) -> Option<Ranking> {
        self.replay.outcome().cloned()
    }

    /// The comparison of the state hashes so far.
    pub fn hashes(&self) -> Hashes {
        Hashes {
            compared: self.replay.hashes(),
            different: self.replay.mismatches(),
            first_different: self.replay.first_mismatch(),
        }
    }

    /// Moves the replay to this tick, or leaves it one tick later.
    fn go_to(&mut self, tick: u32) -> Result<(), ReplayError> {
        let now = self.replay.tick();
        if tick < now && self.snapshots.get(tick).is_some() && tick + 1 == now {
            return Ok(());
        }
        if (now..=now + FOLLOW_TICKS_MAX).contains(&tick) {
            return self.follow(tick);
        }
        self.snapshots = Snapshots::new();
        // Drawn positions depend on earlier movement, so the tick before is played too: a moment looks
        // the same after any seek.
        let sought = self.replay.seek(tick.saturating_sub(1));
        self.store_snapshot();
        let followed = sought.and_then(|()| self.follow(tick));
        self.events.clear();
        followed
    }

    /// Plays up to a tick, unless the replay is there or further.
    fn follow(&mut self, tick: u32) -> Result<(), ReplayError> {
        while self.replay.tick() < tick && self.replay.step()? {
            let tick = self.replay.tick();
            for &event in self.replay.events() {
                if self.events.len() == EVENTS_MAX {
                    self.events.pop_front();
                }
                self.events.push_back(Happened { tick, event });
            }
            self.store_snapshot();
        }
        Ok(())
    }

    /// Stores the snapshot of the replay's tick.
    fn store_snapshot(&mut self) {
        let mut snapshot: Snapshot = self.snapshots.take_spare();
        self.replay.view(&mut snapshot.view);
        let is_alive = |seat| self.replay.is_alive(seat);
        let life = |seat| self.replay.pose(seat).map(|pose| pose.life);
        snapshot.describe_by(slots(&G::SEATS), is_alive, life);
        self.snapshots.insert(snapshot);
    }
}

/// Draws all players and entities at one moment.
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
