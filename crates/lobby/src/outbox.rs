//! The outbox: what the scripts wrote for players, relays and claims, told by one drainer per pool, at least once, in order.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{Result, corrupt};
use crate::inbox::InboxEntry;
use crate::lobby::{Lobby, random};
use crate::player::GameTicket;
use crate::pool::Pool;
use crate::script;

const BATCH: u32 = 32;
/// One call drains at most so many batches: a function's time is bounded.
const BATCHES_MAX: u32 = 32;
/// A drainer that dies delays the pool's pushes by this. A slower batch may be told twice; clients drop what is not newer.
const LEASE_MS: &str = "3000";
/// Players pushed to at once.
const PUSH_WIDTH: usize = 32;
/// What could not be pushed for so long is given up: one broken connection must not hold the others' messages for ever, and
/// its player learns the truth from `GET /lobby/me`.
const GIVE_UP_MS: u64 = 10_000;

/// What carries a push to a lobby connection.
pub trait Push: Send + Sync {
    /// Why a push failed; it is tried again with the next drain.
    type Error: std::error::Error + Send + Sync + 'static;
    /// Sends one text message to a connection.
    fn push(
        &self,
        connection: &str,
        body: &str,
    ) -> impl Future<Output = Result<Pushed, Self::Error>> + Send;
}

/// What became of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// Handed over.
    Delivered,
    /// 410: the lobby forgets that connection if it is still the player's.
    Gone,
}

/// What [`Pool::drain`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Drained {
    /// Messages handed over.
    pub pushed: u64,
    /// Connections that were gone.
    pub gone: u64,
    /// Messages that could not be pushed now; their entries stay for the next drain.
    pub failed: u64,
    /// There is more to do: call again.
    pub remainder: bool,
}

#[derive(Debug)]
struct Taken {
    seq: u64,
    id: String,
    age_ms: u64,
    entry: Entry,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entry {
    tell: Vec<Tell>,
    inbox: Vec<InboxEntry>,
    release: Vec<Release>,
}

#[derive(Debug, Deserialize)]
struct Tell {
    to: Vec<String>,
    message: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
struct Release {
    player: String,
    nonce: String,
}

/// A message, and which entry of the batch it is from.
type Letter<'a> = (usize, &'a Map<String, Value>);

/// What one player got of a batch.
#[derive(Default)]
struct Told {
    drained: Drained,
    /// Entries that this player must be told again.
    missed: Vec<usize>,
}

impl Lobby {
    /// [`Pool::drain`] of every pool, one after the other.
    pub async fn drain_all(&self, push: &impl Push) -> Result<Drained> {
        let mut all = Drained::default();
        for pool in self.all_pools() {
            let one = pool.drain(push).await?;
            all.add(&one);
            all.remainder |= one.remainder;
        }
        Ok(all)
    }
}

impl Pool {
    /// `notify`, and the end of every function that changed something: pushes the outbox, in order, one drainer per pool.
    /// Another holds the lease: nothing done, `remainder` false. A push that fails leaves its entry for the next drain.
    pub async fn drain(&self, push: &impl Push) -> Result<Drained> {
        let drainer = random();
        let mut sum = Drained::default();
        for round in 1..=BATCHES_MAX {
            let batch = self.take(&drainer).await?;
            if batch.is_empty() {
                return Ok(sum);
            }
            let (told, missed) = self.tell(&batch, push).await?;
            sum.add(&told);
            let done = batch
                .iter()
                .enumerate()
                .filter(|(i, _)| !missed.contains(i));
            let done: Vec<&str> = done.map(|(_, taken)| taken.id.as_str()).collect();
            let stop = round == BATCHES_MAX || !missed.is_empty();
            let left = self.acknowledge(&drainer, stop, &done).await?;
            if left <= 0 || !missed.is_empty() {
                return Ok(sum);
            }
        }
        sum.remainder = true;
        Ok(sum)
    }

    /// Empty when there is nothing, or when another drains.
    async fn take(&self, drainer: &str) -> Result<Vec<Taken>> {
        let args = [drainer, &BATCH.to_string(), LEASE_MS];
        let flat: Option<Vec<String>> = self
            .run(&script::OUTBOX_TAKE, &[self.keys.outbox_lease()], &args)
            .await?;
        let Some((now, entries)) = flat.as_ref().and_then(|flat| flat.split_first()) else {
            return Ok(Vec::new());
        };
        let key = self.keys.outbox();
        let now_ms: u64 = now.parse().map_err(|error| corrupt(&key, error))?;
        entries
            .chunks_exact(3)
            .map(|fields| taken(&key, now_ms, fields))
            .collect()
    }

    /// How many are left; less than 0: another drains by now.
    async fn acknowledge(&self, drainer: &str, stop: bool, ids: &[&str]) -> Result<i64> {
        let args = [&[drainer, if stop { "1" } else { "0" }], ids].concat();
        self.run(&script::OUTBOX_ACK, &[self.keys.outbox_lease()], &args)
            .await
    }

