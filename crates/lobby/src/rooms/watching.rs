//! List watchers: lobby sockets that receive the changes of the list of rooms, at most two messages per second each.
//!
//! No function lives as long as a watch, so Redis stores each watcher's search and what was sent to the watcher. A
//! change of the list increases its version. The bridge's poll finds watchers with an older version and invokes
//! `deliver`, which repeats the search and sends the difference. A message that may not have arrived is sent again
//! with the next change.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use futures_util::future::join_all;
use serde::{Deserialize, Serialize};

use super::listed::{Index, ListedRoom};
use super::query::RoomQuery;
use super::{Rooms, to_json};
use crate::error::{Result, corrupt};
use crate::keys;
use crate::outbox::{Push, Pushed};
use crate::redis::script;
use crate::sessions::{SESSION_TTL_SECONDS, Sessions};
use crate::settings::PoolSettings;
use crate::store::{PoolStore, Stores};

/// The most sockets that watch a pool's list.
const WATCHERS_MAX: u32 = 500;
/// The most watchers that one call notifies.
const NOTIFIED_MAX: u32 = 100;
/// How many watchers are notified concurrently.
const CONCURRENT_MAX: usize = 32;
/// The most rooms in a watcher's list: they fit into a message of API Gateway (128 KB).
const ROOMS_MAX: usize = 50;
/// The minimum time between two messages to a watcher.
const PAUSE_MS: u64 = 500;
/// How long a watcher is reserved for the call that notifies it; longer than a push takes.
const BUSY_MS: u64 = 3_000;

/// A watcher's search.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Watch {
    /// The conditions of [`RoomQuery::filtered`].
    #[serde(rename = "where")]
    pub conditions: String,
    /// The order of [`RoomQuery::sorted`].
    pub sort: Option<String>,
}

/// The rooms that were sent to a watcher, with a hash of each row.
type Sent = BTreeMap<String, u64>;

/// A watcher who is due for a message.
struct Watcher {
    connection: String,
    turn: String,
    watch: Watch,
    /// None: nothing was sent yet.
    sent: Option<Sent>,
}

/// The message `rooms`.
#[derive(Serialize)]
struct Changes<'a> {
    r#type: &'static str,
    pool: &'a str,
    /// `added` is the complete list.
    full: bool,
    added: Vec<&'a ListedRoom>,
    changed: Vec<&'a ListedRoom>,
    gone: Vec<String>,
}

impl Watch {
    /// The search; an error says what is wrong with a text.
    pub fn query(&self, pool: &PoolSettings, game: &str) -> Result<RoomQuery, String> {
        let query = RoomQuery::new(game).filtered(pool, &self.conditions)?;
        let query = match &self.sort {
            Some(sort) => query.sorted(pool, sort)?,
            None => query,
        };
        query.limited(&ROOMS_MAX.to_string())
    }
}

impl Rooms {
    /// `watch_rooms`: makes this connection watch the pool's list, in place of an earlier watch.
    /// [`Self::notify_watchers`] sends the list. The caller has validated the search. False: the pool has too many
    /// watchers.
    pub async fn watch_rooms(&self, pool: &str, connection: &str, watch: &Watch) -> Result<bool> {
        let pool = self.stores.pool(pool)?;
        let mut set = redis::cmd("SET");
        set.arg(keys::connection_watch(connection)).arg(pool.name());
        set.arg("EX").arg(SESSION_TTL_SECONDS).arg("GET");
        let before: Option<String> = self.stores.link.command(&set).await?;
        if let Some(before) = before.filter(|before| before != pool.name()) {
            forget(&self.stores, &before, connection).await?;
        }
        let (search, most) = (to_json(watch)?, WATCHERS_MAX.to_string());
        let ttl = (SESSION_TTL_SECONDS * 1000).to_string();
        let args = [connection, &search, &most, &ttl];
        pool.run(
            &script::WATCH_ROOMS,
            &watcher_keys(&pool, connection),
            &args,
        )
        .await
    }

    /// Ends the watch of this connection.
    pub async fn unwatch_rooms(&self, connection: &str) -> Result<()> {
        unwatch(&self.stores, connection).await
    }

    /// Sends the changes to the pool's watchers who are due. `game`: the pool's game.
    pub async fn notify_watchers(&self, pool: &str, game: &str, push: &impl Push) -> Result<()> {
        let pool = self.stores.pool(pool)?;
        let args = [NOTIFIED_MAX.to_string(), BUSY_MS.to_string()];
        let keys = [pool.keys.watchers(), pool.keys.list_version()];
        let due: Vec<String> = pool
            .run(&script::WATCH_DUE, &keys, &[&args[0], &args[1]])
            .await?;
        let Some((version, due)) = due.split_first() else {
            return Ok(());
        };
        let due = due.chunks_exact(4).map(|words| Watcher::read(&pool, words));
        let due = due.collect::<Result<Vec<_>>>()?;
        if due.is_empty() {
            return Ok(());
        }
        let lists = self.lists(&pool, game, &due).await?;
        for chunk in due.chunks(CONCURRENT_MAX) {
            let notified = chunk.iter().filter_map(|watcher| {
                let rooms = lists.get(&watcher.watch)?;
                Some(self.notify_watcher(&pool, watcher, rooms, version, push))
            });
            join_all(notified)
                .await
                .into_iter()
                .collect::<Result<()>>()?;
        }
        Ok(())
    }

