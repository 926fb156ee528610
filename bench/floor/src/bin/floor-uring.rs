//! The same floor by `io_uring`: one system call for each phase of the tick. It hands over all sends of the phase and waits
//! until the next one; what came meanwhile lies in buffers that the kernel took from a ring. Sockets are registered.
//!
//! `floor-uring <port> <60|30|20|10>`: the port to listen on, and states a second.
#![expect(
    unsafe_code,
    reason = "Cargo.toml says why, and each place says why it is sound"
)]

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use floor::{SEATS, TICKS_PER_SECOND, answer, due, is_due, state};
use io_uring::squeue::{Entry, Flags};
use io_uring::types::{BufRingEntry, Fixed, SubmitArgs, Timespec};
use io_uring::{IoUring, cqueue, opcode};

const PLAYERS_MAX: u32 = 16_384;
const ENTRIES: u32 = 8_192;
/// Inputs that may come in one phase; a power of two.
const BUFFERS: u16 = 1_024;
const BUFFER_BYTES: u32 = 256;
const GROUP: u16 = 0;
/// Of a send, which only says something when it failed.
const SENT: u64 = 1 << 32;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().context("a port")?.parse()?;
    let hz: u64 = arguments.next().context("states a second")?.parse()?;
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    let (door, arrivals) = channel();
    std::thread::spawn(move || accept(&listener, &door));
    Floor::new()?.run(&arrivals, TICKS_PER_SECOND / hz.max(1))
}

