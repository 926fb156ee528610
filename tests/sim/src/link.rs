//! One direction of a modeled connection. The data of its stream arrives in order, delayed by the network model. A
//! datagram arrives independently, or never.
//!
//! The model covers latency; jitter without reordering of segments; loss with head-of-line blocking until a
//! retransmission (after the acknowledgement of a later segment and a quarter of the round trip, as in Linux, or
//! after a timeout that doubles); serialization at the bandwidth; a congestion window that grows while it limits the
//! sender (exponentially until the round trip also grows, then by one per round trip); and a sender that knows whether
//! unsent data waits (`TCP_NOTSENT_LOWAT`). Datagrams share the bandwidth, have a window in bytes, and may be reordered.
//! Lost acknowledgements and other traffic are not modeled.

use std::collections::VecDeque;

use game::Random;
use protocol::Form;

use crate::LinkProperties;

/// The minimum retransmission timeout beyond the round trip.
const TIMEOUT_US: u64 = 200_000;
/// The overhead of a segment: IP 20, TCP 32, WebSocket 2 to 6.
const OVERHEAD_BYTES: usize = 56;
/// The overhead of a datagram: IP 20, UDP 8, QUIC 11, its authentication 16, WebTransport 4.
const DATAGRAM_OVERHEAD_BYTES: usize = 59;
/// The maximum bytes of datagrams in flight: the minimum window of QUIC.
const DATAGRAM_WINDOW_BYTES: usize = 12_000;
/// The initial congestion window, segments.
const WINDOW: f64 = 10.0;
const MINUTE_US: u64 = 60_000_000;

/// A message and its form.
pub type Message = (Form, Vec<u8>);

/// One direction of a connection. Times are microseconds and never decrease.
#[derive(Debug)]
pub struct Link {
    properties: LinkProperties,
    random: Random,
    is_bad: bool,
    now_us: u64,
    unsent: VecDeque<Message>,
    /// Sent segments, up to the first one before which all have arrived.
    flight: VecDeque<Segment>,
    /// When the acknowledgement of each arrived segment comes back, and how long after the segment was sent.
    acks_us: Vec<(u64, u64)>,
    window: f64,
    arrived: VecDeque<(u64, Message)>,
    /// Datagrams in the order of their arrival.
    datagrams: VecDeque<(u64, Vec<u8>)>,
    /// When each datagram is acknowledged or detected as lost, and its bytes.
    unacked: Vec<(u64, usize)>,
    free_us: u64,
    last_us: u64,
}

#[derive(Debug)]
struct Segment {
    message: Message,
    sent_us: u64,
    /// None: it is lost, and retransmitted at `again_us`.
    arrives_us: Option<u64>,
    again_us: u64,
    tries: u32,
}

impl Link {
    /// A connection over a link with these properties.
    pub fn new(properties: LinkProperties, seed: u64) -> Self {
        Self {
            properties,
            random: Random::new(seed),
            is_bad: false,
            now_us: 0,
            unsent: VecDeque::new(),
            flight: VecDeque::new(),
            acks_us: Vec::new(),
            window: WINDOW,
            arrived: VecDeque::new(),
            datagrams: VecDeque::new(),
            unacked: Vec::new(),
            free_us: 0,
            last_us: 0,
        }
    }

    /// Whether no unsent data waits.
    pub fn is_writable(&mut self, now_us: u64) -> bool {
        self.advance(now_us);
        self.unsent.is_empty()
    }

    /// Whether a datagram would be sent without waiting. QUIC's window counts bytes, as TCP's counts segments.
    pub fn takes_datagram(&mut self, now_us: u64) -> bool {
        self.unacked.retain(|&(noticed_us, _)| noticed_us > now_us);
        let bytes: usize = self.unacked.iter().map(|&(_, bytes)| bytes).sum();
        self.is_writable(now_us) && bytes < DATAGRAM_WINDOW_BYTES
    }

    /// Sends a message as a datagram.
    pub fn write_datagram(&mut self, now_us: u64, bytes: Vec<u8>) {
        self.advance(now_us);
        let segment_bytes = bytes.len() + DATAGRAM_OVERHEAD_BYTES;
        let departs_us = self.depart(segment_bytes);
        let is_lost = self.is_lost(departs_us);
        let arrives_us = departs_us + self.properties.one_way_us + self.jitter_us();
        let noticed_us = arrives_us + self.properties.one_way_us;
        self.unacked.push((noticed_us, segment_bytes));
        if is_lost {
            return;
        }
        let at = self.datagrams.partition_point(|&(us, _)| us <= arrives_us);
        self.datagrams.insert(at, (arrives_us, bytes));
    }

    /// Sends a message in the stream.
    pub fn write(&mut self, now_us: u64, message: Message) {
        self.advance(now_us);
        self.unsent.push_back(message);
        self.advance(now_us);
    }

    /// The next message that has arrived by now, and its arrival time.
    pub fn poll(&mut self, now_us: u64) -> Option<(u64, Message)> {
        self.advance(now_us);
        let stream_us = self.arrived.front().map_or(u64::MAX, |&(at_us, _)| at_us);
        let is_next = |(at_us, _): &mut (u64, _)| *at_us <= now_us && *at_us < stream_us;
        if let Some((at_us, bytes)) = self.datagrams.pop_front_if(is_next) {
            return Some((at_us, (Form::Binary, bytes)));
        }
        self.arrived.pop_front_if(|(at_us, _)| *at_us <= now_us)
    }

