//! How players enter the rooms that players make in the reference.

use super::made::Made;
use super::{Membership, Player, Pool, Reference, Room};

/// How a player enters.
#[derive(Clone, Copy)]
pub(crate) struct Entering<'a> {
    pub(crate) player: &'a str,
    pub(crate) leaves: bool,
    pub(crate) request: Option<&'a str>,
    /// The id of the room that this call may make.
    pub(crate) new_room: &'a str,
}

/// The answer, and whether the record has the claim's nonce.
type Entered = (String, bool);

impl Reference {
    pub(crate) fn room_create(&mut self, pool: &str, player: Entering<'_>, made: &Made) -> String {
        self.enter(pool, player, |pool, nonce| {
            if let Some(answer) = pool.begin_entry("room_create", None, player, nonce) {
                return answer;
            }
            pool.make(player, made.clone());
            pool.seat_entry("room_create", player.new_room, player, nonce)
        })
    }

    pub(crate) fn room_join(&mut self, code: &str, player: Entering<'_>) -> String {
        let Some(named) = self.codes.get(code).cloned() else {
            return "unknown".to_owned();
        };
        self.enter(&named.pool.clone(), player, |pool, nonce| {
            let room = pool.room_by_code(&named.room, code);
            if let Some(answer) = pool.begin_entry("room_join", room.as_deref(), player, nonce) {
                return answer;
            }
            match room {
                None => ("unknown".to_owned(), pool.is_live(player.player)),
                Some(room) => pool.join_entry("room_join", &room, player, nonce),
            }
        })
    }

    /// `new`: the settings of the new room if the queue made the match's room. Also returns whether the match's code
    /// must name the new room now.
    pub(crate) fn room_rematch(
        &mut self,
        pool: &str,
        old: &str,
        player: Entering<'_>,
        new: &Made,
    ) -> (String, bool) {
        let mut is_new = false;
        let answer = self.enter(pool, player, |pool, nonce| {
            let (entered, made) = pool.rematch(old, player, nonce, new);
            is_new = made;
            entered
        });
        (answer, is_new)
    }

    /// Takes the player's claim. A player who leaves another pool but cannot leave it keeps that claim.
    fn enter(
        &mut self,
        pool: &str,
        player: Entering<'_>,
        mut script: impl FnMut(&mut Pool, u64) -> Entered,
    ) -> String {
        if let Some(answer) = self.elsewhere(pool, player.player) {
            if !player.leaves || !answer.starts_with("other") {
                return answer;
            }
            // The player leaves only if they would get the seat.
            let mut trial = self.pool(pool).clone();
            let (answer, _) = script(&mut trial, 0);
            if !trial.is_live(player.player) {
                return answer;
            }
            self.leave(player.player, None);
            if let Some(answer) = self.elsewhere(pool, player.player) {
                return answer;
            }
        }
        let nonce = self.claim(pool, player.player);
        let (answer, holds) = script(self.pool(pool), nonce);
        if !holds {
            self.release(pool, player.player, nonce);
        }
        answer
    }

    fn elsewhere(&mut self, pool: &str, player: &str) -> Option<String> {
        let claim = self.claims.get(player).cloned()?;
        if claim.pool == pool {
            return None;
        }
        self.behind(player, &claim)
    }
}

impl Pool {
    fn make(&mut self, player: Entering<'_>, made: Made) {
        let room = Room {
            made: Some(Made {
                host: player.player.to_owned(),
                kicked: Vec::new(),
                bots: 0,
                ..made
            }),
            ..Room::default()
        };
        self.rooms.insert(player.new_room.to_owned(), room);
        // The record is written first, and settled when the player is in it.
        self.rearm(player.new_room);
    }

