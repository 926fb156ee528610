//! Owns one seat of a room: whose connection sits there, what it asked for and what it must still be told.

use protocol::{CloseCode, Encoding};

use crate::inputs::Inputs;
use crate::lane::Lane;

/// Whether a player is there, as the game knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    Here,
    Away,
    Left,
}

/// A seat that a player was given. He may be away, or gone for good.
#[derive(Clone, Debug)]
pub(crate) struct Chair {
    /// How its connection speaks; none while the player is away.
    pub(crate) connection: Option<Encoding>,
    /// Given up for good.
    pub(crate) left: bool,
    /// What the game was told last.
    pub(crate) told: Presence,
    pub(crate) inputs: Inputs,
    pub(crate) lane: Lane,
    pub(crate) snapshot_due: bool,
    close: Option<CloseCode>,
}

impl Chair {
    pub(crate) fn new() -> Self {
        Self {
            connection: None,
            left: false,
            told: Presence::Here,
            inputs: Inputs::new(),
            lane: Lane::default(),
            snapshot_due: false,
            close: None,
        }
    }

    pub(crate) fn presence(&self) -> Presence {
        match self.connection {
            _ if self.left => Presence::Left,
            Some(_) => Presence::Here,
            None => Presence::Away,
        }
    }

    pub(crate) fn connect(&mut self, encoding: Encoding) {
        self.disconnect();
        if self.left {
            self.close = Some(CloseCode::Left);
            return;
        }
        self.connection = Some(encoding);
        self.inputs.reset();
        self.snapshot_due = true;
    }

    pub(crate) fn disconnect(&mut self) {
        self.connection = None;
        self.lane.clear();
        self.snapshot_due = false;
        self.close = None;
    }

    /// Ends the connection from our side; the caller learns it by [`Chair::poll_close`].
    pub(crate) fn give_up(&mut self, code: CloseCode) {
        if self.connection.is_some() {
            self.disconnect();
            self.close = Some(code);
        }
    }

    /// Ends the connection once everything in the lane was taken.
    pub(crate) fn close_when_told(&mut self, code: CloseCode) {
        self.close = Some(code);
    }

    pub(crate) fn poll_close(&mut self) -> Option<CloseCode> {
        if self.lane.is_empty() {
            self.close.take()
        } else {
            None
        }
    }
}
