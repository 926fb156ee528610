//! Measurements of a match by its client.

/// How the match reaches this client, and how often it was wrong about it. Sums are since the client was made.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stats {
    /// There and back, ms, without what an input waits for its tick.
    pub round_trip_ms: f32,
    /// How late snapshots are on average, behind the quickest, ms.
    pub jitter_ms: f32,
    /// How many ticks before its use the newest input came, as the server said last.
    pub margin_ticks: i32,
    /// How far the client acts ahead of the newest snapshot it could have, ticks.
    pub run_ahead_ticks: f32,
    /// How far behind the own tick the others are drawn, ticks.
    pub view_delay_ticks: f32,
    /// How old the newest snapshot is, ms; estimated.
    pub snapshot_age_ms: f32,
    /// From one snapshot to the next, ticks.
    pub interval_ticks: f32,
    /// Snapshots that came.
    pub snapshots: u64,
    /// Snapshots that changed what the own player had been predicted to do.
    pub corrections: u64,
    /// The sum of their distances, px.
    pub corrections_px: f32,
    /// The farthest of them, px.
    pub correction_px_max: f32,
    /// Times at which the others were drawn beyond the newest snapshot.
    pub underruns: u64,
    /// Bytes handled, without those of the layers below.
    pub bytes_in: u64,
    /// Bytes given out to be sent.
    pub bytes_out: u64,
}

impl Stats {
    /// What is counted, without what is measured of a line that is no more.
    pub(crate) fn sums(self) -> Self {
        Self {
            round_trip_ms: 0.0,
            jitter_ms: 0.0,
            margin_ticks: 0,
            run_ahead_ticks: 0.0,
            view_delay_ticks: 0.0,
            snapshot_age_ms: 0.0,
            interval_ticks: 0.0,
            ..self
        }
    }

    pub(crate) fn count_correction(&mut self, px: f32) {
        self.corrections += 1;
        self.corrections_px += px;
        self.correction_px_max = self.correction_px_max.max(px);
    }
}
