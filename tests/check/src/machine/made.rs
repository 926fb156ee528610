//! The actions of players in rooms that players make.

use anyhow::Result;
use lobby::{
    CodeAnswer, Entered, Entering as RealEntering, NewRoom, RoomChange, RoomSettings, Updated,
};

use super::apply::{Answers, answers, nth_last, player_name};
use super::made_action::{Change as Drawn, Made as Action};
use super::reference::{Change, Entering, Made, Reference};
use super::world::{POOLS, World};

/// Rooms get one of these codes if it is free, so that codes are reused.
const CODES: [&str; 6] = ["BBBBBB", "CCCCCC", "DDDDDD", "FFFFFF", "GGGGGG", "HHHHHH"];

fn code_of(number: u8) -> &'static str {
    CODES[usize::from(number) % CODES.len()]
}

impl World {
    pub(super) async fn apply_made(&mut self, action: Action) -> Result<Answers> {
        match action {
            Action::Create {
                pool,
                player,
                code,
                seats,
                leaves,
                request,
            } => {
                let request = request.map(|n| format!("q{n}"));
                let player = player_name(player);
                let entering = real(&player, leaves, request.as_deref());
                self.create(pool, entering, code_of(code), seats).await
            }
            Action::CreateHalf { pool, code } => {
                self.create_half(POOLS[usize::from(pool)], code_of(code))
                    .await
            }
            Action::Enter {
                code,
                player,
                leaves,
                request,
            } => {
                let request = request.map(|n| format!("q{n}"));
                let player = player_name(player);
                let entering = real(&player, leaves, request.as_deref());
                self.enter(code_of(code), entering).await
            }
            Action::ViewCode { code, player } => {
                self.view_code(code_of(code), &player_name(player)).await
            }
            Action::Update {
                room,
                player,
                by_host,
                change,
            } => self.update(room, player, by_host, change).await,
            Action::Rematch {
                room,
                player,
                leaves,
                dies,
            } => self.rematch(room, player, leaves, dies).await,
            Action::Forget { room } => self.forget_match(room).await,
        }
    }

    async fn create(
        &mut self,
        pool: u8,
        entering: RealEntering<'_>,
        wanted: &str,
        seats: u8,
    ) -> Result<Answers> {
        let name = POOLS[usize::from(pool)];
        let settings = &self.reference.pools[name].settings;
        let span = settings.seats_max - settings.seats_min + 1;
        let seats = settings.seats_min + u32::from(seats) % span;
        let new = NewRoom {
            is_listed: seats.is_multiple_of(2),
            seats: Some(seats),
            ..NewRoom::default()
        };
        let entered = self.lobby.rooms.room_create(name, entering, &new).await?;
        let nonce = self.reference.code_nonce();
        let (mut room, mut code) = (String::new(), String::new());
        if let Entered::Seated {
            room: made,
            code: taken,
            new: true,
            ..
        } = &entered
            && !self.reference.pools[name].rooms.contains_key(made)
        {
            room.clone_from(made);
            code.clone_from(taken);
        }
        let ours = Entering {
            new_room: &room,
            ..ideal(&entering)
        };
        if !room.is_empty() && self.exists(&format!("room:{room}"), name).await? {
            code = self.adopt_code(name, &room, &code, wanted).await?;
        }
        let made = Made {
            code,
            nonce,
            is_listed: new.is_listed,
            seats: seats as usize,
            ..Made::default()
        };
        let answer = self.reference.room_create(name, ours, &made);
        Ok(answers(self.entered(entering.player, &entered), answer))
    }

    /// The code of a room that was just made: the one that Redis chose, or `wanted` if it is free.
    async fn adopt_code(
        &mut self,
        pool: &str,
        room: &str,
        drawn: &str,
        wanted: &str,
    ) -> Result<String> {
        let nonce = self.reference.code_nonce();
        let mut code = drawn;
        if self.may_take(wanted, nonce) {
            self.give_code(pool, room, drawn, wanted).await?;
            code = wanted;
        }
        self.reference.name_code(code, pool, room, nonce);
        Ok(code.to_owned())
    }

    /// The settings of a rematch after a match of the queue. `number`: of the code.
    pub(super) async fn made_again(
        &mut self,
        pool: &str,
        room: &str,
        drawn: &str,
        number: u8,
    ) -> Result<Made> {
        Ok(Made {
            code: self.adopt_code(pool, room, drawn, code_of(number)).await?,
            nonce: self.reference.code_nonce(),
            seats: self.reference.pools[pool].settings.seats_max as usize,
            ..Made::default()
        })
    }

