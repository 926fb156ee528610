//! The reference's players: join, leave, forfeit, me.

use std::collections::BTreeMap;

use super::rooms::notices;
use super::{Claim, Entry, Membership, Player, Pool, Reference};

/// The time after which a claim of another pool without a membership may be taken.
const FREE_AFTER_MS: u64 = 30_000;

impl Reference {
    pub(crate) fn join(
        &mut self,
        pool: &str,
        player: &str,
        priority: u32,
        request: Option<&str>,
    ) -> String {
        if let Some(claim) = self.claims.get(player).cloned()
            && claim.pool != pool
            && let Some(answer) = self.behind(player, &claim)
        {
            return answer;
        }
        let nonce = self.claim(pool, player);
        let (answer, holds) = self.pool(pool).enqueue(player, priority, request, nonce);
        if !holds {
            self.release(pool, player, nonce);
        }
        answer
    }

    /// A join that dies after it took the claim. The claim must be free or this pool's.
    pub(crate) fn claim(&mut self, pool: &str, player: &str) -> u64 {
        let nonce = self.next_nonce();
        let claim = Claim {
            pool: pool.to_owned(),
            nonce,
            taken_at: self.now,
        };
        self.claims.insert(player.to_owned(), claim);
        nonce
    }

    /// The membership of a player whose claim names another pool; None: it has ended.
    pub(super) fn behind(&mut self, player: &str, claim: &Claim) -> Option<String> {
        let is_old = self.now.saturating_sub(claim.taken_at) > FREE_AFTER_MS;
        let pool = self.pool(&claim.pool);
        let found = pool.me(player);
        if found.starts_with("playing") {
            return Some(found);
        }
        let record = pool.players.get(player);
        let is_live = record.is_some_and(|record| record.membership != Membership::Out);
        let is_over =
            !is_live && (is_old || record.is_some_and(|record| record.nonce >= claim.nonce));
        (!is_over).then(|| format!("other {}", claim.pool))
    }

    pub(crate) fn release(&mut self, pool: &str, player: &str, nonce: u64) {
        let claim = self.claims.get(player);
        if claim.is_some_and(|claim| claim.pool == pool && claim.nonce == nonce) {
            self.claims.remove(player);
        }
    }

    /// The repairs of a sweep: lets a code name the room that has it, and releases the claims and the codes of calls
    /// that crashed.
    pub(crate) fn sweep(&mut self, pool: &str) -> String {
        let mut repaired = BTreeMap::from([("code_lost", self.renew_codes(pool))]);
        let mut released = BTreeMap::from([
            ("claim_without_record", self.sweep_claims(pool)),
            ("code_without_room", self.sweep_codes(pool)),
        ]);
        repaired.retain(|_, count| *count > 0);
        released.retain(|_, count| *count > 0);
        format!("{repaired:?} {released:?}")
    }

    fn sweep_claims(&mut self, pool: &str) -> usize {
        let (now, before) = (self.now, self.claims.len());
        let here = &self.pools[pool];
        self.claims.retain(|player, claim| {
            let is_old = now.saturating_sub(claim.taken_at) > FREE_AFTER_MS;
            claim.pool != pool || !is_old || here.is_live(player)
        });
        before - self.claims.len()
    }

    pub(crate) fn leave(&mut self, player: &str, request: Option<&str>) -> String {
        let name = self.pool_for(player, "leave", request);
        let (answer, release) = self.pool(&name).leave(player, request);
        if let Some(nonce) = release {
            self.release(&name, player, nonce);
        }
        answer
    }

    pub(crate) fn forfeit(&mut self, player: &str, request: Option<&str>) -> String {
        let name = self.pool_for(player, "forfeit", request);
        let (answer, release) = self.pool(&name).forfeit(player, request);
        if let Some(nonce) = release {
            self.release(&name, player, nonce);
        }
        answer
    }

