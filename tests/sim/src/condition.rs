//! The simulated network conditions.

/// The properties of one direction of a link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinkProperties {
    /// Latency without queueing, microseconds.
    pub one_way_us: u64,
    /// The maximum additional latency of a segment, microseconds. Segments are not reordered.
    pub jitter_us: u64,
    /// Segment loss, parts per million.
    pub loss_ppm: u32,
    /// Periods of high loss.
    pub bursts: Option<Bursts>,
    /// The bandwidth, bits per second.
    pub bandwidth_bps: Option<u64>,
    /// All segments are lost between these two moments of each minute, microseconds.
    pub blackout_us: Option<(u64, u64)>,
}

/// The Gilbert-Elliott model: a link alternates between a good and a bad state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bursts {
    /// The mean number of segments in the good state.
    pub good_segments: u32,
    /// The mean number of segments in the bad state.
    pub bad_segments: u32,
    /// Segment loss in the bad state, parts per million.
    pub loss_ppm: u32,
}

/// The transport of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// WebSocket over TCP.
    WebSocket,
    /// Snapshots and inputs as datagrams, the rest in a stream.
    WebTransport,
}

/// The network condition of all players of a match.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The name in the table.
    pub name: String,
    /// The link, in both directions.
    pub properties: LinkProperties,
    /// The transport of all players.
    pub transport: Transport,
}

impl Condition {
    /// A link with this round trip and loss.
    pub fn lossy(round_trip_ms: u64, loss_percent: u32) -> Self {
        Self {
            name: format!("{round_trip_ms} ms, {loss_percent} % loss"),
            properties: LinkProperties {
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

    /// The same condition over this transport.
    #[must_use]
    pub fn over(self, transport: Transport) -> Self {
        Self { transport, ..self }
    }

    /// A link of 100 ms with this bandwidth.
    pub fn narrow(kbit: u64) -> Self {
        let mut condition = Self::named(&format!("100 ms, {kbit} kbit/s"), 100);
        condition.properties.bandwidth_bps = Some(kbit * 1000);
        condition
    }

    /// A link of 100 ms that loses everything for 600 ms, once a minute.
    pub fn blackout() -> Self {
        let mut condition = Self::named("100 ms, 600 ms blackout", 100);
        condition.properties.blackout_us = Some((10_000_000, 10_600_000));
        condition
    }

    /// A link of 60 ms with up to 40 ms of jitter.
    pub fn jittery() -> Self {
        let mut condition = Self::named("60 ms, jitter 40 ms", 60);
        condition.properties.jitter_us = 40_000;
        condition
    }

    /// A link of 60 ms with high loss for a tenth of a second every four seconds.
    pub fn bursty() -> Self {
        let mut condition = Self::named("60 ms, bursts of loss", 60);
        condition.properties.bursts = Some(Bursts {
            good_segments: 250,
            bad_segments: 6,
            loss_ppm: 500_000,
        });
        condition
    }

    /// The conditions of the table.
    pub fn table() -> Vec<Self> {
        let lines = [50, 100, 150]
            .into_iter()
            .flat_map(|round_trip_ms| [0, 1, 3].map(|loss| Self::lossy(round_trip_ms, loss)));
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
            ..Self::lossy(round_trip_ms, 0)
        }
    }
}
