//! Playback of a replay or of a filtered recording, also of a match that is still running: the scene at any
//! moment, as smooth as in a match.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec;

use game::{FIELDS_MAX, Game, Ranking, Rate, Schema, Seat, slots};
use protocol::filtered::Filtered;
use protocol::record::Join;
use protocol::replay::{Replay, ReplayError};

use crate::Happened;
use crate::client::EVENTS_MAX;
use crate::interpolation::Moment;
use crate::limited::limited;
use crate::playback::{Hashes, Playback};
use crate::scene::Scene;
use crate::shots::Shape;
use crate::snapshots::Snapshots;

/// Up to this distance forward, every tick is played so that its events occur. A greater distance is a seek.
const FOLLOW_TICKS_MAX: u32 = 16;

/// A viewer of a replay or of a match that is still running.
pub struct Spectator {
    rate: Rate,
    schema: &'static Schema,
    shape: Shape,
    playback: Box<dyn Playback>,
    /// The snapshots of the newest ticks up to the current one, without a gap.
    snapshots: Snapshots,
    events: VecDeque<Happened>,
    scene: Scene,
}

impl Spectator {
    /// A spectator of a replay, before the first tick.
    pub fn new<G: Game + 'static>(replay: Replay<G>) -> Self {
        Self::of::<G>(Box::new(replay))
    }

    /// A spectator of a filtered recording, before the first tick.
    pub fn of_filtered<G: Game + 'static>(filtered: Filtered<G>) -> Self {
        Self::of::<G>(Box::new(filtered))
    }

    fn of<G: Game>(playback: Box<dyn Playback>) -> Self {
        let mut spectator = Self {
            rate: G::RATE,
            schema: G::SCHEMA,
            shape: Shape::of::<G>(),
            playback,
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

    /// Appends what follows in the file of a running match. The drawn tick does not change.
    ///
    /// # Errors
    /// If it does not follow. Nothing is appended then.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), ReplayError> {
        self.playback.append(bytes)
    }

    /// The last tick.
    pub fn ticks(&self) -> u32 {
        self.playback.ticks()
    }

    /// The players who joined the running match, at least those up to the newest tick that was played, with their
    /// first ticks.
    pub fn joins(&self) -> &[(u32, Join)] {
        self.playback.joins()
    }

    /// The scene at this tick and fraction of a tick, at most the end. All players are drawn at that
    /// moment; none is predicted.
    ///
    /// # Errors
    /// When the file cannot be played up to this tick.
    pub fn scene(&mut self, tick: f64) -> Result<&Scene, ReplayError> {
        let tick = limited(tick, 0.0, self.playback.ticks().into());
        let whole = tick as u32;
        self.go_to(whole)?;
        if tick > f64::from(whole) {
            self.follow(whole + 1)?;
        }
        draw(
            self.rate,
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

    /// The result, if the match is over at the current tick.
    pub fn outcome(&self) -> Option<&Ranking> {
        self.playback.outcome()
    }

    /// The comparison of the state hashes so far.
    pub fn hashes(&self) -> Hashes {
        self.playback.hashes()
    }

    /// Moves to this tick, or to the next one with a state.
    fn go_to(&mut self, tick: u32) -> Result<(), ReplayError> {
        let (now, interval) = (self.playback.tick(), self.playback.interval());
        let before = self.snapshots.before(now);
        let is_between = before.is_some_and(|before| (before.view.tick..now).contains(&tick));
        if is_between && tick + interval >= now {
            return Ok(());
        }
        if (now..=now + FOLLOW_TICKS_MAX).contains(&tick) {
            return self.follow(tick);
        }
        self.snapshots = Snapshots::new();
        // Drawn positions depend on earlier movement, so the state before is played too: a moment looks
        // the same after any seek.
        let sought = self.playback.seek(tick.saturating_sub(interval));
        self.store_snapshot();
        let followed = sought.and_then(|()| self.follow(tick));
        self.events.clear();
        followed
    }

    /// Plays up to a tick, unless the current one is there or further.
    fn follow(&mut self, tick: u32) -> Result<(), ReplayError> {
        while self.playback.tick() < tick && self.playback.step()? {
            for happened in (0..).map_while(|at| self.playback.event(at)) {
                if self.events.len() == EVENTS_MAX {
                    self.events.pop_front();
                }
                self.events.push_back(happened);
            }
            self.store_snapshot();
        }
        Ok(())
    }

    /// Stores the snapshot of the current tick.
    fn store_snapshot(&mut self) {
        let mut snapshot = self.snapshots.take_spare();
        self.playback.describe(&mut snapshot);
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