    pub(crate) fn me(&mut self, player: &str) -> String {
        if let Some(claim) = self.claims.get(player).cloned() {
            let pool = self.pool(&claim.pool);
            if pool.is_live(player) {
                return format!("{} in {}", pool.me(player), claim.pool);
            }
        }
        match self.best_stay(player, "", None) {
            None => "out".to_owned(),
            Some(name) => {
                let pool = self.pool(&name);
                if pool.is_live(player) {
                    return format!("{} in {name}", pool.me(player));
                }
                pool.me(player)
            }
        }
    }

    pub(crate) fn touch(&mut self, player: &str) -> String {
        let mut pools = self.pools.values_mut();
        let live = pools.find(|pool| pool.is_live(player));
        let is_live = live.map(|pool| pool.alive(player)).is_some();
        is_live.to_string()
    }

    fn pool_for(&self, player: &str, kind: &str, request: Option<&str>) -> String {
        let claimed = self.claims.get(player).map(|claim| claim.pool.clone());
        if let (None, Some(pool)) = (request, &claimed) {
            return pool.clone();
        }
        if let Some(name) = self.best_stay(player, kind, request) {
            let pool = &self.pools[&name];
            if pool.is_live(player) || pool.remembered(player, kind, request).is_some() {
                return name;
            }
        }
        let first = self.pools.keys().next().expect("a pool");
        claimed.unwrap_or_else(|| first.clone())
    }

    fn best_stay(&self, player: &str, kind: &str, request: Option<&str>) -> Option<String> {
        let known = |pool: &Pool| pool.remembered(player, kind, request).is_some();
        let pools = self.pools.values();
        let found = pools.filter(|pool| known(pool) || pool.players.contains_key(player));
        let best = found.max_by_key(|pool| {
            let nonce = pool.players.get(player).map_or(0, |record| record.nonce);
            (known(pool), pool.is_live(player), nonce)
        });
        best.map(|pool| pool.name.clone())
    }
}

impl Pool {
    pub(crate) fn is_live(&self, player: &str) -> bool {
        self.players
            .get(player)
            .is_some_and(|record| record.membership != Membership::Out)
    }

    pub(super) fn touch(&mut self, player: &str) {
        let at = self.now + self.settings.player_ttl_ms;
        self.arm(&format!("player:{player}"), at);
    }

    /// `queue_join`. Also returns whether the claim must be kept.
    fn enqueue(
        &mut self,
        player: &str,
        priority: u32,
        request: Option<&str>,
        nonce: u64,
    ) -> (String, bool) {
        let known = self.remembered(player, "join", request);
        if self.is_live(player) {
            self.alive(player);
            let answer = known.unwrap_or_else(|| {
                let answer = self.where_is(player);
                self.remember(player, "join", request, &answer);
                answer
            });
            self.players.get_mut(player).expect("live").nonce = nonce;
            return (answer, true);
        }
        if let Some(answer) = known {
            return (answer, false);
        }
        let order = self.now as i64 - i64::from(priority) * 1000;
        let record = Player {
            membership: Membership::Queued,
            nonce,
            order,
            ..Player::default()
        };
        self.players.insert(player.to_owned(), record);
        self.queue.insert(player.to_owned(), order);
        self.touch(player);
        let answer = format!("{} new", self.where_is(player));
        self.remember(player, "join", request, &answer);
        self.emit(Entry {
            kind: "queued".to_owned(),
            tell: notices(&[player.to_owned()], "queued"),
            ..Entry::default()
        });
        (answer, true)
    }

    /// The answer as text: `queued 2`, `seated a.1`, `playing a.1 r0 1`, `out`, `out expired`.
    fn where_is(&self, player: &str) -> String {
        let Some(record) = self.players.get(player) else {
            return "out".to_owned();
        };
        match record.membership {
            Membership::Out => format!("out {}", record.reason),
            Membership::Queued => {
                let own = (self.queue[player], player);
                let before = self
                    .queue
                    .iter()
                    .filter(|(id, at)| (**at, id.as_str()) < own);
                format!("queued {}", before.count() + 1)
            }
            Membership::Seated => format!("seated {}", record.room),
            Membership::Playing => {
                let room = &self.rooms[&record.room];
                format!("playing {} {} {}", record.room, room.relay, room.epoch)
            }
        }
    }

