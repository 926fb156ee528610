//! The first line of a replay: the metadata of its match, as JSON.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use game::{GAME_TEXT_BYTES_MAX, Game, Settings};
use serde::Deserialize;

use super::ReplayError;
use crate::Player;
use crate::json::write::Writer;

/// The `format` in the first line.
const FORMAT: &str = "skirmish.replay.v1";
/// The `format` in the first line of a filtered recording.
const FILTERED_FORMAT: &str = "skirmish.snapshots.v1";
/// The maximum length of a header line, bytes. 64 players need less, even if each byte of their
/// texts is escaped.
const HEADER_BYTES_MAX: usize = 256 * 1024;

/// The match of a replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayHeader {
    /// The pool of the match.
    pub pool: String,
    /// The room's id.
    pub room: String,
    /// The game's name, [`game::Game::NAME`].
    pub game: String,
    /// The seed of the match's random numbers.
    pub seed: u64,
    /// The settings of the game, by name.
    pub settings: BTreeMap<String, i64>,
    /// The players, by seat.
    pub players: Vec<Player>,
    /// When the room was created, ms since 1970.
    pub created_ms: u64,
}

#[derive(Deserialize)]
struct Line {
    format: String,
    pool: String,
    room: String,
    game: String,
    /// As text, because a double cannot represent it.
    seed: String,
    settings: BTreeMap<String, i64>,
    players: Vec<PlayerLine>,
    created_ms: i64,
}

#[derive(Deserialize)]
struct PlayerLine {
    player_id: String,
    name: String,
    colors: Vec<String>,
    /// This field and the next two are written only if they are not the default.
    #[serde(default)]
    team: Option<u8>,
    #[serde(default)]
    bot: bool,
    #[serde(default)]
    game: String,
}

impl ReplayHeader {
    /// The line, with the line break.
    pub fn to_line(&self) -> String {
        self.line(FORMAT, Some(self.seed))
    }

    /// The line of the match's [filtered recording](crate::filtered): without the seed, and without the claims of the
    /// players.
    pub(crate) fn to_filtered_line(&self) -> String {
        let mut public = self.clone();
        let players = public.players.iter_mut();
        players.for_each(|player| player.game.clear());
        public.line(FILTERED_FORMAT, None)
    }

    fn line(&self, format: &str, seed: Option<u64>) -> String {
        let mut out = Vec::new();
        let mut json = Writer::new(&mut out);
        json.open(b'{').key("format").text(format);
        json.key("pool")
            .text(&self.pool)
            .key("room")
            .text(&self.room);
        json.key("game").text(&self.game);
        if let Some(seed) = seed {
            json.key("seed").text(&seed.to_string());
        }
        json.key("settings").open(b'{');
        for (name, &value) in &self.settings {
            json.key(name).number(value);
        }
        json.close(b'}').key("players").open(b'[');
        for player in &self.players {
            put_player(&mut json, player);
        }
        let created_ms = i64::try_from(self.created_ms).unwrap_or(i64::MAX);
        json.close(b']')
            .key("created_ms")
            .number(created_ms)
            .close(b'}');
        out.push(b'\n');
        String::from_utf8_lossy(&out).into_owned()
    }

    /// The settings of the match, for its game.
    pub(crate) fn settings_of<G: Game>(&self) -> Result<Settings, ReplayError> {
        if self.game != G::NAME {
            return Err(ReplayError::Game);
        }
        let named = self.settings.iter();
        let settings = named.map(|(name, &value)| (name.as_str(), value));
        Ok(Settings::parse(G::SETTINGS, settings)?)
    }

    /// The header of a replay, and its records.
    pub fn split(replay: &[u8]) -> Result<(Self, &[u8]), ReplayError> {
        let head = &replay[..replay.len().min(HEADER_BYTES_MAX)];
        let end = head
            .iter()
            .position(|&byte| byte == b'\n')
            .ok_or(ReplayError::Header)?;
        let line: Line = serde_json::from_slice(&replay[..end]).map_err(|_| ReplayError::Header)?;
        if line.format != FORMAT {
            return Err(ReplayError::Header);
        }
        let players = line.players.into_iter().map(PlayerLine::player);
        let players = players.collect::<Result<_, _>>()?;
        let header = Self {
            pool: line.pool,
            room: line.room,
            game: line.game,
            seed: line.seed.parse().map_err(|_| ReplayError::Header)?,
            settings: line.settings,
            players,
            created_ms: line
                .created_ms
                .try_into()
                .map_err(|_| ReplayError::Header)?,
        };
        Ok((header, &replay[end + 1..]))
    }
}

/// Appends a player as JSON.
pub(crate) fn put_player(json: &mut Writer<'_>, player: &Player) {
    json.open(b'{').key("player_id").text(&player.player_id);
    json.key("name").text(&player.name).key("colors").open(b'[');
    for color in &player.colors {
        json.text(color);
    }
    json.close(b']');
    if let Some(team) = player.team {
        json.key("team").number(team.into());
    }
    if player.is_bot {
        json.key("bot").flag(true);
    }
    if !player.game.is_empty() {
        json.key("game").text(&player.game);
    }
    json.close(b'}');
}

impl PlayerLine {
    fn player(self) -> Result<Player, ReplayError> {
        if self.game.len() > GAME_TEXT_BYTES_MAX {
            return Err(ReplayError::GameText);
        }
        Ok(Player {
            player_id: self.player_id,
            name: self.name,
            colors: self.colors,
            team: self.team,
            is_bot: self.bot,
            game: self.game,
        })
    }
}
