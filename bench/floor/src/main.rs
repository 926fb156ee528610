//! The floor: the cost of rooms of five for a server that makes only the system calls. One thread sleeps until the
//! next phase of the tick, polls, reads every ready socket once, and writes 120 bytes to each player of the rooms of
//! that phase.
//!
//! `floor <port> <60|30|20|10>`: the port to listen on, and states per second.

use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use floor::{SEATS, TICKS_PER_SECOND, answer, due, is_due, state};
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

const LISTENER: Token = Token(usize::MAX);

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().context("a port")?.parse()?;
    let hz: u64 = arguments.next().context("states a second")?.parse()?;
    Floor::new(port)?.run(TICKS_PER_SECOND / hz.max(1))
}

struct Floor {
    poll: Poll,
    listener: TcpListener,
    players: Vec<Player>,
}

struct Player {
    stream: TcpStream,
    is_upgraded: bool,
    is_open: bool,
}

impl Floor {
    fn new(port: u16) -> Result<Self> {
        let poll = Poll::new()?;
        let mut listener = TcpListener::bind(([127, 0, 0, 1], port).into())?;
        poll.registry()
            .register(&mut listener, LISTENER, Interest::READABLE)?;
        Ok(Self {
            poll,
            listener,
            players: Vec::new(),
        })
    }

    /// In each phase of each tick, writes to the rooms that are due.
    fn run(&mut self, state_ticks: u64) -> Result<()> {
        let mut events = Events::with_capacity(8192);
        let mut piece = [0; 4096];
        let frame = state();
        let began = Instant::now();
        for slot in 0.. {
            std::thread::sleep(due(slot).saturating_sub(began.elapsed()));
            self.poll.poll(&mut events, Some(Duration::ZERO))?;
            for event in &events {
                match event.token() {
                    LISTENER => self.accept()?,
                    Token(at) => self.players[at].read(&mut piece),
                }
            }
            self.write(slot, state_ticks, &frame);
        }
        Ok(())
    }

    fn write(&mut self, slot: u64, state_ticks: u64, frame: &[u8]) {
        for (room, players) in self.players.chunks_mut(SEATS).enumerate() {
            if is_due(room, slot, state_ticks) {
                for player in players
                    .iter_mut()
                    .filter(|player| player.is_upgraded && player.is_open)
                {
                    player.is_open = player.stream.write(frame).is_ok();
                }
            }
        }
    }

    fn accept(&mut self) -> Result<()> {
        loop {
            match self.listener.accept() {
                Ok((mut stream, _)) => {
                    stream.set_nodelay(true)?;
                    let token = Token(self.players.len());
                    self.poll
                        .registry()
                        .register(&mut stream, token, Interest::READABLE)?;
                    self.players.push(Player {
                        stream,
                        is_upgraded: false,
                        is_open: true,
                    });
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Player {
    /// Reads once: fewer bytes than requested mean that nothing is left.
    fn read(&mut self, piece: &mut [u8]) {
        match self.stream.read(piece) {
            Ok(0) => self.is_open = false,
            Ok(n) if !self.is_upgraded => self.upgrade(&piece[..n]),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => self.is_open = false,
        }
    }

    fn upgrade(&mut self, head: &[u8]) {
        self.is_upgraded = self.stream.write_all(answer(head).as_bytes()).is_ok();
        self.is_open = self.is_upgraded;
    }
}
