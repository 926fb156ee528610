//! The actions after a match: its players gather again, or its stored data expires.

use anyhow::Result;
use lobby::Entered;

use super::apply::{Answers, answers, nth_last, player_name};
use super::made::{ideal, real};
use super::reference::{Entering, Made, Rematch};
use super::world::{Match, World};

impl World {
    /// `dies`: the function dies before the code of a match names the new room.
    pub(super) async fn rematch(
        &mut self,
        room: u8,
        player: u8,
        leaves: bool,
        dies: bool,
    ) -> Result<Answers> {
        let Some(known) = self.nth_over(room) else {
            return Ok(answers("", ""));
        };
        let number = room + player;
        let player = nth_last(&known.roster, player % 4)
            .cloned()
            .unwrap_or_else(|| player_name(player));
        let entering = real(&player, leaves, None);
        let entered = self.lobby.rooms.room_rematch(&known.room, entering).await?;
        let (new_room, drawn) = match &entered {
            Entered::Seated {
                room,
                code,
                new: true,
                ..
            } => (room.clone(), code.clone()),
            _ => (String::new(), String::new()),
        };
        let kept = self.reference.pools[&known.pool].rematches.get(&known.room);
        let needs_code = |kept: &Rematch| {
            kept.made.is_none() && kept.next.is_none() && kept.group_of(&player).is_none()
        };
        let made = if kept.is_some_and(needs_code) && !new_room.is_empty() {
            self.made_again(&known.pool, &new_room, &drawn, number)
                .await?
        } else {
            Made::default()
        };
        let ours = Entering {
            new_room: &new_room,
            ..ideal(&entering)
        };
        let (answer, is_new) = self
            .reference
            .room_rematch(&known.pool, &known.room, ours, &made);
        if is_new {
            self.move_code(&known.pool, &new_room, dies).await?;
        }
        Ok(answers(self.entered(&player, &entered), answer))
    }

    /// One of the matches after which players may gather again, or the newest match.
    fn nth_over(&self, number: u8) -> Option<Match> {
        let kept = |known: &&Match| {
            self.reference.pools[&known.pool]
                .rematches
                .contains_key(&known.room)
        };
        let mut over: Vec<_> = self.matches.iter().filter(kept).collect();
        over.extend(self.matches.last().filter(|_| number == 3));
        nth_last(&over, number % over.len().max(1) as u8)
            .copied()
            .cloned()
    }

    /// Lets the code of a match name the room that gathers again, unless the function died before.
    async fn move_code(&mut self, pool: &str, room: &str, died: bool) -> Result<()> {
        // Without the room, the answers differ, which the comparison reports.
        let Some(new) = self.reference.pools[pool].rooms.get(room) else {
            return Ok(());
        };
        let made = new.made.clone().unwrap_or_default();
        let named = self.reference.codes.get(&made.code).cloned();
        if let Some(named) = named.filter(|named| died && named.nonce == made.nonce) {
            let text = format!("{} {} {}", named.pool, named.room, named.nonce);
            return self.set_code(&made.code, &text).await;
        }
        self.reference.name_code(&made.code, pool, room, made.nonce);
        Ok(())
    }

    /// The stored data of a match, and its code, expire.
    pub(super) async fn forget_match(&mut self, room: u8) -> Result<Answers> {
        let kept: Vec<(String, String)> = self
            .reference
            .pools
            .iter()
            .flat_map(|(name, pool)| {
                pool.rematches
                    .keys()
                    .map(move |id| (name.clone(), id.clone()))
            })
            .collect();
        let Some((name, id)) = nth_last(&kept, room % kept.len().max(1) as u8) else {
            return Ok(answers("", ""));
        };
        let pool = self.reference.pool(name);
        let Some(kept) = pool.rematches.remove(id) else {
            return Ok(answers("", ""));
        };
        let rooms = pool.rooms.values().filter_map(|room| room.made.as_ref());
        let kept_too = pool
            .rematches
            .values()
            .filter_map(|kept| kept.made.as_ref());
        let others: Vec<u64> = rooms.chain(kept_too).map(|made| made.nonce).collect();
        self.delete(&format!("{{{name}}}:rematch:{id}")).await?;
        let Some(Made { code, nonce, .. }) = kept.made else {
            return Ok(answers("forgotten", "forgotten"));
        };
        let named = self.reference.codes.get(&code);
        if !others.contains(&nonce) && named.is_some_and(|named| named.nonce == nonce) {
            self.delete(&format!("code:{code}")).await?;
            self.reference.codes.remove(&code);
        }
        Ok(answers("forgotten", "forgotten"))
    }

    async fn delete(&mut self, key: &str) -> Result<()> {
        let mut delete = redis::cmd("DEL");
        Ok(delete.arg(key).query_async(&mut self.redis).await?)
    }
}
