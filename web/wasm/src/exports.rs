//! The functions that JavaScript calls, and the memory that both sides share. One more, `start`, is in
//! the program `engine`, which chooses the game; it must be the first call.
//!
//! `bytes_of(len)` allocates a buffer of `len` bytes and returns its address; the caller writes the
//! argument of the next call there. Calls that return a text or a frame return its length and leave
//! it in the same buffer (`bytes`). Calls that return numbers return their count and leave them at
//! `numbers`. Memory may move with every call: create new views of it. Times are microseconds on
//! any monotonic clock.
//!
//! A panic stops the instance: the call traps, and `error_text` still returns the message.
#![allow(unsafe_code, reason = "of `no_mangle` alone: see below")]
// `no_mangle` is unsafe because another symbol of the same name might be linked. In WebAssembly
// nothing else with these names is linked, and on other targets the attribute is absent.
// No function here dereferences a pointer or has an unsafe block: the memory that both sides
// use consists of two vectors, which the caller accesses only between calls.

use std::cell::RefCell;
use std::panic;

use game::{Seat, Seats, Settings};
use netclient::{Spectator, Welcome};

use crate::games::Entry;
use crate::play::Play;
use crate::{describe, input, numbers};

pub mod replay;

/// Returned by a rejected call; `error_text` returns the reason.
const REFUSED: u32 = u32::MAX;

struct State {
    /// The game of this module.
    game: Option<&'static Entry>,
    bytes: Vec<u8>,
    numbers: Vec<f64>,
    playing: Option<(&'static Entry, Box<dyn Play>)>,
    watching: Option<(&'static Entry, Spectator)>,
}

impl State {
    /// The game of this module, if this is its name.
    fn game(&self, name: &[u8]) -> Option<&'static Entry> {
        self.game.filter(|game| game.name.as_bytes() == name)
    }
}

thread_local! {
    static STATE: RefCell<State> = const {
        RefCell::new(State {
            game: None,
            bytes: Vec::new(),
            numbers: Vec::new(),
            playing: None,
            watching: None,
        })
    };
    /// Separate from the state, which stays borrowed after a panic.
    static ERROR: RefCell<String> = const { RefCell::new(String::new()) };
}

fn with<T>(act: impl FnOnce(&mut State) -> T) -> T {
    STATE.with_borrow_mut(act)
}

fn refuse(why: &str) -> u32 {
    ERROR.with_borrow_mut(|error| {
        error.clear();
        error.push_str(why);
    });
    REFUSED
}

/// Sets the game of this module. From then on, the message of a panic is kept for `error_text`.
pub fn start(game: Option<&'static Entry>) {
    panic::set_hook(Box::new(|info| {
        refuse(&info.to_string());
    }));
    with(|state| state.game = game);
}

/// Allocates a buffer of `len` bytes, and returns its address.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn bytes_of(len: usize) -> *const u8 {
    with(|state| {
        state.bytes.clear();
        state.bytes.resize(len, 0);
        state.bytes.as_ptr()
    })
}

/// Address of the bytes of the last call.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn bytes() -> *const u8 {
    with(|state| state.bytes.as_ptr())
}

/// Address of the numbers of the last call.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn numbers() -> *const f64 {
    with(|state| state.numbers.as_ptr())
}

/// Length of the message of the last rejected or trapped call; `error_at` is its address.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn error_text() -> u32 {
    // After a trap the state may stay borrowed, so the error text is stored separately.
    ERROR.with_borrow(|error| error.len() as u32)
}

/// Address of the message of `error_text`.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn error_at() -> *const u8 {
    ERROR.with_borrow(|error| error.as_ptr())
}

/// Describes the game whose name is in the bytes: leaves JSON in the bytes, and in the numbers the
/// values of its constants, then the default, the least and the greatest value of each setting.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn describe_game() -> u32 {
    with(|state| {
        let Some(game) = state.game(&state.bytes) else {
            return refuse("this WebAssembly is of another game");
        };
        state.bytes.clear();
        describe::describe(game, &mut state.bytes);
        state.numbers.clear();
        for &(_, value) in game.constants {
            state.numbers.push(value.into());
        }
        for setting in game.settings {
            let values = [setting.default, setting.min, setting.max];
            state.numbers.extend(values.map(f64::from));
        }
        state.bytes.len() as u32
    })
}

