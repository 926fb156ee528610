//! The actions of functions and relays in a pool.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use anyhow::Result;
use lobby::{
    Checkpoint, CheckpointPlayer, Checkpointed, Claimed, ClaimedPlayer, Expired, Finished,
    HandedOver, ReplayChunk, Replayed, Saved, Score,
};

use super::action::{Action, Lie};
use super::apply::{Answers, answers, nth_last, player_name, relay_name};
use super::reference::{Chunk, Owner, Room};
use super::world::{Match, POOLS, World};

impl World {
    pub(crate) async fn apply_to_pool(&mut self, action: &Action) -> Result<Answers> {
        match *action {
            Action::Assign { pool } => self.assign(POOLS[usize::from(pool)]).await,
            Action::Expire { pool, limit } => {
                let name = POOLS[usize::from(pool)];
                let done = self.pool(name)?.deadlines.expire(limit.into()).await?;
                Ok(answers(
                    expired(&done),
                    self.reference.expire(name, limit.into()),
                ))
            }
            Action::ExpireTwice { pool } => self.expire_twice(POOLS[usize::from(pool)]).await,
            Action::Poll { pool } => {
                let name = POOLS[usize::from(pool)];
                let work = self.pool(name)?.bridge.poll().await?;
                let real = format!(
                    "assign {} expire {} queued {} open {}",
                    work.assign, work.expire, work.queued, work.rooms_open
                );
                Ok(answers(real, self.reference.poll(name)))
            }
            Action::Sweep { pool } => {
                let name = POOLS[usize::from(pool)];
                let repaired = self.pool(name)?.sweep.repair().await?;
                let released = self.lobby.release_unowned(&[name]).await?;
                let real = format!(
                    "{repaired:?} {:?}",
                    released.get(name).unwrap_or(&BTreeMap::new())
                );
                Ok(answers(real, self.reference.sweep(name)))
            }
            Action::Deliver { pool } => self.deliver(POOLS[usize::from(pool)], None).await,
            Action::DeliverHalf { pool, pushes } => {
                self.deliver(POOLS[usize::from(pool)], Some(pushes.into()))
                    .await
            }
            Action::Replay { room, player } => self.replay(room, &player_name(player)).await,
            Action::Claim { room, lie, boot } => self.claim(room, lie, boot).await,
            Action::Checkpoint {
                room,
                lie,
                late,
                ticks,
                online,
            } => self.checkpoint(room, lie, late, ticks, online).await,
            Action::Finish { room, lie, late } => self.finish(room, lie, late).await,
            Action::Abandon { room, lie } => {
                let Some((known, owner)) = self.owner(room, lie) else {
                    return Ok(answers("", ""));
                };
                let done = self
                    .pool(&known.pool)?
                    .matches
                    .abandon(&owner.room, &owner.relay, owner.epoch)
                    .await?;
                Ok(answers(
                    finished(done),
                    self.reference.pool(&known.pool).abandon(&owner),
                ))
            }
            Action::HandOver { room, lie } => self.hand_over(room, lie).await,
            Action::Offer {
                room,
                lie,
                seats,
                reads_inbox,
            } => self.offer(room, lie, seats, reads_inbox).await,
            Action::Return {
                room,
                lie,
                player,
                refused,
            } => self.return_seat(room, lie, player, refused).await,
            _ => Ok(answers("", "")),
        }
    }

    /// Two concurrent calls that both see the same overdue deadline.
    async fn expire_twice(&mut self, name: &str) -> Result<Answers> {
        let pool = self.pool(name)?;
        if self.reference.due(name) != 1 {
            let done = pool.deadlines.expire(1).await?;
            return Ok(answers(expired(&done), self.reference.expire(name, 1)));
        }
        let (one, other) = tokio::join!(pool.deadlines.expire(1), pool.deadlines.expire(1));
        let (one, other) = (one?, other?);
        let both = Expired {
            rooms: one.rooms + other.rooms,
            // Both calls may delete a tombstone.
            players: (one.players + other.players).min(1),
            relays: one.relays + other.relays,
            remainder: false,
        };
        Ok(answers(expired(&both), self.reference.expire(name, 1)))
    }

