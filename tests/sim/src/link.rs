//! One direction of a modeled connection: data of its stream arrives in order, as late as the network makes it; a
//! datagram arrives by itself, or never.
//!
//! Modelled: the way, its jitter (no segment overtakes another), loss with head-of-line blocking until a retransmission
//! (by the acknowledgement of a later segment and a quarter of the round trip, as Linux does it, or by a timeout that
//! doubles), serialisation at the bandwidth, a window of segments under way that grows while it is too small (quickly
//! until the round trip grows, too, then by one in each), and a sender that sees whether anything waits unsent
//! (`TCP_NOTSENT_LOWAT`). Datagrams share the bandwidth, have a window of bytes, and may overtake each other. Not modelled: lost
//! acknowledgements, and other traffic.

use std::collections::VecDeque;

use game::Random;
use protocol::Form;

use crate::Line;

/// The least timeout of a retransmission beyond the round trip.
const TIMEOUT_US: u64 = 200_000;
/// What a segment carries beside the message: IP 20, TCP 32, WebSocket 2 to 6.
const OVERHEAD_BYTES: usize = 56;
/// What a datagram carries beside the message: IP 20, UDP 8, QUIC 11, its authentication 16, WebTransport 4.
const DATAGRAM_OVERHEAD_BYTES: usize = 59;
/// Bytes of datagrams under way, at most: the least window of QUIC.
const DATAGRAM_WINDOW_BYTES: usize = 12_000;
/// Segments under way, at most, when a connection begins.
const WINDOW: f64 = 10.0;
const MINUTE_US: u64 = 60_000_000;

/// A message and the form it travels in.
pub type Message = (Form, Vec<u8>);

/// One direction of a connection. Times are microseconds and never go back.
#[derive(Debug)]
pub struct Link {
    line: Line,
    random: Random,
    is_bad: bool,
    now_us: u64,
    unsent: VecDeque<Message>,
    /// Sent, and what is before it did not arrive.
    flight: VecDeque<Segment>,
    /// When the acknowledgements of what arrived come back, and how long after it was sent.
    acks_us: Vec<(u64, u64)>,
    window: f64,
    arrived: VecDeque<(u64, Message)>,
    /// In the order of their arrival.
    datagrams: VecDeque<(u64, Vec<u8>)>,
    /// When each datagram is acknowledged or noticed to be lost, and its bytes.
    unacked: Vec<(u64, usize)>,
    free_us: u64,
    last_us: u64,
}

#[derive(Debug)]
struct Segment {
    message: Message,
    sent_us: u64,
    /// None: it is lost, and sent again at `again_us`.
    arrives_us: Option<u64>,
    again_us: u64,
    tries: u32,
}

impl Link {
    /// A connection over this line.
    pub fn new(line: Line, seed: u64) -> Self {
        Self {
            line,
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

    /// Whether nothing waits unsent.
    pub fn is_writable(&mut self, now_us: u64) -> bool {
        self.advance(now_us);
        self.unsent.is_empty()
    }

    /// Whether a datagram would be sent at once. QUIC's window counts bytes, as TCP's counts segments.
    pub fn takes_datagram(&mut self, now_us: u64) -> bool {
        self.unacked.retain(|&(noticed_us, _)| noticed_us > now_us);
        let bytes: usize = self.unacked.iter().map(|&(_, bytes)| bytes).sum();
        self.is_writable(now_us) && bytes < DATAGRAM_WINDOW_BYTES
    }

    /// Sends a message that is lost with its segment.
    pub fn write_datagram(&mut self, now_us: u64, bytes: Vec<u8>) {
        self.advance(now_us);
        let segment_bytes = bytes.len() + DATAGRAM_OVERHEAD_BYTES;
        let departs_us = self.depart(segment_bytes);
        let is_lost = self.is_lost(departs_us);
        let arrives_us = departs_us + self.line.one_way_us + self.jitter_us();
        let noticed_us = arrives_us + self.line.one_way_us;
        self.unacked.push((noticed_us, segment_bytes));
        if is_lost {
            return;
        }
        let at = self.datagrams.partition_point(|&(us, _)| us <= arrives_us);
        self.datagrams.insert(at, (arrives_us, bytes));
    }

    /// Takes a message.
    pub fn write(&mut self, now_us: u64, message: Message) {
        self.advance(now_us);
        self.unsent.push_back(message);
        self.advance(now_us);
    }

    /// The next message that has arrived by now, and when it did.
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
        let usual_us = 2 * self.line.one_way_us + self.line.jitter_us;
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
            .max(departs_us + self.line.one_way_us + jitter_us);
        let round_trip_us = 2 * self.line.one_way_us;
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
        let ack_us = arrives_us + self.line.one_way_us;
        self.acks_us.push((ack_us, ack_us - self.now_us));
        for earlier in &mut self.flight {
            if earlier.arrives_us.is_none() && earlier.sent_us <= self.now_us {
                earlier.again_us = earlier.again_us.min(ack_us + round_trip_us / 4);
            }
        }
        self.deliver();
    }

    /// When a segment of this length has left.
    fn depart(&mut self, bytes: usize) -> u64 {
        let bits = 8 * bytes as u64;
        let bandwidth_bps = self.line.bandwidth_bps;
        let serialised_us = bandwidth_bps.map_or(0, |bps| bits * 1_000_000 / bps);
        self.free_us = self.free_us.max(self.now_us) + serialised_us;
        self.free_us
    }

    fn jitter_us(&mut self) -> u64 {
        u64::from(self.random.below(self.line.jitter_us as u32 + 1))
    }

    /// What arrives in order is readable when all before it is.
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
        let mut loss_ppm = self.line.loss_ppm;
        if let Some(bursts) = self.line.bursts {
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
        self.random.below(1_000_000) < loss_ppm || self.line.blackout_us.is_some_and(is_black)
    }
}
