//! Measurements of a match by its client.

/// The quality of the connection and of the prediction. Sums count from the creation of the client.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stats {
    /// Round trip, ms, without the time that an input waits for its tick.
    pub round_trip_ms: f32,
    /// The mean delay of snapshots behind the fastest, ms.
    pub jitter_ms: f32,
    /// How many ticks before its use the newest input arrived, as last reported by the server.
    pub margin_ticks: i32,
    /// How far the client acts ahead of the newest snapshot that can have arrived, ticks.
    pub run_ahead_ticks: f32,
    /// How far behind the own tick the others are drawn, ticks.
    pub view_delay_ticks: f32,
    /// The estimated age of the newest snapshot, ms.
    pub snapshot_age_ms: f32,
    /// The mean interval between snapshots, ticks.
    pub interval_ticks: f32,
    /// Received snapshots.
    pub snapshots: u64,
    /// Snapshots that differed from the prediction of the own player.
    pub corrections: u64,
    /// The sum of the correction distances, px.
    pub corrections_px: f32,
    /// The greatest correction distance, px.
    pub correction_px_max: f32,
    /// How often the others were drawn beyond the newest snapshot; a continuous period counts once.
    pub underruns: u64,
    /// Received bytes, without the overhead of lower layers.
    pub bytes_in: u64,
    /// Bytes of the messages to be sent.
    pub bytes_out: u64,
}

impl Stats {
    /// The sums, without the measurements of a connection that is closed.
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
