//! The link between the namespaces of the relay and of the players: reads packets from one TUN device, and writes them to
//! the other one when they are due.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::mem::take;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_tun::Tun;

use crate::condition::Condition;
use crate::direction::Direction;

/// Maximum number of packets in flight in a direction; further ones are lost, as in a router.
const PACKETS_MAX: usize = 16 * 1024;
/// Longer than any packet of a device.
const PACKET_BYTES_MAX: usize = 2048;
/// How often writers check whether the link has ended.
const IDLE: Duration = Duration::from_secs(1);
/// The protocol numbers of TCP and UDP in an IPv4 header.
const PROTOCOLS: [u8; 2] = [6, 17];

/// Counts of the packets in one direction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Carried {
    /// Packets that were sent, including lost ones.
    pub(crate) packets: u64,
    /// Bytes of these packets, including IP headers.
    pub(crate) bytes: u64,
    /// Packets that were lost.
    pub(crate) lost: u64,
    /// How late each of the other packets was written, ms.
    pub(crate) late_ms: Vec<f64>,
}

/// The link. It ends when it is dropped.
pub(crate) struct Link {
    /// The runtime that reads the devices. None while the link is dropped.
    runtime: Option<Runtime>,
    handle: Handle,
    down: Arc<Mutex<Carried>>,
    up: Arc<Mutex<Carried>>,
}

impl Link {
    /// A link that does not carry packets yet.
    pub(crate) fn new() -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_io()
            .build()?;
        Ok(Self {
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
            down: Arc::default(),
            up: Arc::default(),
        })
    }

    /// The handle of the runtime that reads the devices.
    pub(crate) fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Starts to carry packets between these devices.
    pub(crate) fn start(&self, relay: Tun, players: Tun, condition: Condition, seed: u64) {
        let (relay, players) = (Arc::new(relay), Arc::new(players));
        let seeds = |direction: u64| (seed << 1 | direction) << 32;
        self.carry(
            &relay,
            &players,
            &self.down,
            Directions::new(condition, seeds(0), DESTINATION_PORT_AT),
        );
        self.carry(
            &players,
            &relay,
            &self.up,
            Directions::new(condition, seeds(1), SOURCE_PORT_AT),
        );
    }

    /// The counts since the last call: to the players, and from them.
    pub(crate) fn take(&self) -> [Carried; 2] {
        [&self.down, &self.up].map(|carried| take(&mut *locked(carried)))
    }

    fn carry(
        &self,
        from: &Arc<Tun>,
        to: &Arc<Tun>,
        carried: &Arc<Mutex<Carried>>,
        directions: Directions,
    ) {
        let (sender, packets) = sync_channel(PACKETS_MAX);
        let writing = (to.clone(), carried.clone());
        thread::spawn(move || write(&packets, &writing.0, &writing.1));
        let (from, carried) = (from.clone(), carried.clone());
        let reading = async move { read(&from, directions, &sender, &carried).await };
        self.handle.spawn(reading);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // The link may be dropped in another runtime, which must not be blocked.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A packet in flight, ordered by its arrival.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Packet {
    due: Instant,
    /// Packets that are due at the same time are written in the order in which they were sent.
    number: u64,
    bytes: Vec<u8>,
}

/// Where a TCP or UDP header has the ports: that of the player in packets from players, and in packets to them.
const SOURCE_PORT_AT: usize = 0;
const DESTINATION_PORT_AT: usize = 2;

/// All connections in one direction.
struct Directions {
    condition: Condition,
    seed: u64,
    port_at: usize,
    by_connection: HashMap<(u8, [u8; 2]), Direction>,
}

impl Directions {
    fn new(condition: Condition, seed: u64, port_at: usize) -> Self {
        Self {
            condition,
            seed,
            port_at,
            by_connection: HashMap::new(),
        }
    }

    /// The direction of a packet's connection. None: the packet is neither TCP nor UDP over IPv4.
    fn of(&mut self, packet: &[u8]) -> Option<&mut Direction> {
        let first = packet.first()?;
        let protocol = *packet.get(9)?;
        if first >> 4 != 4 || !PROTOCOLS.contains(&protocol) {
            return None;
        }
        let port_at = usize::from(first & 0x0f) * 4 + self.port_at;
        let port = *packet.get(port_at..)?.first_chunk()?;
        let number = self.by_connection.len() as u64;
        let (condition, seed) = (self.condition, self.seed | number);
        let direction = self.by_connection.entry((protocol, port));
        Some(
            direction.or_insert_with(|| {
                Direction::new(condition, seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
            }),
        )
    }
}

/// Reads packets until the runtime or the writer ends.
async fn read(
    from: &Tun,
    mut directions: Directions,
    sender: &SyncSender<Packet>,
    carried: &Mutex<Carried>,
) {
    let mut bytes = vec![0; PACKET_BYTES_MAX];
    for number in 0.. {
        let Ok(length) = from.recv(&mut bytes).await else {
            return;
        };
        let packet = &bytes[..length];
        let Some(direction) = directions.of(packet) else {
            continue;
        };
        let arrival = direction.arrival(Instant::now());
        let is_taken = arrival.is_some_and(|due| {
            let bytes = packet.to_vec();
            sender.try_send(Packet { due, number, bytes }).is_ok()
        });
        let mut carried = locked(carried);
        carried.packets += 1;
        carried.bytes += length as u64;
        carried.lost += u64::from(!is_taken);
    }
}

/// Writes packets when they are due, until the reader has ended.
fn write(packets: &Receiver<Packet>, to: &Tun, carried: &Mutex<Carried>) {
    let mut waiting: BinaryHeap<Reverse<Packet>> = BinaryHeap::new();
    loop {
        let due = waiting.peek().map(|Reverse(packet)| packet.due);
        let patience = due.map_or(IDLE, |due| due.saturating_duration_since(Instant::now()));
        match packets.recv_timeout(patience) {
            Ok(packet) => waiting.push(Reverse(packet)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        while let Some(packet) = pop_due(&mut waiting) {
            // A full device drops the packet.
            let _ = to.try_send(&packet.bytes);
            let late = packet.due.elapsed();
            locked(carried).late_ms.push(late.as_secs_f64() * 1e3);
        }
    }
}

fn pop_due(waiting: &mut BinaryHeap<Reverse<Packet>>) -> Option<Packet> {
    let Reverse(first) = waiting.peek()?;
    let is_due = first.due <= Instant::now();
    is_due
        .then(|| waiting.pop())
        .flatten()
        .map(|Reverse(packet)| packet)
}

fn locked(carried: &Mutex<Carried>) -> MutexGuard<'_, Carried> {
    carried.lock().unwrap_or_else(PoisonError::into_inner)
}
