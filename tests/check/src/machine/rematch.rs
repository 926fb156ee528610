//! The actions after a match whose room a player made: its players gather again, or it is forgotten.

use anyhow::Result;
use lobby::Entered;

use super::apply::{Answers, answers, nth_last, player_name};
use super::made::{ideal, real};
use super::reference::Entering;
use super::world::{Match, World};

impl World {
    /// `dies`: the function dies before the code names the new room.
    pub(super) async fn rematch(
        &mut self,
        room: u8,
        player: u8,
        leaves: bool,
        dies: bool,
    ) -> Result<Answers> {
        let kept = |known: &&Match| {
            self.reference.pools[&known.pool]
                .rematches
                .contains_key(&known.room)
        };
        let mut over: Vec<_> = self.matches.iter().filter(kept).collect();
        over.extend(self.matches.last().filter(|_| room == 3));
        let Some(known) = nth_last(&over, room % over.len().max(1) as u8)
            .copied()
            .cloned()
        else {
            return Ok(answers("", ""));
        };
        let player = nth_last(&known.roster, player % 4)
            .cloned()
            .unwrap_or_else(|| player_name(player));
        let entering = real(&player, leaves, None);
        let entered = self.lobby.rooms.room_rematch(&known.room, entering).await?;
        let new_room = match &entered {
            Entered::Seated {
                room, new: true, ..
            } => room.clone(),
            _ => String::new(),
        };
        let ours = Entering {
            new_room: &new_room,
            ..ideal(&entering)
        };
        let (answer, is_new) = self.reference.room_rematch(&known.pool, &known.room, ours);
        if is_new {
            let pool = &self.reference.pools[&known.pool];
            let made = pool.rooms[&new_room].made.clone().unwrap_or_default();
            let named = self.reference.codes.get(&made.code).cloned();
            match named.filter(|named| dies && named.nonce == made.nonce) {
                Some(named) => {
                    let text = format!("{} {} {}", named.pool, named.room, named.nonce);
                    self.set_code(&made.code, &text).await?;
                }
                None => self
                    .reference
                    .name_code(&made.code, &known.pool, &new_room, made.nonce),
            }
        }
        Ok(answers(self.entered(&player, &entered), answer))
    }

    /// What is kept of a match, and its code, reach the end of their times to live.
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
        let mut others = rooms.chain(pool.rematches.values().map(|kept| &kept.made));
        let is_another_s = others.any(|made| made.nonce == kept.made.nonce);
        self.delete(&format!("{{{name}}}:rematch:{id}")).await?;
        let code = &kept.made.code;
        let named = self.reference.codes.get(code);
        if !is_another_s && named.is_some_and(|named| named.nonce == kept.made.nonce) {
            self.delete(&format!("code:{code}")).await?;
            self.reference.codes.remove(code);
        }
        Ok(answers("forgotten", "forgotten"))
    }

    async fn delete(&mut self, key: &str) -> Result<()> {
        let mut delete = redis::cmd("DEL");
        Ok(delete.arg(key).query_async(&mut self.redis).await?)
    }
}
