//! The saved form of a room, in bytes.

use game::{
    BadState, Game, Input, InputSchema, Reader, Save, Seat, SeatInput, SeatInputs, Seats, Settings,
    Sim, slots,
};
use protocol::record::{MatchState, Presence, Presences};

use crate::actions::{RESULTS_MAX, Results};
use crate::seat_state::SeatState;
use crate::{Player, RoomConfig};

/// The version of the format.
const VERSION: u8 = 3;
/// An older version, whose players have no team, no bot flag and no text for the game.
const VERSION_WITHOUT_ROSTER: u8 = 2;
/// An even older version, which also lacks the name of the game.
const VERSION_WITHOUT_GAME: u8 = 1;

/// A saved room, which is between two ticks.
pub(crate) struct Kept<G> {
    /// Its epoch is that of the relay that reads it.
    pub(crate) config: RoomConfig,
    pub(crate) players: Vec<Player>,
    /// By seat.
    pub(crate) joined_at: Vec<u32>,
    /// The tick of the newest record.
    pub(crate) tick: u32,
    pub(crate) inputs: SeatInputs,
    pub(crate) is_replay_given_up: bool,
    /// By seat; empty in a game without commands.
    pub(crate) results: Vec<Results>,
    pub(crate) recorded: MatchState<G>,
}

/// The source from which [`Kept`] is written.
pub(crate) struct Keep<'a, G> {
    pub(crate) config: &'a RoomConfig,
    pub(crate) players: &'a [Player],
    pub(crate) joined_at: &'a [u32],
    pub(crate) seat_states: &'a [SeatState],
    pub(crate) tick: u32,
    pub(crate) inputs: &'a SeatInputs,
    pub(crate) is_replay_given_up: bool,
    pub(crate) recorded: &'a MatchState<G>,
}

impl<G: Game> Keep<'_, G> {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let config = self.config;
        out.push(VERSION);
        put_text(out, G::NAME);
        put_text(out, &config.room_id);
        out.extend_from_slice(&config.seed.to_le_bytes());
        for value in config.settings.0 {
            out.extend_from_slice(&value.to_le_bytes());
        }
        out.extend_from_slice(&config.grace_frames.to_le_bytes());
        out.push(self.players.len() as u8);
        for (player, joined_at) in self.players.iter().zip(self.joined_at) {
            put_text(out, &player.player_id);
            put_text(out, &player.name);
            out.push(player.colors.len() as u8);
            player.colors.iter().for_each(|color| put_text(out, color));
            player.team.save(out);
            player.is_bot.save(out);
            put_text(out, &player.game);
            out.extend_from_slice(&joined_at.to_le_bytes());
        }
        out.extend_from_slice(&self.tick.to_le_bytes());
        out.push(self.is_replay_given_up.into());
        let presence = self.recorded.presence();
        let all = Seat::all().take(self.inputs.len());
        out.extend(all.map(|seat| presence.get(seat) as u8));
        for SeatInput { input, view_delay } in self.inputs {
            out.extend_from_slice(&input.0.to_le_bytes());
            out.extend_from_slice(&view_delay.to_le_bytes());
        }
        if !G::COMMANDS.is_empty() {
            for seat_state in self.seat_states {
                put_results(out, &seat_state.actions.results);
            }
        }
        self.recorded.sim().save(out);
    }
}

impl<G: Game> Kept<G> {
    /// Reads what [`Keep::write`] wrote. Other bytes are an error, never a panic.
    pub(crate) fn read(epoch: u64, bytes: &[u8]) -> Result<Self, BadState> {
        let has_roster = bytes.first().is_some_and(|&version| version == VERSION);
        let mut bytes = Reader::new(bytes);
        if take_game(&mut bytes)?.is_some_and(|game| game != G::NAME) {
            return Err(BadState("a room of another game"));
        }
        let config = RoomConfig {
            room_id: take_text(&mut bytes)?,
            epoch,
            seed: bytes.u64()?,
            settings: take_settings(&mut bytes)?,
            grace_frames: bytes.u32()?,
        };
        let (players, joined_at) = take_players(has_roster, &mut bytes)?;
        let tick = bytes.u32()?;
        let is_replay_given_up = bytes.flag()?;
        let mut presence = Presences::default();
        for seat in Seat::all().take(slots(&G::SEATS)) {
            presence.set(seat, take_presence(&mut bytes)?);
        }
        let mut inputs = SeatInputs::neutral(slots(&G::SEATS));
        for seat_input in &mut inputs {
            *seat_input = take_seat_input(G::INPUT, &mut bytes)?;
        }
        let results = match G::COMMANDS {
            [] => Vec::new(),
            _ => players
                .iter()
                .map(|_| take_results(&mut bytes))
                .collect::<Result<_, _>>()?,
        };
        let sim = Sim::restore(bytes.rest())?;
        // The last record of a match can be one without a step.
        if tick.checked_sub(sim.tick()).is_none_or(|ahead| ahead > 1) {
            return Err(BadState("its tick is not that of its match"));
        }
        Ok(Self {
            config,
            joined_at,
            tick,
            inputs,
            is_replay_given_up,
            results,
            recorded: MatchState::from_state(sim, Seats::first(players.len()), presence),
            players,
        })
    }
}

