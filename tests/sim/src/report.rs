//! Measurements summed over matches, and their row in the table.

use std::fmt;

/// The measurements under one condition.
#[derive(Clone, Debug)]
pub struct Report {
    /// Match time.
    pub match_us: u64,
    /// Match time, summed over players.
    pub player_us: u64,
    /// The age of the newest snapshot in each frame: number of frames by ms.
    pub ages_ms: Vec<u64>,
    /// Ticks, summed over seats.
    pub ticks: u64,
    /// Ticks without an input.
    pub starved: u64,
    /// Snapshots that differed from the prediction of the own player.
    pub corrections: u64,
    /// Corrections after ticks whose inputs had all arrived in time.
    pub corrections_unexplained: u64,
    /// The sum of the correction distances, px.
    pub corrections_px: f64,
    /// The greatest correction distance, px.
    pub correction_px_max: f32,
    /// How often the others were drawn beyond the newest snapshot.
    pub underruns: u64,
    /// Shots that hit a player, in the room or on the shooter's screen.
    pub judged: u64,
    /// Shots for which room and screen agree.
    pub agreed: u64,
    /// Shots that hit a player, in the room.
    pub hits: u64,
    /// Hits that missed on the victim's own screen.
    pub hits_unseen: u64,
    /// Shots that were drawn by their shooter.
    pub shots: u64,
    /// Bytes of messages from the room, without overhead.
    pub bytes_down: u64,
    /// Bytes of messages to the room, without overhead.
    pub bytes_up: u64,
    /// The view delay of the others, summed over frames, ms.
    pub view_delay_ms: f64,
    /// The client's own measurement of the round trip, summed over clients and matches, ms.
    pub round_trip_ms: f64,
    /// The number of clients, summed over matches.
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
    /// Counts a frame with this age of the newest snapshot.
    pub(crate) fn count_age(&mut self, age_us: u64) {
        self.ages_ms[(age_us / 1000).min(AGES_MS as u64 - 1) as usize] += 1;
    }

    /// The quantile of the snapshot age over frames, ms.
    pub fn age_ms(&self, share: f64) -> u64 {
        let below = (self.frames() as f64 * share) as u64;
        let mut sum = 0;
        let at = self.ages_ms.iter().position(|&frames| {
            sum += frames;
            sum > below
        });
        at.unwrap_or(0) as u64
    }

    /// The percentage of ticks without an input.
    pub fn starved_percent(&self) -> f64 {
        percent(self.starved, self.ticks)
    }

    /// The percentage of evaluated shots for which room and screen agree.
    pub fn agreed_percent(&self) -> f64 {
        percent(self.agreed, self.judged)
    }

    /// The percentage of hits that missed on the victim's own screen.
    pub fn unseen_percent(&self) -> f64 {
        percent(self.hits_unseen, self.hits)
    }

    /// The header of the table.
    pub fn header() -> String {
        let columns = "| network | age p50/p99 ms | starved % | corrections /min | mean/max px | underruns /min | view delay \
            ms | verdicts agree % | unseen hits % | B/s down/up |";
        format!("{columns}\n|{}", "---|".repeat(10))
    }

    /// The table's row of a condition.
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
