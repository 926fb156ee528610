//! The arena on tokio-tungstenite, in the simplest design: a task for each connection, a task for each room that
//! steps it 60 times per second, and channels between them. Every player gets the same complete state.
//!
//! `broadcast <port> <60|30|20|10>`; the path of a connection names room and seat: `/<room>/<seat>`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use arena::Arena;
use futures_util::{SinkExt, StreamExt};
use game::{Game, Input, InputFields as _, Mode, Pad, Roster, SeatInputs, Settings, Sim, View};
use protocol::binary::{Layout, SnapshotHeader, decode_input, encode_full, encode_header};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, mpsc};
use tokio::time::{MissedTickBehavior, interval};
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::{Bytes, Message};

const TICK: Duration = Duration::from_nanos(1_000_000_000 / 60);
const QUEUED_MAX: usize = 64;

/// A room, as seen by its connections.
#[derive(Clone)]
struct RoomHandle {
    states: broadcast::Sender<Bytes>,
    inputs: mpsc::Sender<(usize, Input)>,
}

type Rooms = Arc<Mutex<HashMap<u64, RoomHandle>>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().context("a port")?.parse()?;
    let hz: u64 = arguments.next().context("states a second")?.parse()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let rooms = Rooms::default();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let rooms = rooms.clone();
        tokio::spawn(async move {
            // A player whose connection ends has left.
            let _ = play(stream, &rooms, 60 / hz.max(1)).await;
        });
    }
}

async fn play(stream: TcpStream, rooms: &Rooms, state_ticks: u64) -> Result<()> {
    let mut place = None;
    #[allow(clippy::result_large_err, reason = "the library's own type")]
    let read_place =
        |request: &Request, mut response: Response| -> Result<Response, ErrorResponse> {
            let mut words = request
                .uri()
                .path()
                .split('/')
                .skip(1)
                .map(str::parse::<u64>);
            if let (Some(Ok(room)), Some(Ok(seat))) = (words.next(), words.next()) {
                place = Some((room, seat as usize % 5));
            }
            if let Some(protocol) = request.headers().get("sec-websocket-protocol") {
                response
                    .headers_mut()
                    .insert("sec-websocket-protocol", protocol.clone());
            }
            Ok(response)
        };
    let socket = accept_hdr_async(stream, read_place).await?;
    let (room, seat) = place.context("no place")?;
    let handle = room_handle(rooms, room, state_ticks);
    let mut states = handle.states.subscribe();
    let (mut sink, mut incoming) = socket.split();
    loop {
        tokio::select! {
            state = states.recv() => sink.send(Message::Binary(state?)).await?,
            message = incoming.next() => match message.context("gone")?? {
                Message::Binary(bytes) => {
                    for &input in decode_input(Pad::SCHEMA, &bytes)?.inputs() {
                        handle.inputs.send((seat, input)).await?;
                    }
                }
                Message::Close(_) => return Ok(()),
                _ => {}
            },
        }
    }
}

fn room_handle(rooms: &Rooms, room: u64, state_ticks: u64) -> RoomHandle {
    let mut rooms = rooms.lock().unwrap_or_else(PoisonError::into_inner);
    let open = || {
        let (states, _) = broadcast::channel(QUEUED_MAX);
        let (inputs, incoming) = mpsc::channel(QUEUED_MAX);
        tokio::spawn(run(room, states.clone(), incoming, state_ticks));
        RoomHandle { states, inputs }
    };
    rooms.entry(room).or_insert_with(open).clone()
}

/// Runs the room: steps it, and sends the state to every player.
async fn run(
    room: u64,
    states: broadcast::Sender<Bytes>,
    mut incoming: mpsc::Receiver<(usize, Input)>,
    state_ticks: u64,
) {
    let settings = Settings::defaults(Arena::SETTINGS);
    let mut sim = Sim::<Arena>::new(room, &settings, &Roster::of(5));
    let mut inputs = SeatInputs::default();
    let (mut view, mut events) = (View::default(), Vec::new());
    let mut timer = interval(TICK);
    timer.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for tick in 1u64.. {
        timer.tick().await;
        for seat_input in &mut inputs {
            seat_input.input = Pad::SCHEMA.held(seat_input.input);
        }
        while let Ok((seat, input)) = incoming.try_recv() {
            let earlier = inputs[seat].input;
            inputs[seat].input = Pad::SCHEMA.with_buttons(input, earlier);
        }
        events.clear();
        sim.step(&inputs, Mode::Authority, &mut events);
        if tick.is_multiple_of(state_ticks) {
            sim.read(&mut view);
            let header = SnapshotHeader {
                tick: view.tick,
                baseline: None,
                ack: None,
                margin: 0,
            };
            let mut state = Vec::with_capacity(256);
            encode_header(&header, &mut state);
            encode_full(Layout::of::<Arena>(), &view, &mut state);
            // An error means that no player is connected.
            let _ = states.send(state.into());
        }
    }
}
