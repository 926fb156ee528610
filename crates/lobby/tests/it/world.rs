//! [`World`]: a lobby with its own pools for one test, with players by short names, relays, pushed messages and raw
//! keys.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lobby::{
    Assigned, Claimed, Expired, GameTicket, InboxMessage, Join, Joined, Lobby, Me, Pool, Pools,
    RelayInfo,
};
use redis::FromRedisValue;
use serde_json::Value;

use testkit::Redis;

use crate::sink::Sink;

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) lobby: Lobby,
    pub(crate) server: Arc<Redis>,
    /// The first of its pools.
    pub(crate) name: String,
    /// A prefix of the ids of players and relays, which all pools of a Redis share.
    tag: String,
    connection: redis::aio::MultiplexedConnection,
}

impl World {
    pub(crate) async fn new(settings: &str) -> Self {
        Self::with_pools(&[settings]).await
    }

    pub(crate) async fn with_pools(settings: &[&str]) -> Self {
        Self::on(Redis::shared(), settings).await
    }

    pub(crate) async fn on(server: Arc<Redis>, settings: &[&str]) -> Self {
        let tag = uuid::Uuid::new_v4().simple().to_string()[..10].to_owned();
        let names: Vec<String> = (0..settings.len()).map(|i| format!("{tag}-{i}")).collect();
        let pools: Vec<String> = names
            .iter()
            .zip(settings)
            .map(|(name, json)| format!("{name:?}:{json}"))
            .collect();
        let pools = Pools::parse(&format!("{{{}}}", pools.join(","))).expect("pools");
        let lobby = Lobby::connect(&server.url, pools).await.expect("a lobby");
        let lobby = lobby.with_fleet(&format!("relays-{tag}"));
        let connection = connect_to_owner(&server, &names[0]).await;
        Self {
            lobby,
            server,
            name: names[0].clone(),
            tag,
            connection,
        }
    }

    /// The same world after a change of its only pool's settings.
    pub(crate) async fn with_settings(&self, settings: &str) -> Self {
        let pools = format!("{{{:?}:{settings}}}", self.name);
        let pools = Pools::parse(&pools).expect("pools");
        let lobby = Lobby::connect(&self.server.url, pools).await;
        let lobby = lobby.expect("a lobby");
        Self {
            lobby: lobby.with_fleet(&format!("relays-{}", self.tag)),
            ..self.clone()
        }
    }

    /// The same world on a clock fixed at this time in ms.
    pub(crate) fn at(&self, ms: u64) -> Self {
        Self {
            lobby: self.lobby.at(1_800_000_000_000 + ms),
            ..self.clone()
        }
    }

    pub(crate) fn pool(&self) -> Pool {
        self.lobby.pool(&self.name).expect("the pool")
    }

    /// The name of a pool by its index, from 0.
    pub(crate) fn pool_name(&self, i: usize) -> String {
        format!("{}-{i}", self.tag)
    }

    /// The same world with its second pool as the first one.
    pub(crate) fn in_second_pool(&self) -> Self {
        Self {
            name: self.pool_name(1),
            ..self.clone()
        }
    }

    pub(crate) fn id(&self, short: &str) -> String {
        format!("{}-{short}", self.tag)
    }

    /// The hash tag of the keys of its relays.
    pub(crate) fn fleet(&self) -> String {
        format!("{{relays-{}}}", self.tag)
    }

    pub(crate) async fn join(&self, short: &str) -> Joined {
        self.join_as(&self.lobby, &self.name, short, None).await
    }

    pub(crate) async fn join_as(
        &self,
        lobby: &Lobby,
        pool: &str,
        short: &str,
        request: Option<&str>,
    ) -> Joined {
        let player = self.id(short);
        let join = Join {
            player: &player,
            name: short,
            color: None,
            game: "",
            latencies: "",
            trace: "",
            priority: 0,
            request,
        };
        let pool = lobby.pool(pool).expect("the pool");
        pool.queue_join(join).await.expect("join")
    }

    pub(crate) async fn join_all(&self, shorts: &[&str]) {
        for short in shorts {
            self.join(short).await;
        }
    }

