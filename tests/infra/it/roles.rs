//! A match from the first call to the replay. Each step runs as the Redis user that runs it in AWS,
//! and Redis refuses nothing.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Mutex;
use std::time::Duration;

use lobby::journal::{Journal, connect_journal};
use lobby::{
    Act, Ban, Checkpoint, CheckpointPlayer, Checkpointed, Claimed, Finished, GameTicket, Join,
    Lobby, Pools, Push, Pushed, Recorded, Redeemed, RelayInfo, ReplayChunk, Replayed, Report,
    Reported, Request, Saved, Score, Watched,
};

use serde_json::json;

use crate::redis::Redis;

const RELAY: &str = "relay-1";
const PLAYERS: [&str; 3] = [
    "0b0e2c1e-6d0f-4c55-9a53-1f3c0a2d7e01",
    "0b0e2c1e-6d0f-4c55-9a53-1f3c0a2d7e02",
    "0b0e2c1e-6d0f-4c55-9a53-1f3c0a2d7e03",
];

#[tokio::test]
async fn a_match_is_played_by_the_three_roles() {
    let redis = Redis::start();
    let roles = Roles::connect(&redis).await;
    roles.wait_in_the_queue().await;
    let (room, game) = roles.start().await;
    roles.play(&room, &game, &redis).await;
    roles.watch(&room).await;
    roles.end(&room).await;
}

#[tokio::test]
async fn the_sweep_does_it_all_without_the_others() {
    let redis = Redis::start();
    let roles = Roles::connect(&redis).await;
    roles.wait_in_the_queue().await;
    let pool = roles.sweep.pool("main").expect("a pool");
    pool.sweep.repair().await.expect("repaired");
    let released = roles.sweep.release_unowned(&["main"]).await;
    assert!(released.expect("released").is_empty());
    pool.deadlines.expire(10).await.expect("expired");
    assert_eq!(pool.assign().await.expect("assigned").seated, 3);
    pool.outbox
        .deliver(&roles.sockets)
        .await
        .expect("delivered");
    pool.bridge.poll().await.expect("looked");
    roles.relay.relays.renew(&info()).await.expect("renewed");
    pool.sweep.repair().await.expect("repaired");
}

struct Roles {
    functions: Lobby,
    sweep: Lobby,
    relay: Lobby,
    sockets: Sockets,
}

