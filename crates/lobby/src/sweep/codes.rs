//! The sweep's part for the codes of rooms: renews those of live rooms, and releases those whose room
//! does not exist.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{BATCH, keys_like};
use crate::error::Result;
use crate::keys;
use crate::redis::script;
use crate::rooms::codes::{Codes, Named};
use crate::store::PoolStore;
use crate::timing::{self, ms};

/// What a room's record, or what is kept of its match, says about its code.
struct Owned {
    room: String,
    code: String,
    nonce: String,
    is_live: bool,
}

pub(super) async fn repair(
    pool: &PoolStore,
    entities: &[(String, String)],
    counts: &mut BTreeMap<String, u64>,
) -> Result<()> {
    let rooms: Vec<&str> = entities
        .iter()
        .filter(|(kind, _)| kind == "room")
        .map(|(_, room)| room.as_str())
        .collect();
    let repaired = [
        ("code_lost", renew(pool, &rooms).await?),
        ("code_without_room", release(pool).await?),
    ];
    for (kind, count) in repaired {
        if count > 0 {
            tracing::error!(pool = pool.name(), kind, count, "codes of rooms repaired");
            *counts.entry(kind.to_owned()).or_default() += count;
        }
    }
    Ok(())
}

/// Renews the codes of live rooms; how many did not name their room.
async fn renew(pool: &PoolStore, rooms: &[&str]) -> Result<u64> {
    let codes = Codes::new(&pool.stores);
    let mut lost = 0;
    for batch in rooms.chunks(BATCH) {
        for owned in owned(pool, batch).await? {
            let Owned {
                room, code, nonce, ..
            } = &owned;
            if owned.is_live && !codes.keep(code, pool.name(), room, nonce).await? {
                lost += 1;
            }
        }
    }
    Ok(lost)
}

/// Releases codes whose room neither lives nor may gather again: of a call that crashed, or whose
/// outbox entry was lost. After a match without a rematch, the code expires by itself.
async fn release(pool: &PoolStore) -> Result<u64> {
    let codes = Codes::new(&pool.stores);
    let mut released = 0;
    for batch in keys_like(&pool.stores.link, &keys::code("*"))
        .await?
        .chunks(BATCH)
    {
        let mut named = Vec::new();
        for code in batch.iter().filter_map(|key| key.strip_prefix("code:")) {
            let found = codes.read(code).await?;
            named.extend(
                found
                    .filter(|found| found.pool == pool.name() && is_old(pool, found))
                    .map(|found| (code.to_owned(), found)),
            );
        }
        let rooms: Vec<&str> = named.iter().map(|(_, found)| found.room.as_str()).collect();
        let owned = owned(pool, &rooms).await?;
        for (code, found) in &named {
            let nonce = found.nonce.to_string();
            let is_owned = owned
                .iter()
                .any(|owned| owned.code == *code && owned.nonce == nonce);
            if !is_owned && !codes.is_left_over(code).await? {
                codes.release(code, &nonce).await?;
                released += 1;
            }
        }
    }
    Ok(released)
}

/// Whether no call can still make the room of this code.
fn is_old(pool: &PoolStore, named: &Named) -> bool {
    let now_ms = pool.stores.clock().parse().unwrap_or_else(|_| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |since| since.as_millis() as u64)
    });
    now_ms.saturating_sub(named.nonce / 1000) > ms(timing::CLAIM_FREE)
}

async fn owned(pool: &PoolStore, rooms: &[&str]) -> Result<Vec<Owned>> {
    if rooms.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<String> = pool.run(&script::ROOM_CODES, &[], rooms).await?;
    let owned = found.chunks_exact(4).map(|words| Owned {
        room: words[0].clone(),
        code: words[1].clone(),
        nonce: words[2].clone(),
        is_live: words[3] == "1",
    });
    Ok(owned.collect())
}
