//! Applies an action to the lobby and to the reference, which must give the same answer.

use std::time::Duration;

use anyhow::{Context, Result};
use lobby::{Error, Forfeited, Join, Joined, Left, Me, Redeemed, RelayInfo, RoomAnswer, Status};

use super::action::{Action, PLAYERS};
use super::compare::state_of;
use super::reference::Registered;
use super::world::{POOLS, Ticket, World};

/// Tickets expire by the clock of Redis, not by the clock of the test.
const TICKET_LIFE: Duration = Duration::from_secs(15);

/// The answers of both sides.
pub(crate) struct Answers {
    pub(crate) real: String,
    pub(crate) ideal: String,
}

pub(crate) fn answers(real: impl Into<String>, ideal: impl Into<String>) -> Answers {
    Answers {
        real: real.into(),
        ideal: ideal.into(),
    }
}

/// All names have the same length, like ids: no name is a part of another one, because scripts search for names in
/// rosters.
pub(crate) fn player_name(player: u8) -> String {
    format!("p{:02}", player % PLAYERS)
}

pub(crate) fn relay_name(relay: u8) -> String {
    format!("r{relay}")
}

impl World {
    pub(crate) async fn apply(&mut self, action: &Action) -> Result<Answers> {
        match *action {
            Action::Join {
                pool,
                player,
                priority,
                request,
            } => {
                let request = request.map(|n| format!("q{n}"));
                self.join(
                    POOLS[usize::from(pool)],
                    &player_name(player),
                    priority,
                    request.as_deref(),
                )
                .await
            }
            Action::JoinHalf { pool, player } => {
                self.join_half(POOLS[usize::from(pool)], &player_name(player))
                    .await
            }
            Action::Leave { player, request } => self.leave(&player_name(player), request).await,
            Action::Forfeit { player, request } => {
                self.forfeit(&player_name(player), request).await
            }
            Action::Me { player } => self.me(&player_name(player)).await,
            Action::Touch { player } => {
                let player = player_name(player);
                let real = self.lobby.players.touch(&player).await?;
                Ok(answers(real.to_string(), self.reference.touch(&player)))
            }
            Action::View { player, room } => self.view(&player_name(player), room).await,
            Action::Redeem { ticket, relay } => self.redeem(ticket, relay).await,
            Action::Renew {
                relay,
                boot,
                rooms,
                capacity,
                draining,
            } => {
                let reported = Registered {
                    rooms: rooms.into(),
                    capacity: capacity.into(),
                    is_draining: draining,
                    boot: String::new(),
                    before: Vec::new(),
                };
                self.renew(&relay_name(relay), boot, reported).await
            }
            Action::Remove { relay, boot } => {
                let relay = relay_name(relay);
                let boot = self.boot(&relay, boot);
                self.lobby.relays.remove(&relay, &boot).await?;
                self.reference.remove(&relay, &boot);
                Ok(answers("", ""))
            }
            Action::Forget { relay } => {
                let relay = relay_name(relay);
                let mut remove = redis::cmd("ZREM");
                let () = remove
                    .arg("relays")
                    .arg(&relay)
                    .query_async(&mut self.redis)
                    .await?;
                self.reference.fleet.index.remove(&relay);
                Ok(answers("", ""))
            }
            Action::Open { player } => {
                let player = player_name(player);
                self.lobby.sessions.open(&player, &player).await?;
                self.reference.open(&player);
                Ok(answers("", ""))
            }
            Action::Close { player } => {
                let player = player_name(player);
                self.lobby.sessions.close(&player).await?;
                self.reference.close(&player);
                Ok(answers("", ""))
            }
            Action::Pass { ms, polled } => {
                self.pass(ms.into());
                if polled {
                    self.mark_checked().await?;
                }
                Ok(answers("", ""))
            }
            Action::Made(made) => self.apply_made(made).await,
            Action::Back { ms } => {
                self.pass(-i64::from(ms));
                Ok(answers("", ""))
            }
            _ => self.apply_to_pool(action).await,
        }
    }

