//! One player: movement, cooldown and protection.

use game::{Pad, Pose, heading};

use crate::{COOLDOWN_TICKS, PLAYER_RADIUS, PLAYER_STEP, PROTECTION_TICKS, SIDE};

/// The timer after a spawn: protection first, then one cooldown.
pub(crate) const TIMER_SPAWN: u8 = PROTECTION_TICKS + COOLDOWN_TICKS;
/// The least and the greatest coordinate of a player's centre between the walls.
pub(crate) const NEAR: i32 = PLAYER_RADIUS;
pub(crate) const FAR: i32 = SIDE - PLAYER_RADIUS;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Player {
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) aim: u16,
    /// The remaining lives; 0: out.
    pub(crate) lives: u8,
    pub(crate) score: u8,
    /// Counts down to 0, when the player may shoot. Above a cooldown, the player is protected. One number is enough,
    /// because a protected player does not shoot.
    pub(crate) timer: u8,
    pub(crate) away: bool,
    /// The player gave up the seat.
    pub(crate) left: bool,
}

impl Player {
    pub(crate) fn new((x, y): (i32, i32), lives: u8) -> Self {
        Self {
            x,
            y,
            aim: 0,
            lives,
            score: 0,
            timer: TIMER_SPAWN,
            away: false,
            left: false,
        }
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.lives > 0
    }

    pub(crate) fn is_protected(&self) -> bool {
        self.timer > COOLDOWN_TICKS
    }

    pub(crate) fn pose(&self) -> Option<Pose> {
        self.is_alive().then_some(Pose {
            x: self.x,
            y: self.y,
            life: self.lives,
        })
    }

    /// Advances by a tick; true when the player shoots.
    pub(crate) fn step(&mut self, input: Pad) -> bool {
        let (dx, dy) = heading(input.dx, input.dy, PLAYER_STEP);
        self.x = (self.x + dx).clamp(NEAR, FAR);
        self.y = (self.y + dy).clamp(NEAR, FAR);
        self.aim = input.aim % game::TURN;
        self.timer = self.timer.saturating_sub(1);
        let shoots = input.fire && self.timer == 0;
        if shoots {
            self.timer = COOLDOWN_TICKS;
        }
        shoots
    }

    /// Respawns the player.
    pub(crate) fn respawn(&mut self, (x, y): (i32, i32)) {
        (self.x, self.y) = (x, y);
        self.timer = TIMER_SPAWN;
    }
}