    pub(crate) async fn me(&self, short: &str) -> Me {
        self.lobby.players.me(&self.id(short)).await.expect("me")
    }

    /// `queued 1`, `seated ABC`, `playing`, `out expired`: the state in a word or two.
    pub(crate) async fn state(&self, short: &str) -> String {
        let me = self.me(short).await;
        let status = format!("{:?}", me.status).to_lowercase();
        let more = me
            .position
            .map(|n| n.to_string())
            .or(me.reason)
            .unwrap_or_default();
        format!("{status} {more}").trim().to_owned()
    }

    pub(crate) async fn states(&self, shorts: &[&str]) -> String {
        let mut states = Vec::new();
        for short in shorts {
            states.push(format!("{short}: {}", self.state(short).await));
        }
        states.join(", ")
    }

    pub(crate) fn relay(&self, short: &str, capacity: u32) -> RelayInfo {
        let id = self.id(short);
        let url = format!("ws://127.0.0.1/game/{short}");
        RelayInfo {
            webtransport: None,
            id,
            url,
            rooms: 0,
            capacity,
            draining: false,
            boot: "boot-1".to_owned(),
            region: None,
            watchers_free: None,
            games: Arc::default(),
        }
    }

    /// A live relay with a capacity of 100.
    pub(crate) async fn relay_up(&self, short: &str) -> RelayInfo {
        let relay = self.relay(short, 100);
        self.lobby.relays.renew(&relay).await.expect("renew");
        relay
    }

    /// Joins, seats and starts five players on a new relay `r`. Returns the room and the ticket of the first player.
    pub(crate) async fn match_of_five(&self) -> (String, GameTicket) {
        self.relay_up("r").await;
        self.join_all(&["a", "b", "c", "d", "e"]).await;
        let assigned = self.pool().assign().await.expect("assign");
        assert_eq!((assigned.seated, assigned.started), (5, 1));
        let me = self.me("a").await;
        (me.room.expect("a room"), me.game.expect("a ticket"))
    }

    /// Like `match_of_five`, and the relay has claimed the room.
    pub(crate) async fn claimed_match(&self) -> String {
        let (room, game) = self.match_of_five().await;
        let claimed = self
            .pool()
            .matches
            .claim_room(&room, &game.relay, game.epoch, "boot-1")
            .await
            .expect("claim");
        assert!(matches!(claimed, Claimed::Room { .. }), "{claimed:?}");
        room
    }

    /// Asserts that no pool violates an invariant.
    pub(crate) async fn check(&self) {
        for pool in self.lobby.pools().0.keys() {
            let wrong = lobby::check::violations(&self.lobby, pool)
                .await
                .expect("check");
            assert!(wrong.is_empty(), "{pool}: {wrong:#?}");
        }
    }

    /// Runs a sweep in the world's own pool. Returns how many repairs of each kind it made.
    pub(crate) async fn sweep(&self) -> BTreeMap<String, u64> {
        let mut counts = self.pool().sweep.repair().await.expect("repair");
        let unowned = self.lobby.release_unowned(&[self.name.as_str()]).await;
        let unowned = unowned.expect("released");
        counts.extend(unowned.get(&self.name).cloned().unwrap_or_default());
        counts
    }

    /// Delivers the outboxes of all pools; returns the pushed messages by the player's short name.
    pub(crate) async fn deliver(&self) -> BTreeMap<String, Vec<Value>> {
        let sink = Sink::default();
        for pool in self.lobby.pools().0.keys() {
            let pool = self.lobby.pool(pool).expect("the pool");
            pool.outbox.deliver(&sink).await.expect("deliver");
        }
        let pushed = sink.pushed.lock().expect("no panic").clone();
        pushed
            .into_iter()
            .map(|(connection, messages)| {
                (connection.replace(&format!("{}-", self.tag), ""), messages)
            })
            .collect()
    }

    /// Opens lobby sockets whose ids are the players' names.
    pub(crate) async fn connect(&self, shorts: &[&str]) {
        for short in shorts {
            let id = self.id(short);
            self.lobby.sessions.open(&id, &id).await.expect("session");
        }
    }

