//! Bots that play a match: a game's [`Bot`] behind a [`NetClient`], for every game of the registry.

use game::{Bot, Game, Seat, Seats, Settings};
use netclient::{Error, NetClient, Stats};
use protocol::Welcome;

macro_rules! entries {
    ($($game:ty, $bot:ty;)*) => { &[$(Entry::of::<$game, $bot>()),*] };
}

const GAMES: &[Entry] = registry::each_game!(entries);

struct Entry {
    name: &'static str,
    begin: fn(u64, &Welcome, u64) -> Option<Box<dyn Player>>,
}

/// A bot in a match, without the game's type. Times are microseconds.
pub(crate) trait Player: Send {
    /// Handles a new `welcome`; false when it is invalid.
    fn reset(&mut self, now_us: u64, welcome: &Welcome) -> bool;
    /// Handles a frame of the match. An error: the frame is invalid.
    fn handle_frame(&mut self, now_us: u64, frame: &[u8]) -> Result<(), Error>;
    /// Decides the input of each new tick, and appends what to send; false when there is nothing.
    fn act(&mut self, now_us: u64, out: &mut Vec<u8>) -> bool;
    /// What the client half has measured.
    fn stats(&self, now_us: u64) -> Stats;
}

/// A bot for the game of this welcome; None for an unknown game.
pub(crate) fn begin(now_us: u64, welcome: &Welcome, seed: u64) -> Option<Box<dyn Player>> {
    let entry = GAMES.iter().find(|entry| entry.name == welcome.game)?;
    (entry.begin)(now_us, welcome, seed)
}

impl Entry {
    const fn of<G: Game + Send + 'static, B: Bot + Send + 'static>() -> Self {
        Self {
            name: G::NAME,
            begin: |now_us, welcome, seed| {
                let welcome = understood::<G>(welcome)?;
                Some(Box::new(Playing {
                    own: welcome.seat,
                    client: NetClient::<G>::new(now_us, &welcome),
                    bot: B::new(seed),
                    decided: 0,
                }))
            },
        }
    }
}

struct Playing<G: Game, B> {
    own: Seat,
    client: NetClient<G>,
    bot: B,
    /// The tick that was decided last.
    decided: u32,
}

impl<G: Game + Send, B: Bot + Send> Player for Playing<G, B> {
    fn reset(&mut self, now_us: u64, welcome: &Welcome) -> bool {
        let welcome = understood::<G>(welcome);
        if let Some(welcome) = &welcome {
            (self.own, self.decided) = (welcome.seat, 0);
            self.client.handle_reset(now_us, welcome);
        }
        welcome.is_some()
    }

    fn handle_frame(&mut self, now_us: u64, frame: &[u8]) -> Result<(), Error> {
        self.client.handle_binary(now_us, frame)?;
        while self.client.poll_event().is_some() {}
        Ok(())
    }

    fn act(&mut self, now_us: u64, out: &mut Vec<u8>) -> bool {
        let is_some = self.client.poll_transmit(now_us, out);
        let view = self.client.view();
        if view.tick > self.decided {
            self.decided = view.tick;
            let input = self.bot.decide(view, self.own);
            self.client.set_input(input);
        }
        is_some
    }

    fn stats(&self, now_us: u64) -> Stats {
        self.client.stats(now_us)
    }
}

fn understood<G: Game>(welcome: &Welcome) -> Option<netclient::Welcome> {
    let seats = welcome.players.iter();
    let settings = welcome.arena.settings.iter();
    let settings = settings.map(|(name, &value)| (name.as_str(), value));
    Some(netclient::Welcome {
        seat: Seat::new(welcome.seat.into())?,
        tick: welcome.tick,
        settings: Settings::parse(G::SETTINGS, settings).ok()?,
        seats: seats
            .filter_map(|player| Seat::new(player.seat.into()))
            .collect::<Seats>(),
        snapshot_hz: welcome.rates.snapshot_hz,
    })
}
