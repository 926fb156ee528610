//! Groups under random calls on a simulated clock: no step violates an invariant, and nothing needs a repair.

use std::collections::BTreeMap;

use lobby::{Entered, ReplayChunk, RoomChange, Score, SeatReturn, Status};

use crate::world::World;

const PLAYERS: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
const STEPS: u32 = 250;

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z >> 33) as usize % most
    }
}

/// Random actions of players and relays.
struct Run {
    world: World,
    random: Random,
    /// Codes and rooms that were made, newest last.
    codes: Vec<String>,
    rooms: Vec<String>,
    /// Rooms whose match was played.
    played: Vec<String>,
    ms: u64,
}

impl Run {
    async fn new(seed: u64, settings: &str) -> Self {
        Self {
            world: World::new(settings).await,
            random: Random(seed),
            codes: Vec::new(),
            rooms: Vec::new(),
            played: Vec::new(),
            ms: 0,
        }
    }

    fn now(&self) -> World {
        self.world.at(self.ms)
    }

    fn pick(&mut self, all: &[String]) -> Option<String> {
        let newest = all.len().saturating_sub(4);
        let some = &all[newest..];
        (!some.is_empty()).then(|| some[self.random.below(some.len())].clone())
    }

    async fn step(&mut self) -> String {
        let short = PLAYERS[self.random.below(PLAYERS.len())];
        let world = self.now();
        let action = self.random.below(22);
        match action {
            0 | 1 => self.make(short).await,
            2..=5 => self.enter(short).await,
            6..=8 => self.queue(short, action != 8).await,
            9 => world.leave(short).await,
            10 => {
                world.join(short).await;
            }
            11 => world.connect(&[short]).await,
            12 => {
                let id = world.id(short);
                world.lobby.sessions.close(&id).await.expect("close");
            }
            13 => self.rematch(short).await,
            14 => self.end(short).await,
            15 | 16 => {
                world.assign().await;
            }
            17 | 18 => self.offer(short).await,
            19 => self.give_back(short).await,
            _ => self.wait().await,
        }
        format!("{action} by {short} at {} ms", self.ms)
    }

    async fn make(&mut self, short: &str) {
        let made = self
            .now()
            .make_with(short, &lobby::NewRoom::default())
            .await;
        if let Entered::Seated { room, code, .. } = made {
            self.rooms.push(room);
            self.codes.push(code);
        }
    }

    async fn enter(&mut self, short: &str) {
        let codes = self.codes.clone();
        if let Some(code) = self.pick(&codes) {
            let leaves = self.random.below(3) == 0;
            self.now().enter(short, &code, leaves).await;
        }
    }

    /// Also kicks, occasionally.
    async fn queue(&mut self, short: &str, queue: bool) {
        let rooms = self.rooms.clone();
        let Some(room) = self.pick(&rooms) else {
            return;
        };
        let other = self.now().id(PLAYERS[self.random.below(PLAYERS.len())]);
        let change = match self.random.below(8) {
            0 => RoomChange::Kick(&other),
            1 => RoomChange::Start { bots: 0 },
            _ => RoomChange::Queue(queue),
        };
        self.now().change(&room, short, change).await;
    }

    async fn rematch(&mut self, short: &str) {
        let played = self.played.clone();
        if let Some(room) = self.pick(&played)
            && let Entered::Seated { room, .. } = self.now().rematch(short, &room).await
        {
            self.rooms.push(room);
        }
    }

    /// The relay of the player's match offers some of its seats.
    async fn offer(&mut self, short: &str) {
        let (matches, me) = (self.now().pool().matches, self.now().me(short).await);
        let (Some(room), Some(game)) = (me.room, me.game) else {
            return;
        };
        let claimed = matches.claim_room(&room, &game.relay, game.epoch, "boot-1");
        claimed.await.expect("claim");
        let mut seats = vec![2, 3, 4, 5];
        seats.retain(|_| self.random.below(4) > 0);
        let offered = matches.offer_seats(&room, &game.relay, game.epoch, &seats);
        offered.await.expect("offer");
    }