    /// Polls from one time to another, like a bridge. Without polls the clock would seem to jump.
    pub(crate) async fn poll_through(&self, from: u64, to: u64) {
        for ms in (from..to).step_by(900) {
            self.at(ms).pool().bridge.poll().await.expect("poll");
        }
    }

    pub(crate) async fn assign(&self) -> String {
        let Assigned {
            seated,
            started,
            skipped,
            remainder,
            waited_ms: _,
        } = self.pool().assign().await.expect("assign");
        format!(
            "seated {seated} started {started} skipped {skipped}{}",
            if remainder { ", more" } else { "" }
        )
    }

    pub(crate) async fn expire(&self) -> String {
        let Expired {
            rooms,
            players,
            relays,
            remainder,
        } = self.pool().deadlines.expire(100).await.expect("expire");
        format!(
            "rooms {rooms} players {players} relays {relays}{}",
            if remainder { ", more" } else { "" }
        )
    }

    /// All messages in a relay's inbox, oldest first.
    pub(crate) async fn inbox(&self, short: &str) -> Vec<InboxMessage> {
        let mut inbox = self.lobby.inbox(&self.id(short));
        inbox.read(Duration::ZERO).await.expect("inbox").messages
    }

    /// The room a player is in.
    pub(crate) async fn room(&self, short: &str) -> String {
        self.me(short)
            .await
            .room
            .unwrap_or_else(|| panic!("{short} is in no room"))
    }

    /// The kinds of the entries in the outbox, oldest first.
    pub(crate) async fn outbox(&self) -> String {
        let entries: Vec<(String, Vec<String>)> = self.redis("XRANGE {}:outbox - +").await;
        entries
            .into_iter()
            .map(|(_, fields)| fields[1].clone())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Every key of the pool with its value, except the time of the last poll and the dirty mark.
    pub(crate) async fn everything(&self) -> BTreeMap<String, Vec<u8>> {
        let mut all = BTreeMap::new();
        let keys: Vec<String> = self.redis("KEYS {}:*").await;
        for key in keys {
            if !key.ends_with(":checked") && !key.ends_with(":dirty") {
                let dump: Option<Vec<u8>> = self.redis(&format!("DUMP {key}")).await;
                all.extend(dump.map(|dump| (key, dump)));
            }
        }
        all
    }

    /// Sets a string key; the value may contain spaces.
    pub(crate) async fn set(&self, key: &str, value: &str) {
        let () = self
            .query(redis::cmd("SET").arg(key).arg(value))
            .await
            .expect("SET");
    }

    /// Runs a raw command: words, where `{}` stands for the pool's tag.
    pub(crate) async fn redis<T: FromRedisValue>(&self, words: &str) -> T {
        let mut command = redis::Cmd::new();
        for word in words.split(' ') {
            command.arg(word.replace("{}", &format!("{{{}}}", self.name)));
        }
        self.query(&command)
            .await
            .unwrap_or_else(|error| panic!("{words}: {error}"))
    }

    /// Sends a command to the pool's node, and follows one redirect.
    async fn query<T: FromRedisValue>(&self, command: &redis::Cmd) -> redis::RedisResult<T> {
        let answer = command.query_async(&mut self.connection.clone()).await;
        let error = match answer {
            Err(error) if error.redirect_node().is_some() => error,
            answer => return answer,
        };
        let (address, _) = error.redirect_node().expect("a redirect");
        let mut there = connect(&format!("redis://{address}")).await;
        command.query_async(&mut there).await
    }
}

/// Connects to the node that has the pool, because commands without a key, such as KEYS, get no redirect.
async fn connect_to_owner(server: &Redis, pool: &str) -> redis::aio::MultiplexedConnection {
    for node in &server.nodes {
        let mut connection = connect(&node.url).await;
        let mut get = redis::cmd("GET");
        get.arg(format!("{{{pool}}}:none"));
        let got: redis::RedisResult<Option<String>> = get.query_async(&mut connection).await;
        if got.is_ok() {
            return connection;
        }
    }
    connect(&server.nodes[0].url).await
}

async fn connect(url: &str) -> redis::aio::MultiplexedConnection {
    let client = redis::Client::open(url).expect("a url");
    client
        .get_multiplexed_async_connection()
        .await
        .expect("redis")
}
