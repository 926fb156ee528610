//! The rate of a game: how many ticks a second its match has.

/// Frames of the engine's clock in a second. A tick of a game is one frame or several.
pub const FRAMES_PER_SECOND: u32 = 60;

/// How often the match of a game steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// This many ticks a second: 60, 30, 20 or 10. Another number does not compile.
    Hz(u8),
    /// When a player sends a command, joins or leaves, or when a timer of the state ends. Ticks are
    /// 1/60 s. See [`Game::RATE`](crate::Game::RATE).
    OnCommand,
}

impl Rate {
    /// The default.
    pub const HZ60: Self = Self::Hz(60);

    /// Ticks in a second.
    #[inline]
    pub const fn ticks_per_second(self) -> u32 {
        match self {
            Self::Hz(hz) => hz as u32,
            Self::OnCommand => FRAMES_PER_SECOND,
        }
    }

    /// Frames from one tick to the next.
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

    /// Whether the match steps only when there is something to do.
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
