//! The network conditions that are simulated.

/// One direction of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// There, without any queue, microseconds.
    pub one_way_us: u64,
    /// Each segment takes up to this much longer; they do not overtake each other, microseconds.
    pub jitter_us: u64,
    /// Segments that get lost, of a million.
    pub loss_ppm: u32,
    /// Times of many losses.
    pub bursts: Option<Bursts>,
    /// What goes through, bits a second.
    pub bandwidth_bps: Option<u64>,
    /// Nothing goes through from the first to the second moment of each minute, microseconds.
    pub blackout_us: Option<(u64, u64)>,
}

/// Gilbert's and Elliott's: a line that is good, then bad, then good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bursts {
    /// A good link turns bad once in this number of segments.
    pub good_segments: u32,
    /// A bad link turns good once in this number of segments.
    pub bad_segments: u32,
    /// Segments that get lost on a bad line, of a million.
    pub loss_ppm: u32,
}

/// How messages travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Over TCP.
    WebSocket,
    /// Snapshots and inputs as datagrams, the rest in a stream.
    WebTransport,
}

/// A line that all players have, both ways, and what it is called.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// In the table.
    pub name: String,
    /// Both ways.
    pub line: Line,
    /// Of all players.
    pub transport: Transport,
}

impl Condition {
    /// A line with this round trip and loss.
    pub fn line(round_trip_ms: u64, loss_percent: u32) -> Self {
        Self {
            name: format!("{round_trip_ms} ms, {loss_percent} % loss"),
            line: Line {
                one_way_us: round_trip_ms * 500,
                jitter_us: 4_000,
                loss_ppm: loss_percent * 10_000,
                bursts: None,
                bandwidth_bps: None,
                blackout_us: None,
            },
            transport: Transport::WebSocket,
        }
    }

    /// The same line over this transport.
    #[must_use]
    pub fn over(self, transport: Transport) -> Self {
        Self { transport, ..self }
    }

    /// A line of 100 ms that carries so little.
    pub fn narrow(kbit: u64) -> Self {
        let mut condition = Self::named(&format!("100 ms, {kbit} kbit/s"), 100);
        condition.line.bandwidth_bps = Some(kbit * 1000);
        condition
    }

    /// A line of 100 ms on which nothing goes through for 600 ms, once a minute.
    pub fn blackout() -> Self {
        let mut condition = Self::named("100 ms, 600 ms blackout", 100);
        condition.line.blackout_us = Some((10_000_000, 10_600_000));
        condition
    }

    /// A line of 60 ms on which every segment takes up to 40 ms longer.
    pub fn jittery() -> Self {
        let mut condition = Self::named("60 ms, jitter 40 ms", 60);
        condition.line.jitter_us = 40_000;
        condition
    }

    /// A line of 60 ms that is bad for a tenth of a second every four.
    pub fn bursty() -> Self {
        let mut condition = Self::named("60 ms, bursts of loss", 60);
        condition.line.bursts = Some(Bursts {
            good_segments: 250,
            bad_segments: 6,
            loss_ppm: 500_000,
        });
        condition
    }

    /// Those of the table.
    pub fn table() -> Vec<Self> {
        let lines = [50, 100, 150]
            .into_iter()
            .flat_map(|round_trip_ms| [0, 1, 3].map(|loss| Self::line(round_trip_ms, loss)));
        lines
            .chain([
                Self::jittery(),
                Self::bursty(),
                Self::narrow(60),
                Self::narrow(24),
                Self::blackout(),
            ])
            .collect()
    }

    fn named(name: &str, round_trip_ms: u64) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::line(round_trip_ms, 0)
        }
    }
}