    async fn join(
        &mut self,
        pool: &str,
        player: &str,
        priority: u32,
        request: Option<&str>,
    ) -> Result<Answers> {
        let join = Join {
            player,
            name: player,
            color: None,
            game: "",
            latencies: "",
            trace: "",
            priority,
            request,
        };
        let real = match self.pool(pool)?.queue_join(join).await? {
            Joined::Queued { position, new } => {
                format!("queued {position}{}", if new { " new" } else { "" })
            }
            Joined::Seated { room } => format!("seated {room}"),
            Joined::Playing { room, game } => {
                format!("playing {room} {} {}", game.relay, game.epoch)
            }
            Joined::OtherPool { pool } => format!("other {pool}"),
            Joined::Closed { reason } => format!("closed {reason}"),
        };
        Ok(answers(
            real,
            self.reference.join(pool, player, priority, request),
        ))
    }

    /// Takes the claim, like a join that then dies.
    async fn join_half(&mut self, pool: &str, player: &str) -> Result<Answers> {
        let claim = self.reference.claims.get(player);
        if claim.is_some_and(|claim| claim.pool != pool) {
            return Ok(answers("", ""));
        }
        let key = format!("claim:{player}");
        let before: Option<String> = redis::cmd("GET")
            .arg(&key)
            .query_async(&mut self.redis)
            .await?;
        let before = before.and_then(|text| text.split(' ').nth(1)?.parse::<u64>().ok());
        let (seconds, micros): (u64, u64) = redis::cmd("TIME").query_async(&mut self.redis).await?;
        let nonce = (seconds * 1_000_000 + micros).max(before.unwrap_or(0) + 1);
        let text = format!("{pool} {nonce} {}", self.reference.now);
        let () = redis::cmd("SET")
            .arg(&key)
            .arg(text)
            .query_async(&mut self.redis)
            .await?;
        self.reference.claim(pool, player);
        Ok(answers("", ""))
    }

    async fn leave(&mut self, player: &str, request: Option<u8>) -> Result<Answers> {
        let request = request.map(|n| format!("q{n}"));
        let real = match self
            .lobby
            .players
            .queue_leave(player, request.as_deref())
            .await?
        {
            Left::Out => "out".to_owned(),
            Left::Playing { room } => format!("playing {room}"),
        };
        Ok(answers(
            real,
            self.reference.leave(player, request.as_deref()),
        ))
    }

    async fn forfeit(&mut self, player: &str, request: Option<u8>) -> Result<Answers> {
        let request = request.map(|n| format!("q{n}"));
        let real = match self
            .lobby
            .players
            .forfeit(player, request.as_deref())
            .await?
        {
            Forfeited::Done => "done",
            Forfeited::NotPlaying => "not playing",
        };
        Ok(answers(
            real,
            self.reference.forfeit(player, request.as_deref()),
        ))
    }

    async fn me(&mut self, player: &str) -> Result<Answers> {
        let me = self.lobby.players.me(player).await?;
        if let (Some(pool), Some(room), Some(game)) = (&me.pool, &me.room, &me.game) {
            self.keep(pool, player, room, game);
        }
        Ok(answers(me_in_words(&me), self.reference.me(player)))
    }

    /// A room as one of its players sees it, and the time until each player expires without a sign of life.
    async fn view(&mut self, player: &str, room: u8) -> Result<Answers> {
        let Some((name, id)) = nth_last(&self.rooms, room).cloned() else {
            return Ok(answers("", ""));
        };
        let real = match self.lobby.rooms.view(&id, player).await? {
            RoomAnswer::Unknown => "unknown".to_owned(),
            RoomAnswer::NotMember => "not a member".to_owned(),
            RoomAnswer::Room(view) => {
                let players = view.players.iter();
                let players =
                    players.map(|(id, seen)| format!("{id} {} {}", seen.x, seen.status.ttl));
                format!("{} {:?}", view.state, players.collect::<Vec<_>>())
            }
        };
        self.reference.pool(&name).alive_if_live(player);
        let pool = &self.reference.pools[&name];
        let ideal = match pool.rooms.get(&id) {
            None => "unknown".to_owned(),
            Some(room) if !room.seats.iter().any(|seated| seated == player) => {
                "not a member".to_owned()
            }
            Some(room) => {
                let mut seats = room.seats.clone();
                seats.sort();
                let players = seats.iter().map(|id| {
                    let left = (pool.deadlines[&format!("player:{id}")] - pool.now as f64) / 1000.0;
                    format!(
                        "{id} {} {}",
                        pool.players[id].x,
                        left.ceil().max(0.0) as u64
                    )
                });
                let state = state_of(room);
                format!("{state} {:?}", players.collect::<Vec<_>>())
            }
        };
        Ok(answers(real, ideal))
    }

