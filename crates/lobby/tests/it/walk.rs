//! A seeded random walk over all transitions on a passed-in clock: after each step every invariant holds in every pool.

use std::collections::BTreeMap;
use std::fmt::Write;

use lobby::{
    Checkpoint, CheckpointPlayer, Checkpointed, Claimed, Finished, Forfeited, Joined, Left, Lobby,
    Me, Pool, Redeemed, Score, Status,
};

use crate::world::World;

const STEPS: u32 = 2500;
const PLAYERS: u64 = 13;
const RELAYS: u64 = 3;
/// `player_ttl_ms`: a tombstone written right after a player was seen lives so long.
const TOMBSTONE_MS: u64 = 30_000;
const SETTINGS: &str =
    r#"{"countdown_ms":4000,"room_ttl_ms":20000,"player_ttl_ms":30000,"claim_room_ms":6000}"#;

struct Walk {
    world: World,
    lobby: Lobby,
    random: Random,
    clock_ms: u64,
    /// Players who joined, and when they were last seen: whoever of them is out within a tombstone's life is told why.
    owed: BTreeMap<String, u64>,
    /// The epoch each room was last seen with: it never falls.
    epochs: BTreeMap<String, u64>,
    scored: i64,
    /// How often each relay was started.
    boots: [u64; RELAYS as usize],
    log: String,
}

#[tokio::test]
async fn any_walk_keeps_every_invariant() {
    let seed = match std::env::var("SEED") {
        Ok(text) => text.parse().expect("SEED is a number"),
        Err(_) => uuid::Uuid::new_v4().as_u128() as u64,
    };
    let world = World::with_pools(&[SETTINGS, SETTINGS]).await;
    let clock_ms = 1_800_000_000_000;
    let lobby = world.lobby.at(clock_ms);
    let mut walk = Walk {
        world,
        lobby,
        random: Random(seed),
        clock_ms,
        owed: BTreeMap::new(),
        epochs: BTreeMap::new(),
        scored: 0,
        boots: [0; RELAYS as usize],
        log: String::new(),
    };
    for step in 0..STEPS {
        walk.step().await;
        let wrong = walk.violations().await;
        assert!(
            wrong.is_empty(),
            "SEED={seed}, step {step}: {wrong:#?}\nthe last steps:\n{}",
            walk.tail()
        );
    }
    assert!(walk.scored > 0, "SEED={seed}: no match was ever finished");
}

impl Walk {
    async fn step(&mut self) {
        let player = format!("p{}", self.random.below(PLAYERS));
        let (pool_name, relay) = (
            self.world.pool_name(self.random.below(2) as usize),
            self.random.below(RELAYS),
        );
        let pool = self.lobby.pool(&pool_name).expect("the pool");
        match self.random.below(24) {
            0..=4 => self.join(&pool_name, &player).await,
            5 => self.leave(&player).await,
            6 => self.forfeit(&player).await,
            7..=9 => self.me(&player).await,
            10..=12 => {
                let done = pool.assign().await.expect("assign");
                self.note(&format!("assign {pool_name}: {done:?}"));
            }
            13..=15 => {
                let done = pool
                    .decide_due(1 + self.random.below(20) as u32)
                    .await
                    .expect("decide");
                self.note(&format!("decide {pool_name}: {done:?}"));
            }
            16 => {
                let work = pool.look().await.expect("look");
                self.note(&format!("look {pool_name}: {work:?}"));
            }
            17 | 18 => self.relay(relay).await,
            19 | 20 => self.play(&player).await,
            21 => {
                self.world.drain().await;
                self.note("drain");
            }
            _ => self.pass_time(),
        }
    }

    async fn join(&mut self, pool: &str, player: &str) {
        let request = (self.random.below(3) == 0).then(|| format!("r{}", self.random.below(4)));
        let joined = self
            .world
            .join_as(&self.lobby, pool, player, request.as_deref())
            .await;
        // A repeated request answers what was: what is stays unknown.
        if request.is_none() && !matches!(joined, Joined::OtherPool { .. }) {
            self.owed.insert(player.to_owned(), self.clock_ms);
        }
        self.note(&format!("join {pool} {player} {request:?}: {joined:?}"));
    }

    async fn leave(&mut self, player: &str) {
        let left = self
            .lobby
            .leave(&self.world.id(player), None)
            .await
            .expect("leave");
        if left == Left::Out {
            self.owed.remove(player);
        }
        self.note(&format!("leave {player}: {left:?}"));
    }

    async fn forfeit(&mut self, player: &str) {
        let done = self
            .lobby
            .forfeit(&self.world.id(player), None)
            .await
            .expect("forfeit");
        if done == Forfeited::Done {
            self.owed.remove(player);
        }
        self.note(&format!("forfeit {player}: {done:?}"));
    }

    async fn me(&mut self, player: &str) {
        let me = self.lobby.me(&self.world.id(player)).await.expect("me");
        self.note(&format!("me {player}: {me:?}"));
        self.told(player, &me);
        if let (Some(room), Some(game)) = (&me.room, &me.game) {
            let seen = self.epochs.entry(room.clone()).or_default();
            assert!(
                game.epoch >= *seen,
                "the epoch of {room} fell\n{}",
                self.tail()
            );
            *seen = game.epoch;
        }
    }