/// Starts or restarts a match. The bytes are eight settings of four bytes each, then the game's
/// name. `seats` has a bit for each occupied seat. `over_datagrams`: 1 if the connection is WebTransport.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn begin(
    now_us: f64,
    seat: u32,
    tick: u32,
    seats: u64,
    snapshot_hz: u32,
    over_datagrams: u32,
) -> u32 {
    with(|state| {
        let Some((settings, name)) = state.bytes.split_at_checked(size_of::<Settings>()) else {
            return refuse("settings are missing");
        };
        let (Some(game), Some(seat)) = (state.game(name), Seat::new(seat as usize)) else {
            return refuse("no such game, or no such seat");
        };
        let settings = settings_of(settings);
        if settings.check(game.settings).is_err() {
            return refuse("a setting is out of range");
        }
        let welcome = Welcome {
            seat,
            tick,
            settings,
            seats: Seats::from_bits(seats),
            snapshot_hz,
        };
        let now_us = now_us as u64;
        match &mut state.playing {
            Some((before, play)) if before.name == game.name => play.reset(now_us, &welcome),
            playing => *playing = Some((game, (game.begin)(now_us, &welcome))),
        }
        if let (1, Some((_, play))) = (over_datagrams, &mut state.playing) {
            play.use_datagrams();
        }
        0
    })
}

/// Handles the binary frame in the bytes.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn receive(now_us: f64) -> u32 {
    with(|state| match &mut state.playing {
        Some((_, play)) => match play.receive(now_us as u64, &state.bytes) {
            Ok(()) => 0,
            Err(error) => refuse(&error.to_string()),
        },
        None => refuse("no match was begun"),
    })
}

/// Sets the player's input from now on. The bytes are a double for each field, in order, and two
/// for a direction, as [`input::of_numbers`] reads them.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn set_input() {
    with(|state| {
        if let Some((game, play)) = &mut state.playing {
            play.set_input(input::of_numbers(game.input, &state.bytes));
        }
    });
}

/// Leaves the frame to send now in the bytes; 0 if there is none.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn transmit(now_us: f64) -> u32 {
    with(|state| {
        state.bytes.clear();
        if let Some((_, play)) = &mut state.playing {
            play.transmit(now_us as u64, &mut state.bytes);
        }
        state.bytes.len() as u32
    })
}

/// Leaves the scene to draw now in the numbers, in the layout of [`numbers::scene`]; 0 before
/// `begin`.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn scene(now_us: f64) -> u32 {
    with(|state| {
        state.numbers.clear();
        if let Some((game, play)) = &mut state.playing {
            numbers::scene(game.schema, play.scene(now_us as u64), &mut state.numbers);
        }
        state.numbers.len() as u32
    })
}

/// Removes the oldest event and leaves it in the numbers; 0 if there is none.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn next_event() -> u32 {
    with(|state| {
        state.numbers.clear();
        if let Some((game, play)) = &mut state.playing
            && let Some(happened) = play.next_event()
        {
            numbers::event(game.schema, &happened, &mut state.numbers);
        }
        state.numbers.len() as u32
    })
}

/// Leaves the statistics in the numbers.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn stats(now_us: f64) -> u32 {
    with(|state| {
        state.numbers.clear();
        if let Some((_, play)) = &state.playing {
            numbers::stats(&play.stats(now_us as u64), &mut state.numbers);
        }
        state.numbers.len() as u32
    })
}

/// The determinism check of the game whose name is in the bytes: a hash over all states; 0 if there
/// is no such game.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn determinism_check(seed: u64, ticks: u32) -> u64 {
    let game = with(|state| state.game(&state.bytes));
    game.map_or(0, |game| (game.determinism_check)(seed, ticks))
}

fn settings_of(bytes: &[u8]) -> Settings {
    let mut settings = Settings([0; game::SETTINGS_MAX]);
    for (slot, bytes) in settings.0.iter_mut().zip(bytes.chunks_exact(4)) {
        *slot = bytes.try_into().map_or(0, i32::from_le_bytes);
    }
    settings
}