    pub(super) fn known(&mut self, room: &str) -> Option<&mut Match> {
        self.matches.iter_mut().find(|known| known.room == room)
    }

    /// Of the matches with this property, the one with this number, the newest first. For the highest number, and if there
    /// is none: the match that was started last.
    fn pick_match(&self, room: u8, has: impl Fn(&Match) -> bool) -> Option<&Match> {
        let matches: Vec<&Match> = self.matches.iter().filter(|known| has(known)).collect();
        match room {
            3 => self.matches.last(),
            _ => nth_last(&matches, room).copied().or(self.matches.last()),
        }
    }

    /// The owner of a running match, see [`World::pick_match`].
    pub(super) fn owner(&self, room: u8, lie: Lie) -> Option<(Match, Owner)> {
        let known = self.pick_match(room, |known| {
            self.reference.pools[&known.pool]
                .rooms
                .contains_key(&known.room)
        })?;
        let known = known.clone();
        let number: u8 = known.relay[1..].parse().unwrap_or(0);
        let owner = Owner {
            room: known.room.clone(),
            relay: match lie {
                Lie::OtherRelay => relay_name((number + 1) % 3),
                _ => known.relay.clone(),
            },
            epoch: match lie {
                Lie::OldEpoch => known.epoch - 1,
                Lie::NewEpoch => known.epoch + 1,
                _ => known.epoch,
            },
        };
        Some((known, owner))
    }

    async fn claim(&mut self, room: u8, lie: Lie, boot: u8) -> Result<Answers> {
        let Some((known, owner)) = self.owner(room, lie) else {
            return Ok(answers("", ""));
        };
        let boot = self.boot(&owner.relay, boot);
        let claimed = self
            .pool(&known.pool)?
            .matches
            .claim_room(&owner.room, &owner.relay, owner.epoch, &boot)
            .await?;
        let real = match claimed {
            Claimed::Stale => "stale".to_owned(),
            Claimed::Room { players, saved, .. } => {
                let (bots, players): (Vec<_>, Vec<_>) =
                    players.into_iter().partition(ClaimedPlayer::is_bot);
                let players: Vec<(String, Option<u8>)> = players
                    .into_iter()
                    .map(|player| (player.player_id, player.late))
                    .collect();
                format!(
                    "claimed by {players:?} and {} bots saved {:?}",
                    bots.len(),
                    saved.map(|saved| saved.tick)
                )
            }
        };
        Ok(answers(
            real,
            self.reference.pool(&known.pool).claim_room(&owner, &boot),
        ))
    }