    fn told(&mut self, player: &str, me: &Me) {
        if me.status != Status::Out {
            self.owed.insert(player.to_owned(), self.clock_ms);
        } else if let Some(seen_ms) = self.owed.remove(player) {
            let is_forgotten = self.clock_ms - seen_ms >= TOMBSTONE_MS;
            assert!(
                me.reason.is_some() || is_forgotten,
                "{player} is out and not told why\n{}",
                self.tail()
            );
        }
    }

    async fn relay(&mut self, relay: u64) {
        let mut info = self
            .world
            .relay(&format!("r{relay}"), 1 + self.random.below(4) as u32);
        // A run that was replaced never comes back.
        let boot = &mut self.boots[relay as usize];
        *boot += u64::from(self.random.below(4) == 0);
        info.boot = format!("boot-{boot}");
        info.draining = self.random.below(8) == 0;
        if self.random.below(8) == 0 {
            self.lobby
                .relay_remove(&info.id, &info.boot)
                .await
                .expect("remove");
            self.note(&format!("remove r{relay}"));
        } else {
            self.lobby.relay_renew(&info).await.expect("renew");
            self.note(&format!("renew {info:?}"));
        }
    }

    /// What a relay does with the room of a player, in the right epoch or an old one.
    async fn play(&mut self, player: &str) {
        let id = self.world.id(player);
        let me = self.lobby.me(&id).await.expect("me");
        self.told(player, &me);
        let (Some(pool), Some(room), Some(game)) = (me.pool, me.room, me.game) else {
            return;
        };
        let pool = self.lobby.pool(&pool).expect("the pool");
        let redeemed = self
            .lobby
            .redeem(&game.ticket, &game.relay)
            .await
            .expect("redeem");
        assert!(
            matches!(redeemed, Redeemed::Seat { .. }),
            "{redeemed:?}\n{}",
            self.tail()
        );

        let is_stale = self.random.below(6) == 0;
        let epoch = game.epoch - u64::from(is_stale);
        let boot = format!("boot-{}", self.random.below(2));
        let claimed = pool
            .claim_room(&room, &game.relay, epoch, &boot)
            .await
            .expect("claim");
        assert!(
            !is_stale || claimed == Claimed::Stale,
            "a stale epoch claimed\n{}",
            self.tail()
        );
        let seen = CheckpointPlayer {
            player_id: id.clone(),
            x: 1.5,
            y: 2.0,
            online: true,
        };
        let checkpoint = Checkpoint {
            room: room.clone(),
            relay: game.relay.clone(),
            epoch,
            players: vec![seen],
            projectiles: Vec::new(),
            saved: lobby::Saved::default(),
        };
        let written = pool.checkpoint(&checkpoint).await.expect("checkpoint");
        assert!(
            !is_stale || written == Checkpointed::Stale,
            "a stale epoch wrote\n{}",
            self.tail()
        );
        self.note(&format!(
            "play {player} in {room} at {epoch}: {claimed:?} {written:?}"
        ));
        if self.random.below(2) == 0 {
            self.finish(&pool, &room, &game.relay, epoch, id, is_stale)
                .await;
        }
    }

    async fn finish(
        &mut self,
        pool: &Pool,
        room: &str,
        relay: &str,
        epoch: u64,
        player_id: String,
        is_stale: bool,
    ) {
        let scores = [Score {
            player_id,
            score: 1,
            rank: 1,
        }];
        let finished = pool
            .finish(room, relay, epoch, &scores, &lobby::ReplayChunk::default())
            .await
            .expect("finish");
        self.note(&format!("finish {room}: {finished:?}"));
        self.scored += i64::from(finished == Finished::Done);
        assert!(
            !is_stale || finished == Finished::Stale,
            "a stale epoch scored\n{}",
            self.tail()
        );
        let again = pool
            .finish(room, relay, epoch, &scores, &lobby::ReplayChunk::default())
            .await
            .expect("finish");
        assert!(
            again != Finished::Done,
            "{room} was finished twice\n{}",
            self.tail()
        );
    }

    fn pass_time(&mut self) {
        self.clock_ms += [1, 250, 900, 1600, 4000, 9000][self.random.below(6) as usize];
        self.lobby = self.world.lobby.at(self.clock_ms);
        self.note(&format!("clock {}", self.clock_ms));
    }

    async fn violations(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut scored = 0;
        for i in 0..2 {
            let name = self.world.pool_name(i);
            wrong.extend(
                lobby::check::violations(&self.lobby, &name)
                    .await
                    .expect("check"),
            );
            let board = self.lobby.leaderboard(&name, 100).await.expect("board");
            scored += board.iter().map(|rank| rank.score).sum::<i64>();
        }
        if scored != self.scored {
            wrong.push(format!(
                "the leaderboards count {scored}, matches counted {}",
                self.scored
            ));
        }
        wrong
    }

    fn note(&mut self, text: &str) {
        writeln!(self.log, "{text}").expect("a string grows");
    }

    fn tail(&self) -> String {
        let lines: Vec<&str> = self.log.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

/// Splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }
}