    async fn exists(&mut self, key: &str, pool: &str) -> Result<bool> {
        let mut exists = redis::cmd("EXISTS");
        exists.arg(format!("{{{pool}}}:{key}"));
        Ok(exists.query_async(&mut self.redis).await?)
    }

    /// A nonce is the time, which stands still here; so a code must never have the same nonce twice.
    fn may_take(&mut self, code: &str, nonce: u64) -> bool {
        !self.reference.codes.contains_key(code) && self.nonces.insert((code.to_owned(), nonce))
    }

    /// As if this code had been chosen for the room that was just made.
    async fn give_code(&mut self, pool: &str, room: &str, drawn: &str, code: &str) -> Result<()> {
        let mut delete = redis::cmd("GETDEL");
        delete.arg(format!("code:{drawn}"));
        let text: String = delete.query_async(&mut self.redis).await?;
        self.set_code(code, &text).await?;
        let mut set = redis::cmd("HSET");
        set.arg(format!("{{{pool}}}:room:{room}"));
        let () = set
            .arg("code")
            .arg(code)
            .query_async(&mut self.redis)
            .await?;
        Ok(())
    }

    /// The function dies after it took the code.
    async fn create_half(&mut self, pool: &str, code: &str) -> Result<Answers> {
        let nonce = self.reference.code_nonce();
        if self.may_take(code, nonce) {
            let room = format!("{pool}.nothing");
            self.set_code(code, &format!("{pool} {room} {nonce}"))
                .await?;
            self.reference.name_code(code, pool, &room, nonce);
        }
        Ok(answers("", ""))
    }

    pub(super) async fn set_code(&mut self, code: &str, text: &str) -> Result<()> {
        let mut set = redis::cmd("SET");
        set.arg(format!("code:{code}")).arg(text);
        Ok(set.query_async(&mut self.redis).await?)
    }

    async fn enter(&mut self, code: &str, entering: RealEntering<'_>) -> Result<Answers> {
        let address = self.address();
        let entered = self.lobby.rooms.room_join(code, &address, entering).await?;
        let answer = self.reference.room_join(code, ideal(&entering));
        Ok(answers(self.entered(entering.player, &entered), answer))
    }

    /// A new address for each call, so that none has too many misses: these are counted for a minute of Redis's
    /// clock.
    fn address(&mut self) -> String {
        self.addresses += 1;
        format!("address-{}", self.addresses)
    }

    async fn view_code(&mut self, code: &str, player: &str) -> Result<Answers> {
        let address = self.address();
        let real = match self.lobby.rooms.code_view(code, &address, player).await? {
            CodeAnswer::Room(view) => format!(
                "{} {} of {} {:?}",
                view.host, view.players, view.seats, view.reason
            ),
            CodeAnswer::Unknown => "unknown".to_owned(),
            CodeAnswer::TooManyMisses => "too many".to_owned(),
        };
        let seen = seen(&self.reference, code, player);
        Ok(answers(real, seen.unwrap_or_else(|| "unknown".to_owned())))
    }

    /// A room that a player made and that has not started, or else the newest room. `large`: rooms with the most
    /// players come first.
    fn gathering(&self, number: u8, large: bool) -> Option<(String, String)> {
        let pools = self.reference.pools.iter();
        let rooms = pools.flat_map(|(name, pool)| pool.rooms.iter().map(move |it| (name, it)));
        let gathering = rooms.filter(|(_, (_, room))| room.made.is_some() && !room.is_started);
        let mut ids: Vec<_> = gathering
            .map(|(name, (id, _))| (name.clone(), id.clone()))
            .collect();
        ids.extend(self.rooms.last().filter(|_| !large).cloned());
        if large {
            ids.sort_by_key(|(name, id)| self.reference.pools[name].rooms[id].seats.len());
        }
        nth_last(&ids, number % ids.len().max(1) as u8).cloned()
    }

