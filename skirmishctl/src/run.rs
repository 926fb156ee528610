//! [`run`]: what each command calls and prints.

use std::io::Write;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::cli::{Cli, Command, Why};
use crate::client::{Client, segment};
use crate::show;
use crate::token::sign;

/// The rooms of one call.
const ROOMS_PAGE: u32 = 500;
const TAIL_EVERY: Duration = Duration::from_secs(1);
/// The entries that `tail` begins with.
const TAIL_FIRST: u32 = 10;

/// Runs the command and prints its answer. `tail` runs until it is stopped.
pub fn run(cli: &Cli, out: &mut impl Write) -> Result<()> {
    if let Command::Token {
        secret,
        role,
        sub,
        seconds,
    } = &cli.command
    {
        writeln!(out, "{}", sign(secret, *role, sub, now_s(), *seconds)?)?;
        return Ok(());
    }
    let token = cli.token.as_deref();
    let token = token.context("no token: set SKIRMISH_ADMIN_TOKEN, or use --token")?;
    let client = Client::new(&cli.url, token)?;
    if matches!(cli.command, Command::Tail) {
        return tail(&client, cli.json, out);
    }
    let (answer, text) = call(&client, &cli.command)?;
    if cli.json {
        writeln!(out, "{answer}")?;
    } else {
        write!(out, "{text}")?;
    }
    Ok(())
}

/// The answer, and the same for people.
fn call(client: &Client, command: &Command) -> Result<(Value, String)> {
    let read = |path: &str, show: fn(&Value) -> String| -> Result<(Value, String)> {
        let answer = client.get(path)?;
        let text = show(&answer);
        Ok((answer, text))
    };
    match command {
        Command::Overview => read("/admin/overview", show::overview),
        Command::Rooms { pool, state, limit } => rooms(client, pool, state.as_deref(), *limit),
        Command::Room { room } => read(&format!("/admin/rooms/{}", segment(room)?), show::room),
        Command::Relays => read("/admin/relays?limit=1000", show::relays),
        Command::Player { player } => {
            let path = format!("/admin/players/{}", segment(player)?);
            read(&path, show::player)
        }
        Command::Reports {
            pool,
            limit,
            before,
        } => {
            let mut path = format!("/admin/reports?pool={}&limit={limit}", segment(pool)?);
            if let Some(before) = before {
                path = format!("{path}&before={}", segment(before)?);
            }
            read(&path, show::reports)
        }
        Command::Settings {
            pool,
            overrides,
            reason,
        } => {
            let change = overrides.as_deref().zip(reason.as_deref());
            settings(client, pool, change)
        }
        Command::Audit { limit } => read(&format!("/admin/audit?limit={limit}"), show::audit),
        act => {
            let (path, body) = order(act)?;
            let answer = client.post(&path, &body)?;
            let text = show::done(&answer);
            Ok((answer, text))
        }
    }
}

/// The call of an act.
fn order(command: &Command) -> Result<(String, Value)> {
    let path = |kind: &str, id: &str, action: &str| -> Result<String> {
        Ok(format!("/admin/{kind}/{}/{action}", segment(id)?))
    };
    let body = |why: &Why| json!({ "reason": why.reason });
    Ok(match command {
        Command::Ban {
            player,
            seconds,
            why,
            ..
        } => {
            let mut body = body(why);
            match seconds {
                Some(seconds) => body["until_s"] = json!(now_s() + seconds),
                None => body["forever"] = json!(true),
            }
            (path("players", player, "ban")?, body)
        }
        Command::Unban { player, why } => (path("players", player, "unban")?, body(why)),
        Command::Kick { room, player, why } => {
            let mut body = body(why);
            body["player_id"] = json!(player);
            (path("rooms", room, "kick")?, body)
        }
        Command::End { room, why } => (path("rooms", room, "end")?, body(why)),
        Command::Drain { relay, why } => (path("relays", relay, "drain")?, body(why)),
        Command::Close { pool, why } => (path("pools", pool, "close")?, body(why)),
        Command::Open { pool, why } => (path("pools", pool, "open")?, body(why)),
        _ => anyhow::bail!("no act"),
    })
}

/// The settings of a pool; with overrides and a reason, after a change.
fn settings(client: &Client, pool: &str, change: Option<(&str, &str)>) -> Result<(Value, String)> {
    let path = format!("/admin/pools/{}/settings", segment(pool)?);
    let mut answer = client.get("/admin/pools")?;
    if let Some((overrides, reason)) = change {
        let overrides: Value = serde_json::from_str(overrides).context("--overrides is no JSON")?;
        let version = &answer["settings_version"];
        let body = json!({ "reason": reason, "overrides": overrides, "settings_version": version });
        let done = client.post(&path, &body)?;
        let text = show::done(&done);
        return Ok((done, text));
    }
    let mut pools = answer["pools"].as_array_mut().into_iter().flatten();
    let found = pools.find(|shown| shown["pool"] == pool);
    let found = found.with_context(|| format!("no pool {pool}"))?;
    let shown = json!({ "settings": found["settings"], "overrides": found["overrides"] });
    let text = show::settings(&shown);
    Ok((shown, text))
}

/// Page by page, up to `limit` rooms.
fn rooms(client: &Client, pool: &str, state: Option<&str>, limit: u32) -> Result<(Value, String)> {
    let mut path = format!("/admin/rooms?pool={}", segment(pool)?);
    if let Some(state) = state {
        path = format!("{path}&state={}", segment(state)?);
    }
    let mut rooms: Vec<Value> = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let left = limit.saturating_sub(rooms.len() as u32);
        let mut page = format!("{path}&limit={}", left.min(ROOMS_PAGE));
        if let Some(cursor) = cursor.as_str() {
            page = format!("{page}&cursor={}", segment(cursor)?);
        }
        let mut answer = client.get(&page)?;
        if let Some(more) = answer["rooms"].as_array_mut() {
            rooms.append(more);
        }
        cursor = answer["cursor"].take();
        if cursor.is_null() || rooms.len() as u32 >= limit {
            break;
        }
    }
    let answer = json!({ "rooms": rooms, "cursor": cursor });
    let text = show::rooms(&answer);
    Ok((answer, text))
}

fn tail(client: &Client, as_json: bool, out: &mut impl Write) -> Result<()> {
    let first = client.get(&format!("/admin/audit?limit={TAIL_FIRST}"))?;
    let mut entries = first["entries"].as_array().cloned().unwrap_or_default();
    entries.reverse();
    let mut last = "0-0".to_owned();
    loop {
        for entry in &entries {
            if as_json {
                writeln!(out, "{entry}")?;
            } else {
                writeln!(out, "{}", show::entry(entry))?;
            }
            if let Some(id) = entry["id"].as_str() {
                id.clone_into(&mut last);
            }
        }
        out.flush()?;
        thread::sleep(TAIL_EVERY);
        let next = client.get(&format!("/admin/audit?after={}", segment(&last)?))?;
        entries = next["entries"].as_array().cloned().unwrap_or_default();
    }
}

fn now_s() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default().as_secs()
}