    /// `entry_begin`: the answer if it is known without reading the room.
    fn begin_entry(
        &mut self,
        kind: &'static str,
        room: Option<&str>,
        entering: Entering<'_>,
        nonce: u64,
    ) -> Option<Entered> {
        let player = entering.player;
        let known = self.remembered(player, kind, entering.request);
        if !self.is_live(player) {
            return known.map(|answer| (answer, false));
        }
        self.alive(player);
        let record = self.players.get_mut(player).expect("live");
        record.nonce = nonce;
        let (at, membership) = (record.room.clone(), record.membership);
        if let Some(answer) = known {
            return Some((answer, true));
        }
        let answer = if membership == Membership::Playing {
            let room = &self.rooms[&at];
            format!("playing {at} {} {}", room.relay, room.epoch)
        } else if !at.is_empty() && Some(at.as_str()) == room {
            format!("seated {at} {}", self.made(&at).host)
        } else if !entering.leaves {
            format!("queued {at}").trim().to_owned()
        } else {
            return None;
        };
        Some((answer, true))
    }

    fn join_entry(
        &mut self,
        kind: &'static str,
        id: &str,
        entering: Entering<'_>,
        nonce: u64,
    ) -> Entered {
        let room = &self.rooms[id];
        let made = room.made.as_ref().expect("a room that was made");
        let refusal = if made.kicked.iter().any(|kicked| kicked == entering.player) {
            "kicked"
        } else if !room.is_gathering() {
            "started"
        } else if room.seats.len() >= made.seats {
            "full"
        } else {
            return self.seat_entry(kind, id, entering, nonce);
        };
        (refusal.to_owned(), self.is_live(entering.player))
    }

    fn seat_entry(
        &mut self,
        kind: &'static str,
        id: &str,
        entering: Entering<'_>,
        nonce: u64,
    ) -> Entered {
        let player = entering.player;
        if self.is_live(player) {
            self.queue.remove(player);
            self.aside.remove(player);
            let before = self.players[player].room.clone();
            if !before.is_empty() && self.unseat(player, &before).1 {
                self.notify_others(&before, false);
            }
        }
        let record = Player {
            membership: Membership::Seated,
            room: id.to_owned(),
            nonce,
            order: self.now as i64,
            ..Player::default()
        };
        self.players.insert(player.to_owned(), record);
        self.touch(player);
        self.room(id).seats.push(player.to_owned());
        self.settle_gathering(kind, id, &[player.to_owned()]);
        let answer = format!("seated {id} {} new", self.made(id).host);
        self.remember(player, kind, entering.request, &answer);
        (answer, true)
    }

    fn rematch(
        &mut self,
        old: &str,
        entering: Entering<'_>,
        nonce: u64,
        new: &Made,
    ) -> (Entered, bool) {
        let kept = self.rematches.get(old).cloned();
        let group = kept
            .as_ref()
            .and_then(|kept| kept.group_of(entering.player));
        let next = group
            .clone()
            .or(kept.as_ref().and_then(|kept| kept.next.clone()));
        let known = self.begin_entry("room_rematch", next.as_deref(), entering, nonce);
        if let Some(answer) = known {
            return (answer, false);
        }
        let is_live = self.is_live(entering.player);
        let refused = |why: &str| ((why.to_owned(), is_live), false);
        let Some(kept) = kept else {
            let is_running = self.rooms.contains_key(old);
            return refused(if is_running { "running" } else { "unknown" });
        };
        if group.is_none() && !kept.roster.iter().any(|id| id == entering.player) {
            return refused("notmember");
        }
        match next {
            Some(next) if self.rooms.contains_key(&next) => {
                let entered = self.join_entry("room_rematch", &next, entering, nonce);
                (entered, false)
            }
            // The rematch was played, or it closed.
            Some(_) => refused("unknown"),
            None => {
                let has_code = kept.made.is_some();
                self.make(entering, kept.made.unwrap_or_else(|| new.clone()));
                let next = Some(entering.new_room.to_owned());
                self.rematches.get_mut(old).expect("it is kept").next = next;
                let entered = self.seat_entry("room_rematch", entering.new_room, entering, nonce);
                (entered, has_code)
            }
        }
    }
}
