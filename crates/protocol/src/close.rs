//! Close codes of the game socket.

/// Application close codes, 4000–4099; PROTOCOL.md has the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseCode {
    /// The match is over; `over` was sent.
    MatchOver = 4000,
    /// Another connection took the seat.
    Superseded = 4001,
    /// The player forfeited, or the player's record expired.
    Left = 4002,
    /// Another relay owns the room now. Its address is in `moved` or in `GET /lobby/me`.
    Moved = 4003,
    /// The room failed and its match is void.
    RoomFailed = 4004,
    /// A message that does not decode.
    BadMessage = 4010,
    /// More messages than the limit.
    Flood = 4011,
    /// The client did not read its reliable messages in time.
    TooSlow = 4012,
}

impl CloseCode {
    /// Every code, in order.
    pub const ALL: [Self; 8] = [
        Self::MatchOver,
        Self::Superseded,
        Self::Left,
        Self::Moved,
        Self::RoomFailed,
        Self::BadMessage,
        Self::Flood,
        Self::TooSlow,
    ];

    /// The number on the wire.
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// The reason text of the close frame, at most 123 bytes.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::MatchOver => "match over",
            Self::Superseded => "another connection took the seat",
            Self::Left => "the player left the match",
            Self::Moved => "the room moved",
            Self::RoomFailed => "the room failed",
            Self::BadMessage => "bad message",
            Self::Flood => "too many messages",
            Self::TooSlow => "too slow",
        }
    }

    /// The code with this number, if there is one.
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.code() == code)
    }
}