    fn me(&mut self, player: &str) -> String {
        self.alive_if_live(player);
        self.where_is(player)
    }

    fn leave(&mut self, player: &str, request: Option<&str>) -> (String, Option<u64>) {
        if let Some(answer) = self.remembered(player, "leave", request) {
            return (answer, None);
        }
        let record = self.players.get(player).cloned();
        let membership = record
            .as_ref()
            .map_or(Membership::Out, |record| record.membership);
        let answer = match (&record, membership) {
            (Some(record), Membership::Playing) => format!("playing {}", record.room),
            _ => "out".to_owned(),
        };
        self.remember(player, "leave", request, &answer);
        let Some(record) =
            record.filter(|_| matches!(membership, Membership::Queued | Membership::Seated))
        else {
            return (answer, None);
        };
        self.take_out(player, &record, "left", None);
        (answer, Some(record.nonce))
    }

    fn forfeit(&mut self, player: &str, request: Option<&str>) -> (String, Option<u64>) {
        if let Some(answer) = self.remembered(player, "forfeit", request) {
            return (answer, None);
        }
        let record = self.players.get(player).cloned();
        let record = record.filter(|record| record.membership == Membership::Playing);
        let answer = if record.is_some() {
            "done"
        } else {
            "not playing"
        };
        self.remember(player, "forfeit", request, answer);
        let nonce = record.as_ref().map(|record| record.nonce);
        if let Some(record) = record {
            self.take_out(player, &record, "forfeited", Some("removed"));
        }
        (answer.to_owned(), nonce)
    }

    fn take_out(&mut self, player: &str, record: &Player, kind: &str, message: Option<&str>) {
        self.forget(player);
        let (mut inbox, mut are_others) = (Vec::new(), false);
        if !record.room.is_empty() {
            (inbox, are_others) = self.unseat(player, &record.room);
        }
        self.emit(Entry {
            kind: kind.to_owned(),
            room: record.room.clone(),
            tell: message.map_or_else(Default::default, |kind| notices(&[player.to_owned()], kind)),
            inbox: if kind == "left" { Vec::new() } else { inbox },
            release: vec![(player.to_owned(), record.nonce)],
            ..Entry::default()
        });
        if are_others {
            self.notify_others(&record.room, false);
        }
    }

    /// `expire_player`.
    pub(super) fn expire_player(&mut self, player: &str, is_open: bool) -> bool {
        if !self.is_due(&format!("player:{player}")) {
            return false;
        }
        if !self.is_live(player) {
            self.forget(player);
            return true;
        }
        if let Some(rest) = self.players[player].away {
            if !is_open && self.is_in_gathering(player) {
                if !self.players[player].is_silent {
                    return self.fall_silent(player);
                }
            } else if !self.aside.contains_key(player) {
                return self.set_aside(player, rest, is_open);
            }
        }
        let room = self.players[player].room.clone();
        let release = self.bury(player, "expired");
        let (mut inbox, mut are_others) = (Vec::new(), false);
        if !room.is_empty() {
            (inbox, are_others) = self.unseat(player, &room);
        }
        self.emit(Entry {
            kind: "expired".to_owned(),
            room: room.clone(),
            tell: notices(&[player.to_owned()], "removed"),
            inbox,
            release: vec![release],
            ..Entry::default()
        });
        if are_others {
            self.notify_others(&room, true);
        }
        true
    }

    pub(super) fn requeue(&mut self, players: &[String]) {
        for player in players {
            let record = self.players.get_mut(player).expect("a record to requeue");
            record.membership = Membership::Queued;
            record.room.clear();
            record.late = None;
            self.queue.insert(player.clone(), record.order);
        }
    }
}
