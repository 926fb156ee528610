//! The effect of kills on players: whose match continued, after how long, and which ticks were lost.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::track::{Gap, Track};

/// The players of the game servers that were killed together.
pub(crate) struct Kill {
    at: Instant,
    hit: Vec<Hit>,
}

struct Hit {
    track: Track,
    room: String,
    epoch: u64,
}

/// The outcome for all affected players.
#[derive(Default)]
pub(crate) struct Aftermath {
    /// Rooms that continued on another server.
    pub(crate) rooms: usize,
    /// For each room: confirmed ticks that were lost.
    pub(crate) lost_ticks: Vec<u64>,
    /// For each player: from the last snapshot to the first new one.
    pub(crate) pauses_ms: Vec<u64>,
    /// For each player: from the kill until they received the new address.
    pub(crate) detections_ms: Vec<u64>,
    /// Rooms whose players did not return.
    pub(crate) missing: Vec<String>,
}

impl Kill {
    /// Call it directly before the kill.
    pub(crate) fn begin(relays: &[String], tracks: &[Track]) -> Self {
        let on_them = |track: &Track| {
            let now = track.now().filter(|now| relays.contains(&now.relay))?;
            now.newest?;
            Some(Hit {
                track: track.clone(),
                room: now.room,
                epoch: now.epoch,
            })
        };
        Self {
            at: Instant::now(),
            hit: tracks.iter().filter_map(on_them).collect(),
        }
    }

    /// Number of affected players.
    pub(crate) fn players(&self) -> usize {
        self.hit.len()
    }

    /// Waits until each player's match continued or ended, and returns the outcome.
    pub(crate) fn aftermath(&self, patience: Duration) -> Aftermath {
        let deadline = Instant::now() + patience;
        while self.hit.iter().any(Hit::is_waiting) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
        let mut aftermath = Aftermath::default();
        let mut rooms: BTreeMap<&str, Vec<Gap>> = BTreeMap::new();
        for hit in &self.hit {
            if hit.is_waiting() {
                aftermath
                    .missing
                    .push(format!("{} ({:?})", hit.room, hit.track.now()));
            }
            rooms.entry(&hit.room).or_default().extend(hit.gap());
        }
        for gaps in rooms.into_values().filter(|gaps| !gaps.is_empty()) {
            aftermath.rooms += 1;
            let confirmed = gaps.iter().map(|gap| gap.tick_before).max().unwrap_or(0);
            let resumed = gaps.iter().map(|gap| gap.tick_resumed).min().unwrap_or(0);
            let lost = confirmed.saturating_sub(resumed);
            aftermath.lost_ticks.push(lost.into());
            for gap in gaps {
                let detection = gap.detected.saturating_duration_since(self.at);
                aftermath.pauses_ms.push(gap.pause().as_millis() as u64);
                aftermath.detections_ms.push(detection.as_millis() as u64);
            }
        }
        aftermath
    }
}

impl Hit {
    /// The gap that this kill caused; None if the match has not continued.
    fn gap(&self) -> Option<Gap> {
        let gaps = self.track.gaps();
        gaps.into_iter()
            .find(|gap| gap.room == self.room && gap.epoch > self.epoch)
    }

    fn is_waiting(&self) -> bool {
        self.gap().is_none() && self.track.now().is_some_and(|now| now.room == self.room)
    }
}

impl Aftermath {
    /// Adds the outcome of another kill.
    pub(crate) fn add(&mut self, other: Self) {
        self.rooms += other.rooms;
        self.lost_ticks.extend(other.lost_ticks);
        self.pauses_ms.extend(other.pauses_ms);
        self.detections_ms.extend(other.detections_ms);
        self.missing.extend(other.missing);
    }
}
