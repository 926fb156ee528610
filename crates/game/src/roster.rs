//! The roster of a match: the players and their seats at its start.

use alloc::string::String;
use alloc::vec::Vec;

use crate::{BadState, Reader, Save, Seat, Seats};

/// The maximum length of [`Member::game`], bytes.
pub const GAME_TEXT_BYTES_MAX: usize = 256;

/// The players of a match, by seat. It does not change during the match. A client's roster has only the
/// seats, because a client predicts from the state that the server sends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    /// In the order of their seats.
    members: Vec<Member>,
}

/// A player of a roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The seat.
    pub seat: Seat,
    /// UUID text.
    pub player_id: String,
    /// The display name.
    pub name: String,
    /// The team, from 0; None: the pool has no teams.
    pub team: Option<u8>,
    /// Whether it is a bot.
    pub is_bot: bool,
    /// The claim `game` of the player's token, such as a skin or a level; empty without one. At most
    /// [`GAME_TEXT_BYTES_MAX`] bytes.
    pub game: String,
}

impl Member {
    /// A person without a name on this seat.
    pub const fn new(seat: Seat) -> Self {
        Self {
            seat,
            player_id: String::new(),
            name: String::new(),
            team: None,
            is_bot: false,
            game: String::new(),
        }
    }
}

impl Roster {
    /// This many players without names, on the first seats; for tests.
    pub fn of(players: usize) -> Self {
        Seats::first(players).into()
    }

    /// The roster with this [`Member::game`] of the player on this seat; for tests.
    #[must_use]
    pub fn with_game(mut self, seat: Seat, game: &str) -> Self {
        if let Some(member) = self.members.iter_mut().find(|member| member.seat == seat) {
            member.game = game.into();
        }
        self
    }

    /// The seats with a player.
    pub fn seats(&self) -> Seats {
        self.members.iter().map(|member| member.seat).collect()
    }

    /// The player on this seat.
    pub fn get(&self, seat: Seat) -> Option<&Member> {
        self.members.iter().find(|member| member.seat == seat)
    }

    /// [`Member::game`] of the player on this seat; empty if there is none.
    pub fn game(&self, seat: Seat) -> &str {
        self.get(seat).map_or("", |member| &member.game)
    }

    /// All players, in the order of their seats.
    pub fn iter(&self) -> impl Iterator<Item = &Member> {
        self.members.iter()
    }
}

/// Players without names.
impl From<Seats> for Roster {
    fn from(seats: Seats) -> Self {
        seats.iter().map(Member::new).collect()
    }
}

/// Of two players on one seat, the first one counts.
impl FromIterator<Member> for Roster {
    fn from_iter<I: IntoIterator<Item = Member>>(members: I) -> Self {
        let mut roster = Self::default();
        for member in members {
            roster.add(member);
        }
        roster
    }
}

impl Roster {
    /// Adds a player, unless the seat has one. There are few players, usually in order, and an insertion adds less to the
    /// browser's engine than a sort.
    fn add(&mut self, member: Member) {
        let before = |other: &&Member| other.seat < member.seat;
        let at = self.members.iter().take_while(before).count();
        if self.get(member.seat).is_none() {
            self.members.insert(at, member);
        }
    }
}

/// A byte with the number of players, then the players, in the order of their seats.
impl Save for Roster {
    fn save(&self, out: &mut Vec<u8>) {
        out.push(self.members.len() as u8);
        for member in &self.members {
            member.save(out);
        }
    }

    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState> {
        let mut members = Vec::<Member>::new();
        for _ in 0..bytes.u8()? {
            let member = Member::restore(bytes)?;
            if members.last().is_some_and(|last| last.seat >= member.seat) {
                return Err(BadState("two players on one seat, or not in order"));
            }
            members.push(member);
        }
        Ok(Self { members })
    }
}

impl Save for Member {
    fn save(&self, out: &mut Vec<u8>) {
        self.seat.save(out);
        save_text(&self.player_id, out);
        save_text(&self.name, out);
        self.team.save(out);
        self.is_bot.save(out);
        save_text(&self.game, out);
    }

    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState> {
        Ok(Self {
            seat: Seat::restore(bytes)?,
            player_id: restore_text(bytes)?,
            name: restore_text(bytes)?,
            team: Option::restore(bytes)?,
            is_bot: bool::restore(bytes)?,
            game: restore_text(bytes).and_then(check_length)?,
        })
    }
}

fn check_length(game: String) -> Result<String, BadState> {
    if game.len() <= GAME_TEXT_BYTES_MAX {
        Ok(game)
    } else {
        Err(BadState("a text for the game has more than 256 bytes"))
    }
}

/// The length in two bytes, then UTF-8.
fn save_text(text: &str, out: &mut Vec<u8>) {
    (text.len() as u16).save(out);
    out.extend_from_slice(text.as_bytes());
}

fn restore_text(bytes: &mut Reader<'_>) -> Result<String, BadState> {
    let length = bytes.u16()?;
    let text = str::from_utf8(bytes.bytes(length.into())?);
    text.map(Into::into)
        .map_err(|_| BadState("a text is not UTF-8"))
}
