//! The encoding of the arena's state: its views and its saved bytes.

use alloc::vec::Vec;

use game::{BadState, Players, Random, Reader, Seat, TURN, VIEW_DELAY_MAX, View};

use crate::arena::{Arena, SCORE_MAX};
use crate::player::{FAR, NEAR, Player, TIMER_SPAWN};
use crate::shot::{AGE_MAX, KIND, SHOTS_MAX, Shot};

const LIVES_MAX: u8 = 3;
/// The tick limit of a match: no setting allows more than an hour.
const ENDS_AT_MAX: u32 = 3600 * game::TICKS_PER_SECOND;

impl Arena {
    pub(crate) fn read_into(&self, view: &mut View) {
        for (seat, player) in self.players.iter() {
            view.show(seat, &fields(player));
        }
        for shot in &self.shots {
            shot.show(view);
        }
    }

    pub(crate) fn load_from(&mut self, view: &View) -> Result<(), BadState> {
        if view.entities.len() > SHOTS_MAX {
            return Err(BadState("too many projectiles"));
        }
        let mut players = Players::default();
        for (seat, fields) in view.seat_values() {
            if let [x, y, aim, lives, score, timer, away, ..] = *fields {
                let small =
                    |value: u32| u8::try_from(value).map_err(|_| BadState("a field is too great"));
                let (x, y) = (x as i32, y as i32);
                let (aim, left) = (aim as u16 % TURN, false);
                let (lives, score, timer) = (small(lives)?, small(score)?, small(timer)?);
                let player = checked(Player {
                    x,
                    y,
                    aim,
                    lives,
                    score,
                    timer,
                    away: away != 0,
                    left,
                })?;
                players.join(seat, |_| player);
            }
        }
        let mut shots = Vec::with_capacity(SHOTS_MAX);
        for entity in view.entities.iter() {
            let shot = (entity.kind == KIND).then(|| Shot::from_entity(&entity));
            let shot = shot.flatten().ok_or(BadState("no projectile"))?;
            shots.push(checked_shot(shot)?);
        }
        (self.players, self.shots) = (players, shots);
        Ok(())
    }

    /// Appends the random state, lives, end, and whether time is up; then the players; then the count of projectiles and
    /// the projectiles.
    pub(crate) fn save_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.random.state().to_le_bytes());
        out.push(self.lives);
        out.extend_from_slice(&self.ends_at.to_le_bytes());
        out.push(u8::from(self.time_is_up));
        self.players.save_with(out, save_player);
        out.push(self.shots.len() as u8);
        for shot in &self.shots {
            save_shot(shot, out);
        }
    }

    pub(crate) fn restore_from(bytes: &mut Reader<'_>) -> Result<Self, BadState> {
        let random = Random::from_state(bytes.u64()?);
        let (lives, ends_at, time_is_up) = (bytes.u8()?, bytes.u32()?, bytes.flag()?);
        if !(1..=LIVES_MAX).contains(&lives) || ends_at > ENDS_AT_MAX {
            return Err(BadState("its settings are out of range"));
        }
        let players = Players::restore_with(bytes, restore_player)?;
        let count = usize::from(bytes.u8()?);
        if count > SHOTS_MAX {
            return Err(BadState("too many projectiles"));
        }
        let mut shots = Vec::with_capacity(SHOTS_MAX);
        for _ in 0..count {
            shots.push(restore_shot(bytes)?);
        }
        Ok(Self {
            random,
            lives,
            ends_at,
            time_is_up,
            players,
            shots,
        })
    }
}

fn fields(player: &Player) -> [u32; 7] {
    let Player {
        x,
        y,
        aim,
        lives,
        score,
        timer,
        away,
        ..
    } = *player;
    [
        x as u32,
        y as u32,
        aim.into(),
        lives.into(),
        score.into(),
        timer.into(),
        away.into(),
    ]
}

fn save_player(player: &Player, out: &mut Vec<u8>) {
    let Player {
        x,
        y,
        aim,
        lives,
        score,
        timer,
        away,
        left,
    } = *player;
    for side in [x as u16, y as u16, aim] {
        out.extend_from_slice(&side.to_le_bytes());
    }
    out.extend_from_slice(&[lives, score, timer, u8::from(away), u8::from(left)]);
}

fn restore_player(bytes: &mut Reader<'_>) -> Result<Player, BadState> {
    let (x, y, aim) = (bytes.u16()?.into(), bytes.u16()?.into(), bytes.u16()?);
    let (lives, score, timer) = (bytes.u8()?, bytes.u8()?, bytes.u8()?);
    checked(Player {
        x,
        y,
        aim,
        lives,
        score,
        timer,
        away: bytes.flag()?,
        left: bytes.flag()?,
    })
}

fn checked(player: Player) -> Result<Player, BadState> {
    let Player {
        x,
        y,
        aim,
        lives,
        score,
        timer,
        ..
    } = player;
    let inside = NEAR..=FAR;
    if !inside.contains(&x) || !inside.contains(&y) || aim >= TURN {
        return Err(BadState("a player is outside"));
    }
    if lives > LIVES_MAX || score > SCORE_MAX || timer > TIMER_SPAWN {
        return Err(BadState("a player's numbers are out of range"));
    }
    Ok(player)
}

fn save_shot(shot: &Shot, out: &mut Vec<u8>) {
    let Shot {
        seat,
        tick,
        x,
        y,
        angle,
        view_delay,
    } = *shot;
    out.push(seat.index() as u8);
    out.extend_from_slice(&tick.to_le_bytes());
    for side in [x as u16, y as u16, angle, view_delay] {
        out.extend_from_slice(&side.to_le_bytes());
    }
}

fn restore_shot(bytes: &mut Reader<'_>) -> Result<Shot, BadState> {
    let seat = Seat::new(bytes.u8()?.into()).ok_or(BadState("no such seat"))?;
    let tick = bytes.u32()?;
    let (x, y) = (bytes.u16()?.into(), bytes.u16()?.into());
    checked_shot(Shot {
        seat,
        tick,
        x,
        y,
        angle: bytes.u16()?,
        view_delay: bytes.u16()?,
    })
}

fn checked_shot(shot: Shot) -> Result<Shot, BadState> {
    let inside = NEAR..=FAR;
    if !inside.contains(&shot.x) || !inside.contains(&shot.y) || shot.angle >= TURN {
        return Err(BadState("a projectile was fired outside"));
    }
    if shot.view_delay > VIEW_DELAY_MAX || shot.tick > u32::MAX - AGE_MAX {
        return Err(BadState("a projectile's numbers are out of range"));
    }
    Ok(shot)
}
