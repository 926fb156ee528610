//! The state of a room for operators, by the names of the game's fields.

use game::{Game, Seats, View};
use protocol::{Frame, encode_body};

use crate::room::Room;

impl<G: Game> Room<G> {
    /// The newest tick as a JSON object with the members of a snapshot that are the same for all clients. Without
    /// `everything`, without what the game hides from anybody. None: the state breaks the game's schema.
    pub fn describe(&self, everything: bool) -> Option<Vec<u8>> {
        let sim = self.shown.sim();
        let mut view = View::default();
        sim.read(&mut view);
        G::SCHEMA.check(&view).ok()?;
        if !everything {
            sim.hide(&mut view, None);
        }
        let alive = Seats::first(self.players.len()).iter();
        let frame = Frame {
            view: &view,
            players: &self.players,
            alive: alive.filter(|&seat| sim.game().is_alive(seat)).collect(),
            online: self.online(),
        };
        let mut json = vec![b'{'];
        encode_body::<G>(&frame, &mut json);
        json.push(b'}');
        Some(json)
    }
}