    async fn redeem(&mut self, ticket: u8, relay: Option<u8>) -> Result<Answers> {
        self.tickets
            .retain(|ticket| ticket.minted.elapsed() < TICKET_LIFE);
        let Some(ticket) = nth_last(&self.tickets, ticket).cloned() else {
            return Ok(answers("", ""));
        };
        let relay = relay.map_or_else(|| ticket.relay.clone(), relay_name);
        let real = match self.lobby.tickets.redeem(&ticket.text, &relay).await? {
            Redeemed::Invalid => "invalid".to_owned(),
            Redeemed::WrongRelay => "wrong relay".to_owned(),
            Redeemed::Watch { .. } => "watch".to_owned(),
            Redeemed::Seat {
                pool,
                player,
                room,
                epoch,
                late,
                trace: _,
            } => redeemed(
                &pool,
                &player,
                &room,
                epoch,
                late.and_then(|late| late.late),
            ),
        };
        let ideal = if ticket.is_used {
            "invalid".to_owned()
        } else if relay != ticket.relay {
            "wrong relay".to_owned()
        } else {
            self.use_up(&ticket);
            let Ticket {
                pool,
                player,
                room,
                epoch,
                ..
            } = &ticket;
            if self.admits(&ticket) {
                let late = self.reference.pools[pool].players[player].late;
                redeemed(pool, player, room, *epoch, late)
            } else {
                "invalid".to_owned()
            }
        };
        Ok(answers(real, ideal))
    }

    fn use_up(&mut self, ticket: &Ticket) {
        let mut tickets = self.tickets.iter_mut();
        if let Some(held) = tickets.find(|held| held.text == ticket.text) {
            held.is_used = true;
        }
    }

    /// `boot` 1: a newer run than the registered one; 2: the run before it.
    async fn renew(&mut self, relay: &str, boot: u8, mut reported: Registered) -> Result<Answers> {
        if boot == 1 {
            *self.runs.entry(relay.to_owned()).or_default() += 1;
        }
        reported.boot = self.boot(relay, boot / 2);
        let info = RelayInfo {
            webtransport: None,
            id: relay.to_owned(),
            url: format!("ws://127.0.0.1/game/{relay}"),
            rooms: reported.rooms,
            capacity: reported.capacity,
            draining: reported.is_draining,
            boot: reported.boot.clone(),
            region: None,
            watchers_free: None,
            games: std::sync::Arc::default(),
        };
        let real = match self.lobby.relays.renew(&info).await {
            Ok(()) => "renewed",
            Err(Error::Corrupt { .. }) => "replaced",
            Err(error) => return Err(error).context("renew"),
        };
        Ok(answers(real, self.reference.renew(relay, &reported)))
    }

    /// The boot nonce of a relay's run: the current one, or this number of runs earlier.
    pub(crate) fn boot(&self, relay: &str, before: u8) -> String {
        let run = self.runs.get(relay).copied().unwrap_or(0);
        format!("run-{}", run.saturating_sub(before.into()))
    }
}

pub(crate) fn nth_last<T>(list: &[T], n: u8) -> Option<&T> {
    list.len().checked_sub(usize::from(n) + 1).map(|i| &list[i])
}

fn redeemed(pool: &str, player: &str, room: &str, epoch: u64, late: Option<u8>) -> String {
    format!("{pool} {player} {room} {epoch} {late:?}")
}

fn me_in_words(me: &Me) -> String {
    let pool = me.pool.as_deref().unwrap_or_default();
    let room = me.room.as_deref().unwrap_or_default();
    match me.status {
        Status::Out => format!("out {}", me.reason.as_deref().unwrap_or_default())
            .trim()
            .to_owned(),
        Status::Queued => format!("queued {} in {pool}", me.position.unwrap_or(0)),
        Status::Seated => format!("seated {room} in {pool}"),
        Status::Playing => {
            let game = me.game.as_ref();
            let (relay, epoch) = game.map_or(("", 0), |game| (game.relay.as_str(), game.epoch));
            format!("playing {room} {relay} {epoch} in {pool}")
        }
    }
}
