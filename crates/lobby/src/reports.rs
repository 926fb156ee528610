//! [`Reports`]: players' reports about other players of a match. Each pool keeps about the newest 10,000 for
//! [`timing::REPORTS_KEPT`].

use redis::streams::{StreamId, StreamRangeReply};
use serde::Serialize;

use crate::error::{Result, corrupt};
use crate::keys::pool_of;
use crate::players::claims::Claims;
use crate::redis::script;
use crate::store::{PoolStore, Stores};
use crate::timing::{self, ms};

/// About how many reports a pool keeps.
const REPORTS_MAX: u32 = 10_000;
/// The most reports of a player in a pool within [`timing::REPORTS_COUNTED`].
const REPORTS_SENT_MAX: u32 = 10;

/// The reports of all pools.
#[derive(Clone)]
pub struct Reports {
    stores: Stores,
    claims: Claims,
}

/// A player's report. The caller limits the length of the reason.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// Who reports: UUID text.
    pub by: &'a str,
    /// Who is reported: UUID text.
    pub player: &'a str,
    /// The match. None: the running match of the player who reports.
    pub room: Option<&'a str>,
    /// The tick of the match that the report refers to.
    pub tick: u32,
    /// The reason, in the player's words.
    pub reason: &'a str,
}

/// The answer to [`Reports::match_report`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reported {
    /// Stored, now or by an earlier call: 202.
    Received,
    /// The player has sent too many reports: 429.
    TooMany,
    /// Without a room: the player is in no running match. With a room: it has no match yet. 409.
    NotPlaying,
    /// No such match is known, or no longer: 404.
    Unknown,
    /// The player who reports was not in the match: 403.
    NotMember,
    /// The reported player was not in the match: 404.
    NoSuchPlayer,
}

/// A stored report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReportEntry {
    /// `<ms since 1970>-<number>`; ids only increase.
    pub id: String,
    /// The time of the report, in ms since 1970.
    pub at_ms: u64,
    /// The match.
    pub room: String,
    /// The tick of the match that the report refers to.
    pub tick: u32,
    /// Who is reported.
    pub player_id: String,
    /// The name of the reported player in the match; empty if unknown.
    pub name: String,
    /// Who reported.
    pub by: String,
    /// The name of the player who reported.
    pub by_name: String,
    /// The reason.
    pub reason: String,
}

impl Reports {
    pub(crate) fn new(stores: &Stores) -> Self {
        Self {
            stores: stores.clone(),
            claims: Claims::new(stores),
        }
    }

    /// `POST /match/report`: stores a report. A repeated report by the same player about the same player and match
    /// changes nothing.
    pub async fn match_report(&self, report: Report<'_>) -> Result<Reported> {
        let pool = match report.room {
            Some(room) => self.stores.pool(pool_of(room)).ok(),
            None => self.claims.pool_of(report.by).await?,
        };
        let Some(pool) = pool else {
            return Ok(match report.room {
                Some(_) => Reported::Unknown,
                None => Reported::NotPlaying,
            });
        };
        let args = [
            report.by,
            report.player,
            report.room.unwrap_or_default(),
            &report.tick.to_string(),
            report.reason,
            &REPORTS_MAX.to_string(),
            &ms(timing::REPORTS_KEPT).to_string(),
            &REPORTS_SENT_MAX.to_string(),
            &ms(timing::REPORTS_COUNTED).to_string(),
        ];
        let keys = [pool.keys.reports()];
        let kind: String = pool.run(&script::MATCH_REPORT, &keys, &args).await?;
        Ok(match kind.as_str() {
            "received" | "again" => Reported::Received,
            "too_many" => Reported::TooMany,
            "not_playing" => Reported::NotPlaying,
            "unknown" => Reported::Unknown,
            "not_member" => Reported::NotMember,
            "no_such_player" => Reported::NoSuchPlayer,
            other => return Err(corrupt("match_report", other)),
        })
    }

    /// The reports of a pool before the one with this id ([`crate::is_entry_id`]), or the newest ones; newest first.
    /// Errors: [`crate::Error::UnknownPool`].
    pub async fn of_pool(
        &self,
        pool: &str,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<ReportEntry>> {
        let key = self.stores.pool(pool)?.keys.reports();
        let end = before.map_or_else(|| "+".to_owned(), |id| format!("({id}"));
        let mut range = redis::cmd("XREVRANGE");
        range.arg(&key).arg(end).arg("-").arg("COUNT").arg(limit);
        let found: StreamRangeReply = self.stores.link.command(&range).await?;
        found.ids.iter().map(|found| entry(&key, found)).collect()
    }
}

/// Removes a pool's old reports.
pub(crate) async fn forget(pool: &PoolStore) -> Result<()> {
    let (keys, kept) = ([pool.keys.reports()], ms(timing::REPORTS_KEPT).to_string());
    let _: u64 = pool.run(&script::REPORTS_FORGET, &keys, &[&kept]).await?;
    Ok(())
}

fn entry(key: &str, found: &StreamId) -> Result<ReportEntry> {
    let wrong = || corrupt(key, &found.id);
    let text = |name: &str| found.get::<String>(name).ok_or_else(wrong);
    let at = found.id.split('-').next().unwrap_or_default();
    Ok(ReportEntry {
        id: found.id.clone(),
        at_ms: at.parse().map_err(|_| wrong())?,
        room: text("room")?,
        tick: text("tick")?.parse().map_err(|_| wrong())?,
        player_id: text("player")?,
        name: text("name")?,
        by: text("by")?,
        by_name: text("by_name")?,
        reason: text("reason")?,
    })
}
