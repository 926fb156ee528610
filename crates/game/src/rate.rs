//! The rate of a game: the ticks per second of its match.

/// Frames per second of the engine's clock. A tick of a game is one or several frames.
pub const FRAMES_PER_SECOND: u32 = 60;

/// When the match of a game steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// This many ticks per second: 60, 30, 20 or 10. Other numbers do not compile.
    Hz(u8),
    /// When a player sends a command, joins or leaves, or when a timer of the state ends. Ticks are
    /// 1/60 s. See [`Game::RATE`](crate::Game::RATE).
    OnCommand,
}

impl Rate {
    /// The default rate.
    pub const HZ60: Self = Self::Hz(60);

    /// Ticks per second.
    #[inline]
    pub const fn ticks_per_second(self) -> u32 {
        match self {
            Self::Hz(hz) => hz as u32,
            Self::OnCommand => FRAMES_PER_SECOND,
        }
    }

    /// Frames per tick.
    #[inline]
    pub const fn frames_per_tick(self) -> u32 {
        match self {
            Self::Hz(60) | Self::OnCommand => 1,
            Self::Hz(30) => 2,
            Self::Hz(20) => 3,
            Self::Hz(_) => 6,
        }
    }

    /// Ticks in this many frames, rounded up.
    #[inline]
    pub const fn ticks_in(self, frames: u32) -> u32 {
        frames.div_ceil(self.frames_per_tick())
    }

    /// Whether the match steps on commands only.
    #[inline]
    pub const fn is_on_command(self) -> bool {
        matches!(self, Self::OnCommand)
    }

    pub(crate) const fn is_known(self) -> bool {
        match self {
            Self::Hz(hz) => matches!(hz, 60 | 30 | 20 | 10),
            Self::OnCommand => true,
        }
    }
}

// A tick is a whole number of frames at each rate.
const _: () = {
    let rates = [
        Rate::HZ60,
        Rate::Hz(30),
        Rate::Hz(20),
        Rate::Hz(10),
        Rate::OnCommand,
    ];
    let mut at = 0;
    while at < rates.len() {
        let rate = rates[at];
        assert!(rate.is_known());
        assert!(rate.frames_per_tick() * rate.ticks_per_second() == FRAMES_PER_SECOND);
        at += 1;
    }
};
