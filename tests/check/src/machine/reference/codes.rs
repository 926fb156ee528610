//! The codes of rooms in the reference: released by the outbox, repaired by the sweep.

use super::{Named, Pool, Reference};

/// A code without a room is released after this time.
const FREE_AFTER_MS: u64 = 30_000;

impl Reference {
    /// The nonce of a code that is taken now.
    pub(crate) fn code_nonce(&self) -> u64 {
        self.now * 1000
    }

    pub(crate) fn name_code(&mut self, code: &str, pool: &str, room: &str, nonce: u64) {
        let named = Named {
            pool: pool.to_owned(),
            room: room.to_owned(),
            nonce,
        };
        self.codes.insert(code.to_owned(), named);
    }

    /// `code_release`.
    pub(crate) fn release_code(&mut self, code: &str, nonce: u64) {
        if self
            .codes
            .get(code)
            .is_some_and(|named| named.nonce == nonce)
        {
            self.codes.remove(code);
        }
    }

    /// Renews the codes of the pool's live rooms. Returns how many did not name their room.
    pub(super) fn renew_codes(&mut self, pool: &str) -> usize {
        let here = self.pools[pool].clone();
        let mut lost = 0;
        for (id, room) in &here.rooms {
            let Some(made) = &room.made else { continue };
            let named = self.codes.get(&made.code);
            if named.is_none_or(|named| named.nonce == made.nonce && named.room != *id) {
                self.name_code(&made.code, pool, id, made.nonce);
                lost += 1;
            }
        }
        lost
    }

    /// Releases the pool's codes that no room owns. Returns how many.
    pub(super) fn sweep_codes(&mut self, pool: &str) -> usize {
        let here = self.pools[pool].clone();
        let (now, before) = (self.now, self.codes.len());
        self.codes.retain(|code, named| {
            let is_old = now.saturating_sub(named.nonce / 1000) > FREE_AFTER_MS;
            named.pool != pool || !is_old || here.owns_code(code, named)
        });
        before - self.codes.len()
    }
}

impl Pool {
    fn owns_code(&self, code: &str, named: &Named) -> bool {
        let room = self.rooms.get(&named.room);
        let live = room.and_then(|room| room.made.as_ref());
        let kept = || self.rematches.get(&named.room)?.made.as_ref();
        let made = live.or_else(kept);
        made.is_some_and(|made| made.code == code && made.nonce == named.nonce)
    }
}
