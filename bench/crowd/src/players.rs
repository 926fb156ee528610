//! A crowd: many players on one thread with one poller. Each of them sends 30 inputs per second in its own phase.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use mio::{Events, Interest, Poll, Token};

use crate::player::{Player, Seen};
use crate::wire::{Frame, put_frame, take_frames};

/// Inputs per player and second: slightly more than 30, so that they drift through the phases of the tick.
const INPUTS_PER_SECOND: f64 = 30.3;
/// How long a thread polls after the last state before it sleeps again. On loopback a server pays for waking its
/// clients, and would pay with every write if they slept between two writes.
const LINGER: Duration = Duration::from_micros(300);
/// The longest sleep of a thread.
const STEP: Duration = Duration::from_millis(1);

/// A connected player who has not sent anything yet.
pub(crate) struct Seat {
    /// The upgraded, non-blocking stream.
    pub(crate) stream: TcpStream,
    /// Bytes that arrived after the answer to the upgrade.
    pub(crate) read: Vec<u8>,
    /// The player's behavior.
    pub(crate) player: Player,
}

/// Players who play until this value is dropped.
pub(crate) struct Crowd {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    ends: AtomicBool,
    bytes: AtomicU64,
    inputs: AtomicU64,
    seen: Mutex<Vec<Seen>>,
    /// Incremented to collect the counts of all threads.
    round: AtomicU64,
    answered: AtomicU64,
}

/// The counts of a crowd.
#[derive(Clone, Debug, Default)]
pub(crate) struct Totals {
    /// Received bytes, including frame headers.
    pub(crate) bytes: u64,
    /// Inputs sent.
    pub(crate) inputs: u64,
    /// The sum over all players.
    pub(crate) seen: Seen,
    /// Players whose match or connection ended.
    pub(crate) lost: u64,
}

impl Crowd {
    /// Plays these seats on this number of threads.
    pub(crate) fn start(mut seats: Vec<Seat>, threads: usize) -> Result<Self> {
        let shared = Arc::new(Shared::default());
        let share = seats.len().div_ceil(threads).max(1);
        let mut handles = Vec::new();
        while !seats.is_empty() {
            let rest = seats.split_off(share.min(seats.len()));
            let mine = std::mem::replace(&mut seats, rest);
            let mut thread_players = PlayerThread::new(mine, shared.clone())?;
            let thread = std::thread::Builder::new().name("crowd".to_owned());
            handles.push(thread.spawn(move || thread_players.run())?);
        }
        Ok(Self {
            shared,
            threads: handles,
        })
    }

