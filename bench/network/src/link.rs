//! The link between the namespaces of the relay and of the players: packets that one TUN device gives are written to the
//! other one when they are due.

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
use crate::line::Line;

/// Packets on their way in a direction; further ones are lost, as in a router.
const PACKETS_MAX: usize = 16 * 1024;
/// Longer than any packet of a device.
const PACKET_BYTES_MAX: usize = 2048;
/// Writers look this often whether the link has ended.
const IDLE: Duration = Duration::from_secs(1);
/// Those of TCP and UDP in an IPv4 header.
const PROTOCOLS: [u8; 2] = [6, 17];

/// What was carried in one direction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Carried {
    /// Packets that were sent, lost ones included.
    pub(crate) packets: u64,
    /// Their bytes, with the headers of IP.
    pub(crate) bytes: u64,
    /// Packets that were lost.
    pub(crate) lost: u64,
    /// How much later than due each of the others was written, ms.
    pub(crate) late_ms: Vec<f64>,
}

/// The link. It ends when it is dropped.
pub(crate) struct Link {
    /// Reads the devices. None while it is dropped.
    runtime: Option<Runtime>,
    handle: Handle,
    down: Arc<Mutex<Carried>>,
    up: Arc<Mutex<Carried>>,
}

impl Link {
    /// One that carries nothing yet.
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

    /// Of the runtime that reads the devices.
    pub(crate) fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Carries packets between these devices from now on.
    pub(crate) fn start(&self, relay: Tun, players: Tun, condition: Condition, seed: u64) {
        let (relay, players) = (Arc::new(relay), Arc::new(players));
        let seeds = |direction: u64| (seed << 1 | direction) << 32;
        self.carry(
            &relay,
            &players,
            &self.down,
            Lines::new(condition, seeds(0), DESTINATION_PORT_AT),
        );
        self.carry(
            &players,
            &relay,
            &self.up,
            Lines::new(condition, seeds(1), SOURCE_PORT_AT),
        );
    }

    /// What was carried since the last call: to the players, and from them.
    pub(crate) fn take(&self) -> [Carried; 2] {
        [&self.down, &self.up].map(|carried| take(&mut *locked(carried)))
    }

    fn carry(&self, from: &Arc<Tun>, to: &Arc<Tun>, carried: &Arc<Mutex<Carried>>, lines: Lines) {
        let (sender, packets) = sync_channel(PACKETS_MAX);
        let writing = (to.clone(), carried.clone());
        thread::spawn(move || write(&packets, &writing.0, &writing.1));
        let (from, carried) = (from.clone(), carried.clone());
        let reading = async move { read(&from, lines, &sender, &carried).await };
        self.handle.spawn(reading);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // It may be dropped in another runtime, which must not be blocked.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A packet on its way, ordered by when it is due.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Packet {
    due: Instant,
    /// Of those that are due together, the first one is written first.
    number: u64,
    bytes: Vec<u8>,
}

/// Where a TCP or UDP header has the ports: that of the player in packets from players, and in packets to them.
const SOURCE_PORT_AT: usize = 0;
const DESTINATION_PORT_AT: usize = 2;

/// The lines of all connections in one direction.
struct Lines {
    condition: Condition,
    seed: u64,
    port_at: usize,
    by_connection: HashMap<(u8, [u8; 2]), Line>,
}

impl Lines {
    fn new(condition: Condition, seed: u64, port_at: usize) -> Self {
        Self {
            condition,
            seed,
            port_at,
            by_connection: HashMap::new(),
        }
    }

    /// The line of a packet's connection. None: it is neither TCP nor UDP over IPv4.
    fn of(&mut self, packet: &[u8]) -> Option<&mut Line> {
        let first = packet.first()?;
        let protocol = *packet.get(9)?;
        if first >> 4 != 4 || !PROTOCOLS.contains(&protocol) {
            return None;
        }
        let port_at = usize::from(first & 0x0f) * 4 + self.port_at;
        let port = *packet.get(port_at..)?.first_chunk()?;
        let number = self.by_connection.len() as u64;
        let (condition, seed) = (self.condition, self.seed | number);
        let line = self.by_connection.entry((protocol, port));
        Some(line.or_insert_with(|| Line::new(condition, seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))))
    }
}

/// Reads packets until the runtime or the writer ends.
async fn read(from: &Tun, mut lines: Lines, sender: &SyncSender<Packet>, carried: &Mutex<Carried>) {
    let mut bytes = vec![0; PACKET_BYTES_MAX];
    for number in 0.. {
        let Ok(length) = from.recv(&mut bytes).await else {
            return;
        };
        let packet = &bytes[..length];
        let Some(line) = lines.of(packet) else {
            continue;
        };
        let arrival = line.arrival(Instant::now());
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
            // A full device loses it.
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