    /// The next chunk of inputs of a relay.
    fn chunk(&self, known: &Match, is_late: bool, ticks: u8) -> Chunk {
        let room = self.reference.pools[&known.pool].rooms.get(&known.room);
        let saved = room.and_then(|room| room.saved_tick);
        let tick = saved.unwrap_or(0);
        let players = known
            .roster
            .iter()
            .map(|player| format!(r#"{{"player_id":"{player}"}}"#));
        let header = format!(
            "{{\"players\":[{}]}}\n",
            players.collect::<Vec<_>>().join(",")
        );
        let late_from = if ticks == 8 {
            0
        } else {
            room.map_or(0, Room::replay_from)
        };
        Chunk {
            from: if is_late { late_from } else { tick },
            to: tick + u32::from(ticks),
            header: saved.is_none().then_some(header),
        }
    }

    async fn checkpoint(
        &mut self,
        room: u8,
        lie: Lie,
        is_late: bool,
        ticks: u8,
        is_online: bool,
    ) -> Result<Answers> {
        let Some((known, owner)) = self.owner(room, lie) else {
            return Ok(answers("", ""));
        };
        let chunk = self.chunk(&known, is_late, ticks);
        let players = known.roster.iter().map(|player| CheckpointPlayer {
            player_id: player.clone(),
            x: chunk.to.into(),
            y: 0.0,
            online: is_online,
        });
        let checkpoint = Checkpoint {
            room: owner.room.clone(),
            relay: owner.relay.clone(),
            epoch: owner.epoch,
            sleeps_ms: 0,
            players: players.collect(),
            projectiles: Vec::new(),
            saved: Saved {
                tick: chunk.to,
                state: chunk.to.to_le_bytes().to_vec(),
                journal: format!("journal:{}:0", owner.relay),
                after: "0-0".to_owned(),
                replay: chunk.bytes(),
                replay_from: chunk.from,
                replay_header: chunk.header.clone(),
            },
        };
        let real = match self
            .pool(&known.pool)?
            .matches
            .checkpoint(&checkpoint)
            .await?
        {
            Checkpointed::Written => "written".to_owned(),
            Checkpointed::Behind { tick } => format!("behind {tick}"),
            Checkpointed::Stale => "stale".to_owned(),
        };
        let pool = self.reference.pool(&known.pool);
        Ok(answers(
            real,
            pool.checkpoint(&owner, &chunk, &known.roster, is_online),
        ))
    }

    async fn finish(&mut self, room: u8, lie: Lie, is_late: bool) -> Result<Answers> {
        let Some((known, owner)) = self.owner(room, lie) else {
            return Ok(answers("", ""));
        };
        let chunk = self.chunk(&known, is_late, 3);
        let scores = (1..).zip(&known.roster).map(|(rank, player)| Score {
            player_id: player.clone(),
            score: rank,
            rank,
            stats: BTreeMap::new(),
        });
        let scores: Vec<Score> = scores.collect();
        let replay = ReplayChunk {
            bytes: chunk.bytes(),
            from: chunk.from,
            to: chunk.to,
        };
        let pool = self.pool(&known.pool)?;
        let done = pool
            .matches
            .finish(&owner.room, &owner.relay, owner.epoch, &scores, &replay)
            .await?;
        let scores: Vec<(String, u32)> = scores
            .into_iter()
            .map(|score| (score.player_id, score.score))
            .collect();
        let pool = self.reference.pool(&known.pool);
        Ok(answers(
            finished(done),
            pool.finish(&owner, &chunk, &scores),
        ))
    }

    async fn hand_over(&mut self, room: u8, lie: Lie) -> Result<Answers> {
        let Some((known, owner)) = self.owner(room, lie) else {
            return Ok(answers("", ""));
        };
        let real = match self
            .pool(&known.pool)?
            .matches
            .hand_over(&owner.room, &owner.relay, owner.epoch)
            .await?
        {
            HandedOver::Stale => "stale".to_owned(),
            HandedOver::Nowhere => "nowhere".to_owned(),
            HandedOver::Moved {
                relay,
                epoch,
                tickets,
                ..
            } => {
                let players: BTreeSet<&String> = tickets.keys().collect();
                format!("moved {relay} {epoch} {players:?}")
            }
        };
        Ok(answers(real, self.reference.hand_over(&known.pool, &owner)))
    }

    /// The replay of a match that has one.
    async fn replay(&mut self, room: u8, player: &str) -> Result<Answers> {
        let known = self.pick_match(room, |known| {
            self.reference.pools[&known.pool]
                .replays
                .contains_key(&known.room)
        });
        let Some(known) = known.cloned() else {
            return Ok(answers("", ""));
        };
        let real = match self
            .pool(&known.pool)?
            .replays
            .read(&known.room, player)
            .await?
        {
            Replayed::Replay(bytes) => format!("replay {bytes:?}"),
            Replayed::NotMember => "not a member".to_owned(),
            Replayed::Unknown => "unknown".to_owned(),
        };
        let ideal = match self.reference.pools[&known.pool].replays.get(&known.room) {
            None => "unknown".to_owned(),
            Some((_, roster)) if !roster.iter().any(|there| there == player) => {
                "not a member".to_owned()
            }
            Some((bytes, _)) => format!("replay {bytes:?}"),
        };
        Ok(answers(real, ideal))
    }
}

fn expired(done: &Expired) -> String {
    format!(
        "{:?} more {}",
        [done.rooms, done.players, done.relays],
        done.remainder
    )
}

fn finished(done: Finished) -> String {
    format!("{done:?}").to_lowercase()
}
