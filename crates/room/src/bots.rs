//! Bots of a room: they play the seats of bots, and the seats of players who are away for long.

use std::mem;

use game::{Bot, Game, Input, Seat, View, hides};

use crate::room::Room;

/// In a game that steps on commands, bots decide once per this many frames (1/60 s).
pub const BOT_FRAMES: u32 = 6;

/// Creates a bot of a game. Its inputs depend only on the seed and on the views that it gets.
pub type NewBot = fn(u64) -> Box<dyn Bot + Send>;

/// How bots take part in a room.
#[derive(Clone, Copy, Debug)]
pub struct BotTerms {
    /// Creates a bot.
    pub new_bot: NewBot,
    /// A bot replaces a player who is away for this many frames (1/60 s), until the player is back.
    pub replace_frames: u32,
}

/// The bots of a room, by seat.
pub(crate) struct Bots {
    terms: BotTerms,
    seats: Vec<BotSeat>,
    /// Frames since the last decision of the bots, in a match that steps on commands.
    quiet_frames: u32,
    /// The view of the bot that decides, reused.
    view: View,
}

#[derive(Default)]
struct BotSeat {
    /// Created at its first decision.
    bot: Option<Box<dyn Bot + Send>>,
    /// How long the seat's player has been away.
    away_frames: u32,
}

impl<G: Game> Room<G> {
    /// Allows bots to play the seats of bots that are not connected, and of players who are away for
    /// too long.
    pub fn allow_bots(&mut self, terms: BotTerms) {
        self.bots = Some(Box::new(Bots {
            terms,
            seats: Vec::new(),
            quiet_frames: 0,
            view: View::default(),
        }));
        self.seat_bots(0);
        self.set_stale();
    }

    /// Advances by this many frames: each bot decides what it does next.
    pub(crate) fn run_bots(&mut self, frames: u32) {
        self.seat_bots(frames);
        let Some(mut bots) = self.bots.take() else {
            return;
        };
        bots.quiet_frames = bots.quiet_frames.saturating_add(frames);
        let is_running = self.waiting.is_none() && self.outcome.is_none() && self.fault.is_none();
        let is_due = !G::RATE.is_on_command() || bots.quiet_frames >= BOT_FRAMES;
        if is_running && is_due {
            bots.quiet_frames = 0;
            self.decide(&mut bots);
        }
        self.bots = Some(bots);
    }

    /// Whether the seat belongs to a bot. A seat that a bot plays for a player belongs to the player.
    pub(crate) fn is_bots(&self, seat: Seat) -> bool {
        let player = self.players.get(seat.index());
        let seat_state = self.seat_states.get(seat.index());
        player.is_some_and(|player| player.is_bot)
            && seat_state.is_some_and(|seat_state| seat_state.bot.is_some())
    }

    /// Removes the bot of a seat that another player gets.
    pub(crate) fn forget_bot(&mut self, seat: Seat) {
        let bots = self.bots.as_mut();
        if let Some(bot_seat) = bots.and_then(|bots| bots.seats.get_mut(seat.index())) {
            *bot_seat = BotSeat::default();
        }
    }

    /// In a game that steps on commands: frames until bots decide, or until a player may have been away
    /// for too long. None if all players are connected or have left.
    pub(crate) fn bots_wake_in(&self) -> Option<u32> {
        let bots = self.bots.as_ref()?;
        let is_absent =
            |seat: &crate::seat_state::SeatState| !seat.left && seat.connection.is_none();
        let is_any = self.seat_states.iter().any(is_absent);
        is_any.then(|| BOT_FRAMES.saturating_sub(bots.quiet_frames).max(1))
    }

    /// Decides which seats bots play.
    fn seat_bots(&mut self, frames: u32) {
        let Some(bots) = &mut self.bots else { return };
        bots.seats
            .resize_with(self.seat_states.len(), BotSeat::default);
        let seats = self.seat_states.iter_mut().zip(&self.players);
        for ((seat_state, player), bot_seat) in seats.zip(&mut bots.seats) {
            if seat_state.left || seat_state.connection.is_some() {
                seat_state.bot = None;
                if bot_seat.away_frames > 0 || bot_seat.bot.is_some() {
                    *bot_seat = BotSeat::default();
                }
                continue;
            }
            bot_seat.away_frames = bot_seat.away_frames.saturating_add(frames);
            let plays = player.is_bot || bot_seat.away_frames >= bots.terms.replace_frames;
            if plays && seat_state.bot.is_none() {
                seat_state.bot = Some(Input::default());
            }
        }
    }

    /// Lets each bot decide. A bot gets the same view as a player on its seat.
    fn decide(&mut self, bots: &mut Bots) {
        let mut is_shown = false;
        let seats = Seat::all().zip(&mut bots.seats);
        for (seat, bot_seat) in seats {
            let at = seat.index();
            if self.seat_states[at].bot.is_none() {
                continue;
            }
            if hides::<G>() || !mem::replace(&mut is_shown, true) {
                self.show_bot(seat, &mut bots.view);
            }
            let new_bot = bots.terms.new_bot;
            let seed = self.config.seed.wrapping_add(at as u64);
            let bot = bot_seat.bot.get_or_insert_with(|| new_bot(seed));
            let input = bot.decide(&bots.view, seat);
            self.seat_states[at].bot = Some(G::INPUT.in_range(input));
            if !G::COMMANDS.is_empty()
                && self.may_bot_request(seat)
                && let Some(command) = bot.command(&bots.view, seat)
            {
                self.request_for_bot(seat, command);
            }
        }
    }

    fn show_bot(&self, seat: Seat, view: &mut View) {
        let sim = self.shown.sim();
        if G::RATE.is_on_command() && self.sleep.ticks > 0 {
            // The timers have run since the newest step, until the first one ends.
            let due = sim.due_in().unwrap_or(u32::MAX);
            let mut now = sim.clone();
            now.pass(self.sleep.ticks.min(due));
            now.read(view);
        } else {
            sim.read(view);
        }
        sim.hide(view, Some(seat));
    }
}
