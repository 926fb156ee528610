//! The functions that JavaScript calls to play a replay. Memory is shared as in [`super`].
//!
//! A replay file is one line of JSON, `\n`, and records (docs/replay.md). JavaScript parses the line
//! with `JSON.parse`, and passes the records unchanged:
//!
//! ```text
//! const end = file.indexOf(10), header = JSON.parse(text(file.subarray(0, end)))
//! at = bytes_of(32 + name.length + roster.length + records.length)
//!     there: the settings as for `begin` (eight times four bytes, little endian, in the order that `describe_game` lists
//!     them; what the header does not name: its default), the game's name, the players as [`Roster::restore`] reads
//!     them, the records (all after the line)
//! ticks = replay_open(BigInt.asIntN(64, BigInt(header.seed)), name.length, roster.length, 0)
//! each frame: count = replay_scene(playhead)      a double in ticks, 0 to `ticks`; clamped
//!     then `numbers()` holds `count` doubles, laid out as those of `scene`: the same renderer draws them
//!     while ((count = replay_event()) > 0)        laid out as those of `next_event`
//! replay_result()                                 the ranking at the playhead, and whether the hashes are equal
//! replay_joins()                                  who joined the running match: JSON in the bytes
//! replay_close()                                  frees the memory
//! ```
//!
//! A filtered recording (the format `skirmish.snapshots.v1`) has no seed, and entries instead of records:
//! `replay_open(0n, name.length, roster.length, 1)`. Everything else is as for a replay.
//!
//! The file of a match that is still running grows. Its next records are appended:
//!
//! ```text
//! at = bytes_of(records.length)
//! ticks = replay_append()                         the new last tick; the playhead does not move
//! ```
//!
//! The playhead may move anywhere. If it advances by up to 16 ticks, all ticks between are played
//! and their events returned; any other move is a jump, without events. A jump back plays at most
//! the ticks since the last kept state (2 s in a short match), a jump forward all ticks between. A
//! replay and a match may be open at once.
#![allow(unsafe_code, reason = "of `no_mangle` alone: see `exports`")]

use game::{Reader, Roster, SETTINGS_MAX, Save, Settings};
use protocol::replay::write_joins;

use super::{refuse, settings_of, with};
use crate::numbers;
use crate::watch::Recorded;

/// Opens the replay in the bytes, or the filtered recording if `is_filtered` is 1. Returns its last tick.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn replay_open(
    seed: u64,
    name_len: usize,
    roster_len: usize,
    is_filtered: u32,
) -> u32 {
    with(|state| {
        state.watching = None;
        let parts = state.bytes.split_at_checked(4 * SETTINGS_MAX);
        let parts = parts.and_then(|(settings, rest)| {
            let (name, rest) = rest.split_at_checked(name_len)?;
            let (roster, records) = rest.split_at_checked(roster_len)?;
            Some((settings, name, roster, records))
        });
        let Some((settings, name, roster, records)) = parts else {
            return refuse("a part is missing");
        };
        let mut roster = Reader::new(roster);
        let read = Roster::restore(&mut roster);
        let Ok(roster) = read.and_then(|read| roster.end().map(|()| read)) else {
            return refuse("invalid players or records");
        };
        let Some(game) = state.game(name) else {
            return refuse("this WebAssembly is of another game");
        };
        let settings: Settings = settings_of(settings);
        if settings.check(game.settings).is_err() {
            return refuse("a setting is out of range");
        }
        let recorded = Recorded {
            seed: (is_filtered == 0).then_some(seed),
            settings,
            roster: &roster,
            records,
        };
        match (game.watch)(&recorded) {
            Ok(watch) => state.watching.insert((game, watch)).1.ticks(),
            Err(_) => refuse("invalid players or records"),
        }
    })
}

/// Appends the records in the bytes to the open replay, and returns its new last tick. Rejected, and
/// nothing changes, if they do not follow its last record.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn replay_append() -> u32 {
    with(|state| {
        if let Some((_, watch)) = &mut state.watching
            && watch.append(&state.bytes).is_ok()
        {
            return watch.ticks();
        }
        refuse("the records do not follow")
    })
}

/// Leaves the scene at a tick, with a fraction, in the numbers, in the layout of
/// [`numbers::scene`]. Rejected if an earlier record cannot be played.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn replay_scene(tick: f64) -> u32 {
    with(|state| {
        state.numbers.clear();
        let Some((game, watch)) = &mut state.watching else {
            return refuse("no replay was opened");
        };
        match watch.scene(tick) {
            Ok(scene) => numbers::scene(game.schema, scene, &mut state.numbers),
            Err(_) => return refuse("the replay cannot be played up to there"),
        }
        state.numbers.len() as u32
    })
}

/// Removes the oldest event and leaves it in the numbers; 0 if there is none.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn replay_event() -> u32 {
    with(|state| {
        state.numbers.clear();
        if let Some((game, watch)) = &mut state.watching
            && let Some(happened) = watch.poll_event()
        {
            numbers::event(game.schema, &happened, &mut state.numbers);
        }
        state.numbers.len() as u32
    })
}

/// Leaves `compared, different, first` in the numbers: the state hashes compared so far, those that
/// differ, and the tick of the first of these, or 0. If the match is over at the playhead, `rank,
/// score` of each of the five seats follow; an empty seat has rank 0.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn replay_result() -> u32 {
    with(|state| {
        state.numbers.clear();
        if let Some((_, watch)) = &state.watching {
            let hashes = watch.hashes();
            let first = hashes.first_different.unwrap_or_default();
            let compared = [hashes.compared, hashes.different, first];
            numbers::push(&compared, &mut state.numbers);
            let places = watch.outcome().map(|ranking| &ranking.places);
            for &place in places.into_iter().flatten() {
                let (rank, score) = place.unwrap_or_default();
                numbers::push(&[rank.into(), score], &mut state.numbers);
            }
        }
        state.numbers.len() as u32
    })
}

/// Leaves the players who joined the running match, at least those up to the newest tick that was played, in the
/// bytes: JSON, `[{"tick", "seat", "player"}]`.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn replay_joins() -> u32 {
    with(|state| {
        state.bytes.clear();
        if let Some((_, watch)) = &state.watching {
            write_joins(watch.joins(), &mut state.bytes);
        }
        state.bytes.len() as u32
    })
}

/// Closes the replay.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn replay_close() {
    with(|state| state.watching = None);
}