    /// The current results of the searches. A search that has become invalid for the pool, after a change of its meta
    /// keys, has no results.
    async fn lists(
        &self,
        pool: &PoolStore,
        game: &str,
        due: &[Watcher],
    ) -> Result<BTreeMap<Watch, Vec<ListedRoom>>> {
        let index = Index::read(pool).await?;
        let searches: BTreeSet<&Watch> = due.iter().map(|watcher| &watcher.watch).collect();
        let mut lists = BTreeMap::new();
        for watch in searches {
            let rooms = match watch.query(&pool.settings(), game) {
                Ok(query) => index.search(pool, &query).await?.rooms,
                Err(_) => Vec::new(),
            };
            lists.insert(watch.clone(), rooms);
        }
        Ok(lists)
    }

    async fn notify_watcher(
        &self,
        pool: &PoolStore,
        watcher: &Watcher,
        rooms: &[ListedRoom],
        version: &str,
        push: &impl Push,
    ) -> Result<()> {
        let (changes, sent) = watcher.changes(pool.name(), rooms)?;
        let connection = &watcher.connection;
        let pause = match &changes {
            None => 0,
            Some(changes) => match push.push(connection, &to_json(changes)?).await {
                Ok(Pushed::Delivered) => PAUSE_MS,
                Ok(Pushed::Gone) => return Sessions::new(&self.stores).close(connection).await,
                // The watcher is due again when its reservation ends.
                Err(error) => {
                    tracing::warn!(%error, connection, "rooms not sent; they will be sent again");
                    return Ok(());
                }
            },
        };
        let (pause, sent) = (pause.to_string(), to_json(&sent)?);
        let args = [connection, &watcher.turn, version, &sent, &pause];
        pool.run(&script::WATCH_SENT, &watcher_keys(pool, connection), &args)
            .await
    }
}

impl Watcher {
    /// Parses the answer of `watch_due.lua`.
    fn read(pool: &PoolStore, words: &[String]) -> Result<Self> {
        let wrong = |error| corrupt(&pool.keys.watcher(&words[0]), error);
        let sent = &words[3];
        Ok(Self {
            connection: words[0].clone(),
            turn: words[1].clone(),
            watch: serde_json::from_str(&words[2]).map_err(wrong)?,
            sent: if sent.is_empty() {
                None
            } else {
                Some(serde_json::from_str(sent).map_err(wrong)?)
            },
        })
    }

    /// The message for this watcher, None if nothing changed; and the rooms that the watcher has after it.
    fn changes<'a>(
        &self,
        pool: &'a str,
        rooms: &'a [ListedRoom],
    ) -> Result<(Option<Changes<'a>>, Sent)> {
        let mut changes = Changes {
            r#type: "rooms",
            pool,
            full: self.sent.is_none(),
            added: Vec::new(),
            changed: Vec::new(),
            gone: Vec::new(),
        };
        let mut before = self.sent.clone().unwrap_or_default();
        let mut sent = Sent::new();
        for room in rooms {
            let hash = hash_of(&to_json(room)?);
            match before.remove(&room.room) {
                None => changes.added.push(room),
                Some(old) if old != hash => changes.changed.push(room),
                Some(_) => {}
            }
            sent.insert(room.room.clone(), hash);
        }
        changes.gone = before.into_keys().collect();
        let is_empty =
            changes.added.is_empty() && changes.changed.is_empty() && changes.gone.is_empty();
        Ok(((changes.full || !is_empty).then_some(changes), sent))
    }
}

/// Ends the watch of a connection that closed or stopped watching.
pub(crate) async fn unwatch(stores: &Stores, connection: &str) -> Result<()> {
    let mut take = redis::cmd("GETDEL");
    take.arg(keys::connection_watch(connection));
    let pool: Option<String> = stores.link.command(&take).await?;
    match pool {
        Some(pool) => forget(stores, &pool, connection).await,
        None => Ok(()),
    }
}

async fn forget(stores: &Stores, pool: &str, connection: &str) -> Result<()> {
    // A pool that is no longer configured has no watchers.
    let Ok(pool) = stores.pool(pool) else {
        return Ok(());
    };
    let keys = watcher_keys(&pool, connection);
    pool.run(&script::UNWATCH_ROOMS, &keys, &[connection]).await
}

fn watcher_keys(pool: &PoolStore, connection: &str) -> [String; 2] {
    [pool.keys.watchers(), pool.keys.watcher(connection)]
}

fn hash_of(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