    /// The relay returns the seat of a late player.
    async fn give_back(&mut self, short: &str) {
        let (matches, me) = (self.now().pool().matches, self.now().me(short).await);
        let (Some(room), Some(game)) = (me.room, me.game) else {
            return;
        };
        let why = [SeatReturn::Refused, SeatReturn::NotConnected][self.random.below(2)];
        let player = self.now().id(short);
        let returned = matches.return_seat(&room, &game.relay, game.epoch, &player, why);
        returned.await.expect("return");
    }

    /// The player's match ends, or the player forfeits.
    async fn end(&mut self, short: &str) {
        let (world, matches) = (self.now(), self.now().pool().matches);
        let me = world.me(short).await;
        let (Status::Playing, Some(room), Some(game)) = (me.status, me.room, me.game) else {
            return;
        };
        if self.random.below(4) == 0 {
            world
                .lobby
                .players
                .forfeit(&world.id(short), None)
                .await
                .expect("forfeit");
            return;
        }
        let claimed = matches
            .claim_room(&room, &game.relay, game.epoch, "boot-1")
            .await;
        claimed.expect("claim");
        // Late players without a score wait again.
        let score = |short: &&str| Score {
            player_id: world.id(short),
            score: 1,
            rank: 1,
            stats: BTreeMap::new(),
        };
        let mut scores: Vec<Score> = PLAYERS.iter().map(score).collect();
        scores.retain(|_| self.random.below(2) > 0);
        let chunk = ReplayChunk::default();
        let finished = matches
            .finish(&room, &game.relay, game.epoch, &scores, &chunk)
            .await;
        finished.expect("finish");
        self.played.push(room);
    }

    /// Advances the clock by up to half a minute while the bridge works.
    async fn wait(&mut self) {
        let until = self.ms + self.random.below(30_000) as u64;
        let has_relay = self.random.below(3) > 0;
        while self.ms < until {
            self.ms = until.min(self.ms + 900);
            let world = self.now();
            world.pool().bridge.poll().await.expect("poll");
            if has_relay {
                world.relay_up("r").await;
            }
            world.expire().await;
        }
    }
}

async fn run(seed: u64, settings: &str) {
    let mut run = Run::new(seed, settings).await;
    for n in 0..STEPS {
        let step = run.step().await;
        for pool in run.world.lobby.pools().0.keys() {
            let wrong = lobby::check::violations(&run.now().lobby, pool)
                .await
                .expect("check");
            assert!(
                wrong.is_empty(),
                "seed {seed}, step {n}: {step}: {wrong:#?}"
            );
        }
        if n % 16 == 0 {
            run.now().deliver().await;
        }
    }
    run.now().deliver().await;
    let repaired = run.now().sweep().await;
    assert_eq!(repaired, BTreeMap::new(), "seed {seed}");
}

#[tokio::test]
async fn no_random_step_violates_an_invariant() {
    for seed in 0..2 {
        run(seed, r#"{"seats_min":3,"seats_max":5,"room_ttl_ms":40000}"#).await;
        let teams =
            r#"{"seats_min":2,"seats_max":6,"teams":{"count":2,"size":3},"room_ttl_ms":40000}"#;
        run(seed, teams).await;
        let late = r#"{"seats_min":2,"seats_max":6,"late":{"until_s":600},"room_ttl_ms":40000}"#;
        run(seed, late).await;
        let late_teams = r#"{"seats_min":2,"seats_max":6,"late":{"until_s":600},"teams":{"count":2,"size":3},"bots":{"fill_to":5}}"#;
        run(seed, late_teams).await;
        run(
            seed,
            r#"{"seats_min":2,"seats_max":4,"bots":{"fill_to":3}}"#,
        )
        .await;
    }
}