    /// Takes the counts since the last call.
    pub(crate) fn take(&self) -> Result<Totals> {
        let round = self.shared.round.fetch_add(1, Relaxed) + 1;
        let want = round * self.threads.len() as u64;
        let until = Instant::now() + Duration::from_secs(5);
        while self.shared.answered.load(Relaxed) < want {
            if Instant::now() > until {
                return Err(anyhow!("the crowd does not answer"));
            }
            std::thread::sleep(STEP);
        }
        let mut totals = Totals {
            bytes: self.shared.bytes.swap(0, Relaxed),
            inputs: self.shared.inputs.swap(0, Relaxed),
            ..Totals::default()
        };
        let mut all = self
            .shared
            .seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for seen in all.drain(..) {
            totals.lost += u64::from(seen.over);
            totals.seen.states += seen.states;
            totals.seen.bad += seen.bad;
            totals.seen.shots += seen.shots;
            totals.seen.moved += seen.moved;
            totals.seen.visible_ms.extend(seen.visible_ms);
        }
        Ok(totals)
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.shared.ends.store(true, Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

struct Connection {
    stream: mio::net::TcpStream,
    pending: Vec<u8>,
    player: Player,
    is_open: bool,
}

/// The players of one thread.
struct PlayerThread {
    poll: Poll,
    connections: Vec<Connection>,
    shared: Arc<Shared>,
    round: u64,
    payload: Vec<u8>,
    frame: Vec<u8>,
    piece: Vec<u8>,
}

impl PlayerThread {
    fn new(seats: Vec<Seat>, shared: Arc<Shared>) -> Result<Self> {
        let poll = Poll::new()?;
        let mut connections = Vec::new();
        for seat in seats {
            let mut stream = mio::net::TcpStream::from_std(seat.stream);
            poll.registry()
                .register(&mut stream, Token(connections.len()), Interest::READABLE)
                .context("a poller")?;
            connections.push(Connection {
                stream,
                pending: seat.read,
                player: seat.player,
                is_open: true,
            });
        }
        Ok(Self {
            poll,
            connections,
            shared,
            round: 0,
            payload: Vec::new(),
            frame: Vec::new(),
            piece: vec![0; 64 * 1024],
        })
    }

    fn run(&mut self) {
        let mut events = Events::with_capacity(1024);
        let began = Instant::now();
        let mut received_at = began;
        let mut sent = 0;
        let each_second = INPUTS_PER_SECOND * self.connections.len() as f64;
        while !self.shared.ends.load(Relaxed) {
            let is_burst = received_at.elapsed() < LINGER;
            let patience = if is_burst { Duration::ZERO } else { STEP };
            let _ = self.poll.poll(&mut events, Some(patience));
            if !events.is_empty() {
                received_at = Instant::now();
            }
            for event in &events {
                self.read(event.token().0);
            }
            let due = (began.elapsed().as_secs_f64() * each_second) as u64;
            // After a stall the crowd does not catch up, because real clients do not either.
            sent = sent.max(due.saturating_sub(self.connections.len() as u64));
            while sent < due {
                self.write((sent % self.connections.len() as u64) as usize);
                sent += 1;
            }
            self.answer();
        }
    }

    fn read(&mut self, at: usize) {
        let connection = &mut self.connections[at];
        loop {
            match connection.stream.read(&mut self.piece) {
                Ok(0) => connection.is_open = false,
                Ok(n) => {
                    self.shared.bytes.fetch_add(n as u64, Relaxed);
                    connection.receive(&self.piece[..n]);
                    if n == self.piece.len() {
                        continue;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => connection.is_open = false,
            }
            return;
        }
    }

    fn write(&mut self, at: usize) {
        let connection = &mut self.connections[at];
        if !connection.is_open {
            return;
        }
        self.payload.clear();
        self.frame.clear();
        let is_text = connection.player.act(&mut self.payload);
        if !self.payload.is_empty() {
            put_frame(is_text, &self.payload, &mut self.frame);
            connection.is_open &= connection.stream.write_all(&self.frame).is_ok();
            self.shared.inputs.fetch_add(1, Relaxed);
        }
    }

    fn answer(&mut self) {
        if self.shared.round.load(Relaxed) == self.round {
            return;
        }
        self.round += 1;
        let mut all = self
            .shared
            .seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for connection in &mut self.connections {
            let mut seen = std::mem::take(&mut connection.player.seen);
            // An ended match stays ended.
            connection.player.seen.over = seen.over;
            seen.over |= !connection.is_open;
            all.push(seen);
        }
        drop(all);
        self.shared.answered.fetch_add(1, Relaxed);
    }
}

impl Connection {
    fn receive(&mut self, bytes: &[u8]) {
        let player = &mut self.player;
        let mut each = |frame: Frame<'_>| match frame {
            Frame::Text(text) => player.handle_text(text),
            Frame::Binary(bits) => player.handle_binary(bits),
            Frame::Control => {}
        };
        if self.pending.is_empty() {
            let taken = take_frames(bytes, &mut each);
            self.pending.extend_from_slice(&bytes[taken..]);
        } else {
            self.pending.extend_from_slice(bytes);
            let taken = take_frames(&self.pending, &mut each);
            self.pending.drain(..taken);
        }
    }
}