    /// Tells a batch: relays and claims first, then each player in order, different players at once. Returns also the
    /// entries that somebody must be told again.
    async fn tell(&self, batch: &[Taken], push: &impl Push) -> Result<(Drained, BTreeSet<usize>)> {
        let lobby = &self.lobby;
        let mut letters: BTreeMap<&str, Vec<Letter<'_>>> = BTreeMap::new();
        for (i, taken) in batch.iter().enumerate() {
            for entry in &taken.entry.inbox {
                lobby.inbox_add(entry).await?;
            }
            for release in &taken.entry.release {
                lobby
                    .claim_release(&release.player, self.name(), &release.nonce)
                    .await?;
            }
            for tell in &taken.entry.tell {
                for player in &tell.to {
                    letters.entry(player).or_default().push((i, &tell.message));
                }
            }
        }
        let (mut drained, mut missed) = (Drained::default(), BTreeSet::new());
        let letters: Vec<_> = letters.into_iter().collect();
        for chunk in letters.chunks(PUSH_WIDTH) {
            let told = join_all(
                chunk
                    .iter()
                    .map(|(player, letters)| self.tell_player(player, letters, batch, push)),
            );
            for told in told.await {
                let told = told?;
                drained.add(&told.drained);
                missed.extend(told.missed);
            }
        }
        Ok((drained, missed))
    }

    /// One player's messages, in order. After one that failed the later ones wait too: a client drops what is not newer.
    async fn tell_player(
        &self,
        player: &str,
        letters: &[Letter<'_>],
        batch: &[Taken],
        push: &impl Push,
    ) -> Result<Told> {
        let mut told = Told::default();
        let lobby = &self.lobby;
        let Some(connection) = lobby.session_of(player).await? else {
            return Ok(told);
        };
        for (n, (i, message)) in letters.iter().enumerate() {
            let taken = &batch[*i];
            let Some(body) = self.body(player, &connection, message, taken.seq).await? else {
                continue;
            };
            match push.push(&connection, &body).await {
                Ok(Pushed::Delivered) => told.drained.pushed += 1,
                Ok(Pushed::Gone) => {
                    told.drained.gone += 1;
                    lobby.session_forget(player, &connection).await?;
                    return Ok(told);
                }
                Err(error) if taken.age_ms > GIVE_UP_MS => {
                    tracing::error!(%error, player, "gave a message up");
                }
                Err(error) => {
                    tracing::warn!(%error, player, "a push failed, it is tried again");
                    told.drained.failed += 1;
                    told.missed = letters[n..].iter().map(|(i, _)| *i).collect();
                    return Ok(told);
                }
            }
        }
        Ok(told)
    }

    /// The message as this player gets it: with its number, and with a seat ticket where it says how to reach a match.
    /// None: the player is not in that match any more; a later entry says so.
    async fn body(
        &self,
        player: &str,
        connection: &str,
        message: &Map<String, Value>,
        seq: u64,
    ) -> Result<Option<String>> {
        let mut body = message.clone();
        body.insert("seq".to_owned(), seq.into());
        let kind = message
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if kind == "match_over" {
            // Lua's JSON has no empty list.
            body.entry("scores")
                .or_insert_with(|| Value::Array(Vec::new()));
        }
        if kind == "match_started" || kind == "match_moved" {
            let room = message
                .get("room_id")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let args = [player, room, &random()];
            let text: Option<String> = self
                .run(&script::SEAT_OPEN, &self.player_keys(player), &args)
                .await?;
            let Some(text) = text else { return Ok(None) };
            let game: GameTicket =
                serde_json::from_str(&text).map_err(|error| corrupt("seat_open", error))?;
            let origin = self.lobby.session_origin(connection).await?;
            let game = game.seen_from(origin.as_ref());
            body.insert(
                "game".to_owned(),
                serde_json::to_value(game).map_err(|error| corrupt("seat_open", error))?,
            );
        }
        Ok(Some(Value::Object(body).to_string()))
    }
}

impl Drained {
    fn add(&mut self, other: &Self) {
        self.pushed += other.pushed;
        self.gone += other.gone;
        self.failed += other.failed;
    }
}

/// `fields`: id, kind, entry. An entry that cannot be read is told to nobody, and said aloud: it must not block the others.
fn taken(key: &str, now_ms: u64, fields: &[String]) -> Result<Taken> {
    let id = fields[0].clone();
    let (ms, n) = id.split_once('-').ok_or_else(|| corrupt(key, &id))?;
    let number = |text: &str| text.parse::<u64>().map_err(|error| corrupt(key, error));
    let (ms, n) = (number(ms)?, number(n)?);
    let entry = serde_json::from_str(&fields[2]).unwrap_or_else(|error| {
        tracing::error!(%error, key, id, kind = fields[1], "an outbox entry that cannot be read");
        Entry::default()
    });
    Ok(Taken {
        seq: ms * 4096 + n,
        age_ms: now_ms.saturating_sub(ms),
        id,
        entry,
    })
}