/// The name of the game of a saved room; None: it was saved by a relay of 0.2.0, which did not store the name.
///
/// # Errors
/// When the bytes are not a saved room.
pub fn saved_game(bytes: &[u8]) -> Result<Option<&str>, BadState> {
    take_game(&mut Reader::new(bytes))
}

fn take_game<'a>(bytes: &mut Reader<'a>) -> Result<Option<&'a str>, BadState> {
    match bytes.u8()? {
        VERSION_WITHOUT_GAME => Ok(None),
        VERSION | VERSION_WITHOUT_ROSTER => {
            let length = bytes.u16()?;
            let name = str::from_utf8(bytes.bytes(length.into())?);
            name.map(Some).map_err(|_| BadState("a text is not UTF-8"))
        }
        _ => Err(BadState("a room of another version")),
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(&(text.len() as u16).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn take_text(bytes: &mut Reader<'_>) -> Result<String, BadState> {
    let length = bytes.u16()?;
    let text = str::from_utf8(bytes.bytes(length.into())?);
    text.map(str::to_owned)
        .map_err(|_| BadState("a text is not UTF-8"))
}

fn put_results(out: &mut Vec<u8>, results: &Results) {
    out.push(results.len() as u8);
    for (id, result) in results {
        out.extend_from_slice(&id.to_le_bytes());
        out.push(result.is_ok().into());
        match result {
            Ok(tick) => out.extend_from_slice(&tick.to_le_bytes()),
            Err(reason) => put_text(out, reason),
        }
    }
}

fn take_results(bytes: &mut Reader<'_>) -> Result<Results, BadState> {
    let count = bytes.u8()?;
    if usize::from(count) > RESULTS_MAX {
        return Err(BadState("more results than a room remembers"));
    }
    let take = |_| {
        let id = bytes.u32()?;
        let result = if bytes.flag()? {
            Ok(bytes.u32()?)
        } else {
            Err(take_text(bytes)?.into())
        };
        Ok((id, result))
    };
    (0..count).map(take).collect()
}

fn take_settings(bytes: &mut Reader<'_>) -> Result<Settings, BadState> {
    let mut settings = Settings([0; game::SETTINGS_MAX]);
    for value in &mut settings.0 {
        *value = bytes.u32()? as i32;
    }
    Ok(settings)
}

/// The players, and their first ticks.
fn take_players(
    has_roster: bool,
    bytes: &mut Reader<'_>,
) -> Result<(Vec<Player>, Vec<u32>), BadState> {
    (0..bytes.u8()?)
        .map(|_| {
            let mut player = Player {
                player_id: take_text(bytes)?,
                name: take_text(bytes)?,
                colors: (0..bytes.u8()?)
                    .map(|_| take_text(bytes))
                    .collect::<Result<_, _>>()?,
                ..Player::default()
            };
            if has_roster {
                player.team = Option::restore(bytes)?;
                player.is_bot = bytes.flag()?;
                player.game = take_text(bytes)?;
            }
            let joined_at = if has_roster { bytes.u32()? } else { 0 };
            Ok((player, joined_at))
        })
        .collect()
}

fn take_presence(bytes: &mut Reader<'_>) -> Result<Presence, BadState> {
    match bytes.u8()? {
        0 => Ok(Presence::Here),
        1 => Ok(Presence::Away),
        2 => Ok(Presence::Left),
        _ => Err(BadState("a seat is neither taken nor left")),
    }
}

fn take_seat_input(schema: &InputSchema, bytes: &mut Reader<'_>) -> Result<SeatInput, BadState> {
    Ok(SeatInput {
        input: schema.in_range(Input(bytes.u64()?)),
        view_delay: bytes.u16()?.min(game::VIEW_DELAY_MAX),
    })
}
