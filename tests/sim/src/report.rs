//! Measurements summed over matches, and their row in the table.

use std::fmt;

/// What a condition does to its players.
#[derive(Clone, Debug)]
pub struct Report {
    /// Match time.
    pub match_us: u64,
    /// The same, of each player.
    pub player_us: u64,
    /// How old the newest snapshot was at each frame: frames by ms.
    pub ages_ms: Vec<u64>,
    /// Ticks of seats.
    pub ticks: u64,
    /// Those for which no input was there.
    pub starved: u64,
    /// Snapshots that changed what the own player had been predicted to do.
    pub corrections: u64,
    /// Those after ticks whose inputs had all been there.
    pub corrections_unexplained: u64,
    /// How far they moved the player, in px.
    pub corrections_px: f64,
    /// The farthest, px.
    pub correction_px_max: f32,
    /// Times at which the others were drawn beyond the newest snapshot.
    pub underruns: u64,
    /// Shots that hit a player, by the room or on the shooter's screen.
    pub judged: u64,
    /// Those for which both agree.
    pub agreed: u64,
    /// Shots that hit a player, by the room.
    pub hits: u64,
    /// Those that did not touch the player on their own screen.
    pub hits_unseen: u64,
    /// Shots that were drawn by their shooter.
    pub shots: u64,
    /// Of messages from the room, without what carries them.
    pub bytes_down: u64,
    /// Of messages to the room, without what carries them.
    pub bytes_up: u64,
    /// Summed over frames: how far behind the own tick the others were drawn, ms.
    pub view_delay_ms: f64,
    /// Summed over clients and matches: of the client's own measurement of the round trip, ms.
    pub round_trip_ms: f64,
    /// Clients and matches.
    pub clients: u64,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            match_us: 0,
            player_us: 0,
            ages_ms: vec![0; AGES_MS],
            ticks: 0,
            starved: 0,
            corrections: 0,
            corrections_unexplained: 0,
            corrections_px: 0.0,
            correction_px_max: 0.0,
            underruns: 0,
            judged: 0,
            agreed: 0,
            hits: 0,
            hits_unseen: 0,
            shots: 0,
            bytes_down: 0,
            bytes_up: 0,
            view_delay_ms: 0.0,
            round_trip_ms: 0.0,
            clients: 0,
        }
    }
}

const AGES_MS: usize = 5000;

impl Report {
    /// A frame was drawn with a newest snapshot of this age.
    pub(crate) fn count_age(&mut self, age_us: u64) {
        self.ages_ms[(age_us / 1000).min(AGES_MS as u64 - 1) as usize] += 1;
    }

    /// The age below which this share of the frames lies, ms.
    pub fn age_ms(&self, share: f64) -> u64 {
        let below = (self.frames() as f64 * share) as u64;
        let mut sum = 0;
        let at = self.ages_ms.iter().position(|&frames| {
            sum += frames;
            sum > below
        });
        at.unwrap_or(0) as u64
    }

    /// Of the ticks, those for which no input was there, percent.
    pub fn starved_percent(&self) -> f64 {
        percent(self.starved, self.ticks)
    }

    /// Of the shots that hit by either, those that both call the same, percent.
    pub fn agreed_percent(&self) -> f64 {
        percent(self.agreed, self.judged)
    }

    /// Of the hits, those that missed on the victim's own screen, percent.
    pub fn unseen_percent(&self) -> f64 {
        percent(self.hits_unseen, self.hits)
    }

    /// The table's first lines.
    pub fn header() -> String {
        let columns = "| network | age p50/p99 ms | starved % | corrections /min | mean/max px | underruns /min | view delay \
            ms | verdicts agree % | unseen hits % | B/s down/up |";
        format!("{columns}\n|{}", "---|".repeat(10))
    }

    /// The table's line of a condition.
    pub fn row(&self, name: &str) -> String {
        format!("| {name} | {self} |")
    }

    fn frames(&self) -> u64 {
        self.ages_ms.iter().sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.player_us as f64 / 1e6;
        let a_minute = |count: u64| count as f64 * 60.0 / seconds;
        let mean_px = self.corrections_px / self.corrections.max(1) as f64;
        let view_ms = self.view_delay_ms / self.frames().max(1) as f64;
        write!(f, "{}/{} | ", self.age_ms(0.5), self.age_ms(0.99))?;
        write!(f, "{:.2} | ", self.starved_percent())?;
        write!(f, "{:.1} | ", a_minute(self.corrections))?;
        write!(f, "{mean_px:.1}/{:.0} | ", self.correction_px_max)?;
        write!(f, "{:.1} | {view_ms:.0} | ", a_minute(self.underruns))?;
        if self.judged == 0 {
            write!(f, "– | – | ")?;
        } else {
            write!(f, "{:.1} | ", self.agreed_percent())?;
            write!(f, "{:.0} | ", self.unseen_percent())?;
        }
        let a_second = |bytes: u64| bytes as f64 / seconds;
        write!(
            f,
            "{:.0}/{:.0}",
            a_second(self.bytes_down),
            a_second(self.bytes_up)
        )
    }
}

fn percent(part: u64, whole: u64) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}
