//! Claims and codes that nothing owns. They are in no pool's slot, so one walk over all nodes reads them for every
//! pool, page by page.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use super::{BATCH, codes, scan_page};
use crate::error::Result;
use crate::keys;
use crate::players::claims::{Claim, Claims};
use crate::redis::script;
use crate::rooms::codes::{Codes, Named};
use crate::store::{PoolStore, Stores};
use crate::timing::{self, ms};

/// Counts by pool and kind.
pub(crate) type Released = BTreeMap<String, BTreeMap<String, u64>>;

/// Releases old claims that have no membership and codes that have no room: their call crashed, or their outbox entry
/// was lost.
pub(crate) async fn release(stores: &Stores, pools: &[&str]) -> Result<Released> {
    let mut released = Released::new();
    for (_, node) in stores.link.primaries().await? {
        for pattern in [keys::claim("*"), keys::code("*")] {
            let mut cursor = "0".to_owned();
            loop {
                let (next, page) = scan_page(&node, &cursor, &pattern).await?;
                release_page(stores, pools, &page, &mut released).await?;
                if next == "0" {
                    break;
                }
                cursor = next;
            }
        }
    }
    Ok(released)
}

async fn release_page(
    stores: &Stores,
    pools: &[&str],
    page: &[String],
    released: &mut Released,
) -> Result<()> {
    for (pool, claims) in claims_by_pool(stores, pools, page).await? {
        let count = release_claims(&stores.pool(&pool)?, &claims).await?;
        add(released, &pool, "claim_without_record", count);
    }
    for (pool, named) in codes_by_pool(stores, pools, page).await? {
        for batch in named.chunks(BATCH) {
            let count = codes::release(&stores.pool(&pool)?, batch).await?;
            add(released, &pool, "code_without_room", count);
        }
    }
    Ok(())
}

fn add(released: &mut Released, pool: &str, kind: &str, count: u64) {
    if count > 0 {
        tracing::error!(pool, kind, count, "invariant violation repaired");
        let counts = released.entry(pool.to_owned()).or_default();
        *counts.entry(kind.to_owned()).or_default() += count;
    }
}

/// The claims of a page, grouped by the pool that they name; only these pools.
async fn claims_by_pool(
    stores: &Stores,
    pools: &[&str],
    page: &[String],
) -> Result<BTreeMap<String, Vec<(String, Claim)>>> {
    let reader = Claims::new(stores);
    let prefix = keys::claim("");
    let players: Vec<&str> = page
        .iter()
        .filter_map(|key| key.strip_prefix(&prefix))
        .collect();
    let keys: Vec<String> = players.iter().map(|player| keys::claim(player)).collect();
    let found = join_all(keys.iter().map(|key| reader.read(key))).await;
    group(pools, &players, found, |claim| &claim.pool)
}

async fn release_claims(pool: &PoolStore, claims: &[(String, Claim)]) -> Result<u64> {
    let mut count = 0;
    for batch in claims.chunks(BATCH) {
        count += release_batch(pool, batch).await?;
    }
    Ok(count)
}

async fn release_batch(pool: &PoolStore, claims: &[(String, Claim)]) -> Result<u64> {
    let mut words = vec![ms(timing::CLAIM_FREE).to_string()];
    for (player, claim) in claims {
        let (nonce, taken_at) = (claim.nonce.to_string(), claim.taken_at_ms.to_string());
        words.extend([player.clone(), nonce, taken_at]);
    }
    let args: Vec<&str> = words.iter().map(String::as_str).collect();
    let found: Vec<String> = pool.run(&script::REPAIR_CLAIMS, &[], &args).await?;
    let releaser = Claims::new(&pool.stores);
    let pairs = found.chunks_exact(2);
    let count = pairs.len() as u64;
    for pair in pairs {
        releaser.release(&pair[0], pool.name(), &pair[1]).await?;
    }
    Ok(count)
}

/// The codes of a page, grouped by the pool that they name; only these pools.
async fn codes_by_pool(
    stores: &Stores,
    pools: &[&str],
    page: &[String],
) -> Result<BTreeMap<String, Vec<(String, Named)>>> {
    let reader = Codes::new(stores);
    let prefix = keys::code("");
    let codes: Vec<&str> = page
        .iter()
        .filter_map(|key| key.strip_prefix(&prefix))
        .collect();
    let found = join_all(codes.iter().map(|code| reader.read(code))).await;
    group(pools, &codes, found, |named| &named.pool)
}

fn group<T>(
    pools: &[&str],
    ids: &[&str],
    found: Vec<Result<Option<T>>>,
    pool_of: fn(&T) -> &str,
) -> Result<BTreeMap<String, Vec<(String, T)>>> {
    let mut by_pool: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for (id, value) in ids.iter().zip(found) {
        if let Some(value) = value?
            && pools.contains(&pool_of(&value))
        {
            let values = by_pool.entry(pool_of(&value).to_owned()).or_default();
            values.push(((*id).to_owned(), value));
        }
    }
    Ok(by_pool)
}
