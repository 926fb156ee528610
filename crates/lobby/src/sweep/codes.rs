//! Sweeps the codes of rooms: renews them while the room lives, and releases them when nothing owns them.

use std::time::{SystemTime, UNIX_EPOCH};

use super::BATCH;
use crate::error::Result;
use crate::redis::script;
use crate::rooms::codes::{Codes, Named};
use crate::store::PoolStore;
use crate::timing::{self, ms};

/// What the record of a room, or the remaining data of its match, says about its code.
struct Owned {
    room: String,
    code: String,
    nonce: String,
    is_live: bool,
}

/// Renews the codes of the pool's live rooms. Returns how many did not name their room.
pub(super) async fn renew(pool: &PoolStore, entities: &[(String, String)]) -> Result<u64> {
    let codes = Codes::new(&pool.stores);
    let rooms = entities.iter().filter(|(kind, _)| kind == "room");
    let rooms: Vec<&str> = rooms.map(|(_, room)| room.as_str()).collect();
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

/// Releases those of these codes, all of this pool, whose room neither lives nor may gather again: its call crashed,
/// or its outbox entry was lost. After a match without a rematch, the code expires by itself. Returns how many were
/// released.
pub(super) async fn release(pool: &PoolStore, named: &[(String, Named)]) -> Result<u64> {
    let codes = Codes::new(&pool.stores);
    let named = named.iter().filter(|(_, found)| is_old(pool, found));
    let named: Vec<&(String, Named)> = named.collect();
    let rooms: Vec<&str> = named.iter().map(|(_, found)| found.room.as_str()).collect();
    let owned = owned(pool, &rooms).await?;
    let mut released = 0;
    for (code, found) in named {
        let nonce = found.nonce.to_string();
        let is_owned = owned
            .iter()
            .any(|owned| owned.code == *code && owned.nonce == nonce);
        if !is_owned && !codes.is_left_over(code).await? {
            codes.release(code, &nonce).await?;
            released += 1;
        }
    }
    Ok(released)
}

/// Whether it is too late for any call to make the room of this code.
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