    fn advance(&mut self, now_us: u64) {
        loop {
            self.take_acks();
            let lost = self
                .flight
                .iter()
                .filter(|segment| segment.arrives_us.is_none());
            let under_way = self.acks_us.len() + lost.clone().count();
            if under_way < self.window as usize
                && let Some(message) = self.unsent.pop_front()
            {
                self.send(message);
                continue;
            }
            let again_us = lost.map(|segment| segment.again_us).min();
            let ack_us = self.acks_us.iter().map(|&(ack_us, _)| ack_us).min();
            let ack_us = ack_us.filter(|_| !self.unsent.is_empty());
            match again_us.into_iter().chain(ack_us).min() {
                Some(next_us) if next_us <= now_us => self.now_us = self.now_us.max(next_us),
                _ => break,
            }
            self.send_again();
        }
        self.now_us = self.now_us.max(now_us);
    }

    fn take_acks(&mut self) {
        let usual_us = 2 * self.properties.one_way_us + self.properties.jitter_us;
        let is_too_small = !self.unsent.is_empty();
        let (now_us, window) = (self.now_us, &mut self.window);
        self.acks_us.retain(|&(ack_us, round_trip_us)| {
            if ack_us <= now_us && is_too_small {
                let is_queued = round_trip_us > usual_us + usual_us / 8;
                *window += if is_queued { 1.0 / *window } else { 1.0 };
            }
            ack_us > now_us
        });
    }

    fn send(&mut self, message: Message) {
        self.flight.push_back(Segment {
            message,
            sent_us: 0,
            arrives_us: None,
            again_us: 0,
            tries: 0,
        });
        self.transmit(self.flight.len() - 1);
    }

    fn send_again(&mut self) {
        let is_due =
            |segment: &Segment| segment.arrives_us.is_none() && segment.again_us <= self.now_us;
        if let Some(at) = self.flight.iter().position(is_due) {
            self.transmit(at);
        }
    }

    fn transmit(&mut self, at: usize) {
        let departs_us = self.depart(self.flight[at].message.1.len() + OVERHEAD_BYTES);
        let is_lost = self.is_lost(departs_us);
        let jitter_us = self.jitter_us();
        let arrives_us = self
            .last_us
            .max(departs_us + self.properties.one_way_us + jitter_us);
        let round_trip_us = 2 * self.properties.one_way_us;
        let segment = &mut self.flight[at];
        segment.sent_us = self.now_us;
        if is_lost {
            segment.again_us = departs_us + ((round_trip_us + TIMEOUT_US) << segment.tries.min(8));
            segment.tries += 1;
            self.window = (self.window * 0.7).max(WINDOW);
            return;
        }
        segment.arrives_us = Some(arrives_us);
        self.last_us = arrives_us;
        let ack_us = arrives_us + self.properties.one_way_us;
        self.acks_us.push((ack_us, ack_us - self.now_us));
        for earlier in &mut self.flight {
            if earlier.arrives_us.is_none() && earlier.sent_us <= self.now_us {
                earlier.again_us = earlier.again_us.min(ack_us + round_trip_us / 4);
            }
        }
        self.deliver();
    }

    /// The time at which a segment of this length has been serialized.
    fn depart(&mut self, bytes: usize) -> u64 {
        let bits = 8 * bytes as u64;
        let bandwidth_bps = self.properties.bandwidth_bps;
        let serialised_us = bandwidth_bps.map_or(0, |bps| bits * 1_000_000 / bps);
        self.free_us = self.free_us.max(self.now_us) + serialised_us;
        self.free_us
    }

    fn jitter_us(&mut self) -> u64 {
        u64::from(self.random.below(self.properties.jitter_us as u32 + 1))
    }

    /// Delivers segments in order: a segment is readable once all before it are.
    fn deliver(&mut self) {
        let has_way = |segment: &mut Segment| segment.arrives_us.is_some();
        while let Some(segment) = self.flight.pop_front_if(has_way) {
            let before_us = self.arrived.back().map_or(0, |&(at_us, _)| at_us);
            let at_us = segment.arrives_us.unwrap_or(0).max(before_us);
            self.arrived.push_back((at_us, segment.message));
        }
    }

    fn is_lost(&mut self, departs_us: u64) -> bool {
        let minute_us = departs_us % MINUTE_US;
        let is_black = |(from_us, to_us)| (from_us..to_us).contains(&minute_us);
        let mut loss_ppm = self.properties.loss_ppm;
        if let Some(bursts) = self.properties.bursts {
            let segments = if self.is_bad {
                bursts.bad_segments
            } else {
                bursts.good_segments
            };
            self.is_bad ^= self.random.below(segments) == 0;
            loss_ppm = if self.is_bad {
                bursts.loss_ppm
            } else {
                loss_ppm
            };
        }
        self.random.below(1_000_000) < loss_ppm || self.properties.blackout_us.is_some_and(is_black)
    }
}