impl Roles {
    async fn connect(redis: &Redis) -> Self {
        let lobby = async |user: &str| {
            let pools = Pools::parse(r#"{"main":{"seats_min":3,"seats_max":3,"watch":"all"}}"#)
                .expect("pools");
            let lobby = Lobby::connect(&redis.url(user), pools)
                .await
                .expect("a lobby");
            lobby.ping().await.expect("logged in");
            lobby
        };
        Self {
            functions: lobby("functions").await,
            sweep: lobby("sweep").await,
            relay: lobby("relay").await,
            sockets: Sockets::default(),
        }
    }

    async fn wait_in_the_queue(&self) {
        let lobby = &self.functions;
        let asked = Request {
            who: "guest",
            key: "k1",
            asked: "a guest",
        };
        lobby
            .requests
            .open(asked, "the answer")
            .await
            .expect("remembered");
        let asked = Request {
            who: "ada",
            key: "k2",
            asked: "feedback",
        };
        lobby
            .requests
            .feedback(None, "good", "", Some(asked))
            .await
            .expect("kept");
        for player in PLAYERS {
            lobby
                .sessions
                .open(player, player)
                .await
                .expect("a session");
            lobby.sessions.player_of(player).await.expect("looked up");
            let join = Join {
                player,
                name: "Ada",
                color: None,
                game: "",
                latencies: "",
                trace: "",
                priority: 0,
                request: Some("once"),
            };
            lobby
                .pool("main")
                .expect("a pool")
                .queue_join(join)
                .await
                .expect("joined");
            lobby.players.touch(player).await.expect("touched");
            lobby.players.me(player).await.expect("a status");
        }
    }

    async fn start(&self) -> (String, GameTicket) {
        self.relay.relays.renew(&info()).await.expect("renewed");
        let bridge = self.relay.pool("main").expect("a pool");
        let mut hints = self.relay.hints();
        hints.follow(&["main".to_owned()].into());
        assert!(bridge.bridge.hold(RELAY).await.expect("asked"));
        assert!(bridge.bridge.poll().await.expect("looked").assign);
        tokio::time::timeout(Duration::from_secs(20), hints.next())
            .await
            .expect("a hint");

        let pool = self.functions.pool("main").expect("a pool");
        let assigned = pool.assign().await.expect("assigned");
        assert_eq!((assigned.seated, assigned.started), (3, 1));
        pool.deadlines.expire(10).await.expect("expired");
        pool.outbox.deliver(&self.sockets).await.expect("delivered");
        assert!(!self.sockets.0.lock().expect("unpoisoned").is_empty());
        let me = self
            .functions
            .players
            .me(PLAYERS[0])
            .await
            .expect("a status");
        let room = me.room.expect("a room");
        self.functions
            .rooms
            .view(&room, PLAYERS[0])
            .await
            .expect("shown");
        (room, me.game.expect("a ticket"))
    }

    async fn play(&self, room: &str, game: &GameTicket, redis: &Redis) {
        let seat = self
            .relay
            .tickets
            .redeem(&game.ticket, RELAY)
            .await
            .expect("asked");
        assert!(matches!(seat, Redeemed::Seat { .. }), "{seat:?}");
        let pool = self.relay.pool("main").expect("a pool");
        let claimed = pool
            .matches
            .claim_room(room, RELAY, game.epoch, "boot-1")
            .await
            .expect("asked");
        assert!(matches!(claimed, Claimed::Room { .. }), "{claimed:?}");

        let mut journal = Journal::new(RELAY, 0);
        let url = redis.url("relay");
        let link = tokio::task::spawn_blocking(move || {
            connect_journal(&url, RELAY, 0, Duration::from_secs(20))
        });
        journal.attach(link.await.expect("a thread").expect("a link"));
        journal.append(b"an entry");
        for _ in 0..1000 {
            journal.poll();
            if journal.lag().0 == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(journal.lag().0, 0, "the journal is not written");
        let entries = self
            .relay
            .journals
            .read(journal.stream())
            .await
            .expect("read");
        assert_eq!(entries, [b"an entry".as_slice()]);

        let written = pool
            .matches
            .checkpoint(&checkpoint(room, game.epoch, &journal))
            .await;
        assert_eq!(written.expect("asked"), Checkpointed::Written);
        let mut inbox = self.relay.inbox(RELAY);
        inbox.read(Duration::from_millis(10)).await.expect("read");
        pool.matches
            .hand_over(room, RELAY, game.epoch)
            .await
            .expect("asked");
    }

    async fn watch(&self, room: &str) {
        let rooms = &self.functions.rooms;
        let watched = rooms.room_watch(room, PLAYERS[0], None, "192.0.2.1").await;
        let Watched::Ticket { game, .. } = watched.expect("asked") else {
            panic!("no ticket")
        };
        let place = self.relay.tickets.redeem(&game.ticket, RELAY).await;
        assert!(matches!(place, Ok(Redeemed::Watch { .. })), "{place:?}");
        let report = Report {
            by: PLAYERS[0],
            player: PLAYERS[1],
            room: None,
            tick: 1,
            reason: "spam",
        };
        let reports = &self.functions.reports;
        let reported = reports.match_report(report).await;
        assert_eq!(reported.expect("asked"), Reported::Received);
        let kept = reports.of_pool("main", None, 10).await.expect("read");
        assert_eq!(kept.len(), 1);
        let pool = self.relay.pool("main").expect("a pool");
        let recorded = pool.matches.recording(room, 0).await;
        assert!(
            matches!(recorded, Ok(Recorded::Running { .. })),
            "{recorded:?}"
        );
    }

    async fn end(&self, room: &str) {
        let relay = self.relay.pool("main").expect("a pool");
        let epoch = self
            .functions
            .players
            .me(PLAYERS[0])
            .await
            .expect("delivered")
            .game
            .expect("a game")
            .epoch;
        let scores: Vec<Score> = (1..)
            .zip(PLAYERS)
            .map(|(rank, player)| Score {
                player_id: player.to_owned(),
                score: 3,
                rank,
                stats: BTreeMap::new(),
            })
            .collect();
        let chunk = ReplayChunk::default();
        let done = relay
            .matches
            .finish(room, RELAY, epoch, &scores, &chunk)
            .await
            .expect("asked");
        assert_eq!(done, Finished::Done);
        let lobby = &self.functions;
        lobby.deliver_new(&self.sockets).await.expect("delivered");
        assert_eq!(
            lobby
                .leaderboard
                .of_pool("main", 10)
                .await
                .expect("shown")
                .len(),
            3
        );
        lobby.leaderboard.of_room(room).await.expect("shown");
        let pool = lobby.pool("main").expect("a pool");
        let kept = pool.replays.read(room, PLAYERS[0]).await.expect("shown");
        assert!(matches!(kept, Replayed::Replay(_)), "{kept:?}");
        let life = pool.replays.life(room, PLAYERS[0]).await.expect("shown");
        assert!(matches!(life, Replayed::Replay(_)), "{life:?}");
        lobby
            .players
            .forfeit(PLAYERS[1], None)
            .await
            .expect("asked");
        lobby
            .players
            .queue_leave(PLAYERS[1], Some("leave"))
            .await
            .expect("left");
        lobby.sessions.close(PLAYERS[1]).await.expect("closed");
        self.operate().await;
        self.relay
            .relays
            .remove(RELAY, "boot-1")
            .await
            .expect("removed");
    }
}

impl Roles {
    /// What the functions for operators do.
    async fn operate(&self) {
        let lobby = &self.functions;
        let ban = Ban {
            reason: "spam".to_owned(),
            until_s: Some(4_000_000_000),
        };
        lobby.bans.set(PLAYERS[0], &ban).await.expect("banned");
        assert_eq!(lobby.bans.of(PLAYERS[0]).await.expect("read"), Some(ban));
        lobby.bans.remove(PLAYERS[0]).await.expect("removed");
        let act = Act {
            operator: "ada",
            action: "unban",
            target: PLAYERS[0],
            reason: "sorry",
            changed: true,
            before: &json!(null),
            after: &json!(null),
        };
        let id = lobby.audit.append(&act).await.expect("recorded");
        assert_eq!(lobby.audit.last(1).await.expect("read")[0].id, id);
        let admin = &lobby.admin;
        admin.pools().await.expect("counted");
        admin.player(PLAYERS[0]).await.expect("shown");
        assert_eq!(admin.relays(10).await.expect("shown")[0].relay, RELAY);
        admin.close_pool("main", "upgrade").await.expect("closed");
        admin.open_pool("main").await.expect("opened");
        admin.drain_relay(RELAY).await.expect("sent");
        admin.kill_relay(RELAY).await.expect("sent");
    }
}

fn info() -> RelayInfo {
    RelayInfo {
        webtransport: None,
        id: RELAY.to_owned(),
        url: format!("wss://play.example/game/{RELAY}"),
        rooms: 0,
        capacity: 10,
        draining: false,
        boot: "boot-1".to_owned(),
        region: None,
        watchers_free: None,
        games: std::sync::Arc::default(),
    }
}

fn checkpoint(room: &str, epoch: u64, journal: &Journal) -> Checkpoint {
    let players = PLAYERS.map(|player| CheckpointPlayer {
        player_id: player.to_owned(),
        x: 1.0,
        y: 2.0,
        online: true,
    });
    let header = json!({ "players": PLAYERS.map(|player| json!({ "player_id": player })) });
    Checkpoint {
        room: room.to_owned(),
        relay: RELAY.to_owned(),
        epoch,
        sleeps_ms: 0,
        players: players.into(),
        projectiles: Vec::new(),
        saved: Saved {
            state: vec![1],
            journal: journal.stream().to_owned(),
            after: journal.last_id().to_owned(),
            replay_header: Some(format!("{header}\n")),
            ..Saved::default()
        },
    }
}

/// Lobby sockets that accept every push.
#[derive(Default)]
struct Sockets(Mutex<BTreeMap<String, Vec<String>>>);

impl Push for Sockets {
    type Error = Infallible;

    async fn push(&self, connection: &str, body: &str) -> Result<Pushed, Infallible> {
        let mut pushed = self.0.lock().expect("unpoisoned");
        pushed
            .entry(connection.to_owned())
            .or_default()
            .push(body.to_owned());
        Ok(Pushed::Delivered)
    }
}