/// Handshakes are over before it is measured: they may wait, beside the loop.
fn accept(listener: &TcpListener, door: &Sender<TcpStream>) -> Result<()> {
    loop {
        let (mut stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        let mut head = [0; 4096];
        let read = stream.read(&mut head)?;
        // Whoever only looks whether somebody listens sends nothing.
        if read > 0 {
            stream.write_all(answer(&head[..read]).as_bytes())?;
            door.send(stream)?;
        }
    }
}

struct Floor {
    /// Before what the kernel may still write to: it is dropped first.
    uring: IoUring,
    inbox: Inbox,
    players: Vec<Player>,
    /// The frame that is sent, for as long as anything is.
    state: Vec<u8>,
}

struct Player {
    _stream: TcpStream,
    is_open: bool,
}

impl Floor {
    fn new() -> Result<Self> {
        let uring = IoUring::builder()
            .setup_single_issuer()
            .setup_defer_taskrun()
            .setup_cqsize(4 * ENTRIES)
            .build(ENTRIES)?;
        uring.submitter().register_files_sparse(PLAYERS_MAX)?;
        let inbox = Inbox::new(&uring)?;
        Ok(Self {
            uring,
            inbox,
            players: Vec::new(),
            state: state(),
        })
    }

    fn run(&mut self, arrivals: &Receiver<TcpStream>, state_ticks: u64) -> Result<()> {
        let began = Instant::now();
        for slot in 0.. {
            self.wait(due(slot).saturating_sub(began.elapsed()))?;
            self.hear()?;
            while let Ok(stream) = arrivals.try_recv() {
                self.seat(stream)?;
            }
            for at in 0..self.players.len() {
                if self.players[at].is_open && is_due(at / SEATS, slot, state_ticks) {
                    self.send(at)?;
                }
            }
        }
        Ok(())
    }

    /// Hands over what was queued, and waits for the next phase.
    fn wait(&self, spare: Duration) -> Result<()> {
        let spare = Timespec::from(spare);
        let until = SubmitArgs::new().timespec(&spare);
        // So many completions never come: it is the time that ends it.
        match self
            .uring
            .submitter()
            .submit_with_args(ENTRIES as usize, &until)
        {
            Err(error) if error.raw_os_error() == Some(ETIME) => Ok(()),
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            waited => waited.map(drop).map_err(Into::into),
        }
    }

    /// Everything that came: its buffers go back to the kernel.
    fn hear(&mut self) -> Result<()> {
        let mut unheard = Vec::new();
        for said in self.uring.completion() {
            let at = (said.user_data() & !SENT) as usize;
            if let Some(buffer) = cqueue::buffer_select(said.flags()) {
                self.inbox.give_back(buffer);
            }
            let is_out_of_buffers = said.result() == -ENOBUFS;
            if said.result() <= 0 && !is_out_of_buffers {
                self.players[at].is_open = false;
            } else if said.user_data() & SENT == 0 && !cqueue::more(said.flags()) {
                unheard.push(at);
            }
        }
        unheard.into_iter().try_for_each(|at| self.listen(at))
    }

    fn seat(&mut self, stream: TcpStream) -> Result<()> {
        let at = self.players.len();
        let socket = [stream.as_raw_fd()];
        self.uring
            .submitter()
            .register_files_update(at as u32, &socket)?;
        self.players.push(Player {
            _stream: stream,
            is_open: true,
        });
        self.listen(at)
    }

    /// One request for all that will ever come from a player.
    fn listen(&mut self, at: usize) -> Result<()> {
        let receive = opcode::RecvMulti::new(Fixed(at as u32), GROUP).build();
        self.queue(&receive.user_data(at as u64))
    }

    fn send(&mut self, at: usize) -> Result<()> {
        let (bytes, length) = (self.state.as_ptr(), self.state.len() as u32);
        let send = opcode::Send::new(Fixed(at as u32), bytes, length).build();
        self.queue(&send.user_data(SENT | at as u64).flags(Flags::SKIP_SUCCESS))
    }

    fn queue(&mut self, entry: &Entry) -> Result<()> {
        // SAFETY: what an entry points to, `state`, is neither changed nor dropped before the ring is.
        while unsafe { self.uring.submission().push(entry) }.is_err() {
            self.uring.submit()?;
        }
        Ok(())
    }
}

/// Buffers that the kernel takes from a ring, fills, and is given back.
struct Inbox {
    ring: Box<Pages>,
    /// Written by the kernel alone, read by nobody.
    bytes: Vec<u8>,
    tail: u16,
}

/// The ring has to begin a page.
#[repr(C, align(4096))]
struct Pages([u128; BUFFERS as usize]);

impl Inbox {
    fn new(uring: &IoUring) -> Result<Self> {
        let mut inbox = Self {
            ring: Box::new(Pages([0; BUFFERS as usize])),
            bytes: vec![0; usize::from(BUFFERS) * BUFFER_BYTES as usize],
            tail: 0,
        };
        let ring = inbox.entries() as u64;
        let submitter = uring.submitter();
        // SAFETY: both allocations stay where they are until `Floor` has dropped the ring.
        unsafe { submitter.register_buf_ring_with_flags(ring, BUFFERS, GROUP, 0) }?;
        (0..BUFFERS).for_each(|buffer| inbox.give_back(buffer));
        Ok(inbox)
    }

    fn entries(&mut self) -> *mut BufRingEntry {
        (&raw mut self.ring.0).cast()
    }

    fn give_back(&mut self, buffer: u16) {
        let address = self.bytes.as_mut_ptr() as u64 + u64::from(buffer) * u64::from(BUFFER_BYTES);
        let at = usize::from(self.tail % BUFFERS);
        self.tail = self.tail.wrapping_add(1);
        let entries = self.entries();
        // SAFETY: `at` is within the ring, whose entries are plain numbers of 16 bytes; the kernel reads this one only once
        // the tail, which lies in the first one beside its other fields, is behind it.
        unsafe {
            let entry = &mut *entries.add(at);
            entry.set_addr(address);
            entry.set_len(BUFFER_BYTES);
            entry.set_bid(buffer);
            let tail = BufRingEntry::tail(entries).cast_mut();
            AtomicU16::from_ptr(tail).store(self.tail, Ordering::Release);
        }
    }
}

/// Of Linux: the time is up.
const ETIME: i32 = 62;
/// Of Linux: no buffer was left.
const ENOBUFS: i32 = 105;
