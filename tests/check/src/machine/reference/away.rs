//! Lobby sockets in the reference: a waiting player whose socket closed is set aside until a sign
//! of life.

use super::made::HOST_SILENT_MS;
use super::rooms::notices;
use super::{Entry, Membership, Pool, Reference};

/// The time from the close of the lobby socket until a waiting player is set aside.
const AWAY_MS: u64 = 3000;

impl Reference {
    /// `$connect`: a sign of life in the pool that the claim names.
    pub(crate) fn open(&mut self, player: &str) {
        self.sessions.insert(player.to_owned());
        if let Some(claim) = self.claims.get(player).cloned() {
            self.pool(&claim.pool).alive_if_live(player);
        }
    }

    /// `$disconnect`.
    pub(crate) fn close(&mut self, player: &str) {
        if !self.sessions.remove(player) {
            return;
        }
        if let Some(claim) = self.claims.get(player).cloned() {
            self.pool(&claim.pool).goes_away(player);
        }
    }
}

impl Pool {
    /// A sign of life. A player who was set aside returns to the queue.
    pub(super) fn alive(&mut self, player: &str) {
        let record = self.players.get_mut(player).expect("a live record");
        let was_away = record.away.take().is_some();
        if was_away && std::mem::take(&mut record.is_silent) {
            let is_seated = record.membership == Membership::Seated;
            let member = format!("room:{}", record.room);
            if is_seated {
                self.arm(&member, self.now);
            }
        }
        if was_away && self.aside.remove(player).is_some() {
            let record = &self.players[player];
            let order = record.order;
            self.queue.insert(player.to_owned(), order);
            self.emit(Entry {
                kind: "queued".to_owned(),
                tell: notices(&[player.to_owned()], "queued"),
                ..Entry::default()
            });
        }
        self.touch(player);
    }

    pub(crate) fn alive_if_live(&mut self, player: &str) {
        if self.is_live(player) {
            self.alive(player);
        }
    }

    /// The lobby socket of a waiting player closed.
    fn goes_away(&mut self, player: &str) {
        let member = format!("player:{player}");
        let (now, ttl) = (self.now, self.settings.player_ttl_ms);
        let is_gathering = self.players.contains_key(player) && self.is_in_gathering(player);
        let away_ms = if is_gathering {
            HOST_SILENT_MS
        } else {
            AWAY_MS
        };
        let Some(record) = self.players.get_mut(player) else {
            return;
        };
        let waits = matches!(record.membership, Membership::Queued | Membership::Seated);
        let left = (self.deadlines[&member].floor() as u64).saturating_sub(now);
        let rest = left.min(ttl).saturating_sub(away_ms);
        if waits && record.away.is_none() && rest > 0 {
            record.away = Some(rest);
            self.arm(&member, now + away_ms);
        }
    }

    /// Has no effect if a socket is open again or the match has begun.
    pub(super) fn set_aside(&mut self, player: &str, rest: u64, is_open: bool) -> bool {
        self.arm(&format!("player:{player}"), self.now + rest);
        let record = self.players.get_mut(player).expect("a live record");
        if is_open || record.membership == Membership::Playing {
            record.away = None;
            record.is_silent = false;
            return false;
        }
        record.membership = Membership::Queued;
        let room = std::mem::take(&mut record.room);
        let order = record.order;
        self.queue.remove(player);
        self.aside.insert(player.to_owned(), order);
        let are_others = !room.is_empty() && self.unseat(player, &room).1;
        self.emit(Entry {
            kind: "aside".to_owned(),
            room: room.clone(),
            ..Entry::default()
        });
        if are_others {
            self.notify_others(&room, false);
        }
        true
    }
}