    async fn update(
        &mut self,
        room: u8,
        player: u8,
        by_host: bool,
        drawn: Drawn,
    ) -> Result<Answers> {
        let is_queue = matches!(drawn, Drawn::Queue(_));
        let Some((pool, id)) = self.gathering(room, is_queue) else {
            return Ok(answers("", ""));
        };
        let known = &self.reference.pools[&pool];
        let settings = &known.settings;
        let made = known.rooms.get(&id).and_then(|room| room.made.clone());
        let host = made
            .map(|made| made.host)
            .filter(|host| by_host && !host.is_empty());
        let player = host.unwrap_or_else(|| player_name(player));
        let other = |number: u8| {
            let seats = known.rooms.get(&id).map_or(&[][..], |room| &room.seats);
            nth_last(seats, number % 3)
                .cloned()
                .unwrap_or_else(|| player_name(number))
        };
        let span = settings.seats_max - settings.seats_min + 1;
        let change = match drawn {
            Drawn::Ready(is_ready) => Change::Ready(is_ready),
            Drawn::Seats(seats) => Change::Settings {
                seats: Some((settings.seats_min + u32::from(seats) % span) as usize),
                is_listed: None,
            },
            Drawn::Listed(is_listed) => Change::Settings {
                seats: None,
                is_listed: Some(is_listed),
            },
            Drawn::Host(number) => Change::Host(other(number)),
            Drawn::Kick(number) => Change::Kick(other(number)),
            Drawn::Queue(queue) => Change::Queue(queue),
            // The caller has checked that the pool has bots.
            Drawn::Start(bots) => {
                Change::Start(usize::from(bots) * usize::from(settings.bots.is_some()))
            }
        };
        let done = self
            .lobby
            .rooms
            .room_update(&id, &player, real_change(&change))
            .await?;
        let real = match done {
            Updated::Done { .. } => "done".to_owned(),
            other => format!("{other:?}").to_lowercase(),
        };
        let answer = self.reference.room_update(&pool, &id, &player, &change);
        Ok(answers(real, answer))
    }

    /// The answer as text. Stores the ticket to a running match.
    pub(super) fn entered(&mut self, player: &str, entered: &Entered) -> String {
        match entered {
            Entered::Seated {
                room, host, new, ..
            } => {
                format!("seated {room} {host}{}", if *new { " new" } else { "" })
            }
            Entered::Playing { room, game } => {
                // The match may be in another pool than the room that the player wanted to enter.
                let pool = room.split('.').next().unwrap_or_default();
                self.keep(pool, player, room, game);
                format!("playing {room} {} {}", game.relay, game.epoch)
            }
            Entered::Queued { room } => format!("queued {}", room.as_deref().unwrap_or_default())
                .trim()
                .to_owned(),
            Entered::OtherPool { pool } => format!("other {pool}"),
            Entered::Started { .. } => "started".to_owned(),
            other => format!("{other:?}").to_lowercase(),
        }
    }
}

pub(super) fn real<'a>(
    player: &'a str,
    leaves: bool,
    request: Option<&'a str>,
) -> RealEntering<'a> {
    RealEntering {
        player,
        name: player,
        color: None,
        game: "",
        latencies: "",
        trace: "",
        leaves,
        request,
    }
}

pub(super) fn ideal<'a>(entering: &RealEntering<'a>) -> Entering<'a> {
    Entering {
        player: entering.player,
        leaves: entering.leaves,
        request: entering.request,
        new_room: "",
    }
}

fn real_change(change: &Change) -> RoomChange<'_> {
    match change {
        Change::Ready(is_ready) => RoomChange::Ready(*is_ready),
        Change::Settings { seats, is_listed } => RoomChange::Settings(RoomSettings {
            seats: seats.map(|seats| seats as u32),
            is_listed: *is_listed,
            ..RoomSettings::default()
        }),
        Change::Host(other) => RoomChange::Host(other),
        Change::Kick(other) => RoomChange::Kick(other),
        Change::Queue(queue) => RoomChange::Queue(*queue),
        Change::Start(bots) => RoomChange::Start { bots: *bots as u32 },
    }
}

/// `code_view` of the reference.
fn seen(reference: &Reference, code: &str, player: &str) -> Option<String> {
    let named = reference.codes.get(code)?;
    let pool = &reference.pools[&named.pool];
    let room = &pool.rooms[&pool.room_by_code(&named.room, code)?];
    let made = room.made.as_ref()?;
    let count = room.seats.len();
    let is_in = room.seats.iter().any(|seated| seated == player);
    let reason = if made.kicked.iter().any(|kicked| kicked == player) {
        Some("kicked")
    } else if !room.is_gathering() {
        Some("started")
    } else {
        (count >= made.seats && !is_in).then_some("full")
    };
    let reason = reason.map(str::to_owned);
    Some(format!(
        "{} {count} of {} {reason:?}",
        made.host, made.seats
    ))
}
