//! Cards: players in turn put a card of the same colour or value on the pile. The first player
//! without cards wins.
#![no_std]

extern crate alloc;

mod bot;

use alloc::vec::Vec;

use game::prelude::*;

pub use bot::CardsBot;

/// Colours. A card is a number from 1, and 0 is no card: 1 to 12 are the values of the first
/// colour, 13 to 24 those of the second one.
pub const COLORS: u32 = 4;
/// Values of each colour.
pub const VALUES: u32 = 12;
/// The value after which the next player loses the turn.
pub const SKIP: u32 = 11;
/// The value after which the next player gets two cards and loses the turn.
pub const TAKE_TWO: u32 = 12;
/// Cards that a player can hold. All hands and the pile are fewer cards than there are.
pub const HAND_MAX: usize = 8;
/// Cards that a player starts with.
const DEALT: u32 = 6;
/// The designs of the backs of cards. A player's token may carry the name of one.
pub const BACKS: [&str; 3] = ["diamonds", "waves", "stars"];
/// Players in a match.
const PLAYERS_MAX: u8 = *Cards::SEATS.end();

game::state! {
    /// A match of cards.
    pub struct Cards {
        /// The seat whose turn it is.
        turn: count(3),
        /// The card on top of the pile.
        top: count(6),
        /// The time until the turn ends without a command.
        turn_left: timer(16),
        turn_ticks: count(16),
        /// The time until the match ends.
        match_left: timer(16),
        random: hidden(Random),
        /// The shuffled deck. The last card is drawn first.
        deck: hidden(Vec<u8>),
        /// The pile below the top. When the deck is empty, these cards are shuffled and become the deck.
        played: hidden(Vec<u8>),
        players: seats(Player),
    }

    /// A player. All players see the number of the cards, and only this player sees the cards.
    pub struct Player {
        card1: private(count(6)),
        card2: private(count(6)),
        card3: private(count(6)),
        card4: private(count(6)),
        card5: private(count(6)),
        card6: private(count(6)),
        card7: private(count(6)),
        card8: private(count(6)),
        cards: count(4),
        /// The design of the backs of the cards: an index of [`BACKS`].
        back: count(2),
        away: flag,
        /// The player gave up the seat. They keep the cards and are ranked last.
        out: flag,
        cards_played: hidden(u32),
    }

    events {
        /// The player's time ran out: the game drew a card for them.
        timed_out(player_id: seat),
    }
}

impl Game for Cards {
    const NAME: &'static str = "cards";
    const RATE: Rate = Rate::OnCommand;
    const SEATS: RangeInclusive<u8> = 2..=4;
    const SETTINGS: &'static [Setting] = &[
        Setting::new("match_seconds", 300, 1..=900),
        Setting::new("turn_seconds", 15, 2..=900),
    ];
    const CONSTANTS: Constants = &[("values", VALUES), ("skip", SKIP), ("take_two", TAKE_TWO)];
    const COMMANDS: &'static [CommandKind] = &[
        CommandKind::new("play_card", &["card"]),
        CommandKind::new("draw", &[]),
    ];
    const STATS: &'static [&'static str] = &["cards_left", "cards_played"];

    fn new(seed: u64, settings: &Settings, roster: &Roster) -> Self {
        let [match_ticks, turn_ticks, ..] = settings
            .0
            .map(|seconds| seconds as u32 * Self::RATE.ticks_per_second());
        let mut random = Random::new(seed);
        let mut deck: Vec<u8> = (1..=(COLORS * VALUES) as u8).collect();
        shuffle(&mut deck, &mut random);
        let mut cards = Self {
            turn: random.below(PLAYERS_MAX.into()),
            top: deck.pop().unwrap_or_default().into(),
            turn_left: 0,
            turn_ticks,
            match_left: match_ticks,
            random,
            deck,
            played: Vec::new(),
            players: Players::default(),
        };
        roster.iter().for_each(|member| cards.join(member));
        cards.pass();
        cards
    }

    fn join(&mut self, member: &Member) {
        let seat = member.seat;
        if self.players.get(seat).is_none() {
            let back = BACKS.iter().position(|back| *back == member.game);
            self.players.join(seat, |_| Player {
                back: back.unwrap_or_default() as u32,
                ..Player::default()
            });
            self.draw(seat, DEALT);
        }
    }

    fn leave(&mut self, seat: Seat) {
        self.players.change(seat, |player| player.out = true);
        if self.turn as usize == seat.index() {
            self.pass();
        }
    }

    fn command(&mut self, seat: Seat, command: &Command) -> Result<(), Refusal> {
        if self.is_over() {
            return Err(Refusal("match_over"));
        }
        if self.turn as usize != seat.index() {
            return Err(Refusal("not_your_turn"));
        }
        if Self::COMMANDS[usize::from(command.kind)].name == "play_card" {
            return self.play(seat, command.args[0]);
        }
        self.draw(seat, 1);
        self.pass();
        Ok(())
    }

    fn step(&mut self, step: Step<'_>) {
        if self.turn_left == 0 && step.decides() && !self.is_over() {
            if let Some(seat) = Seat::new(self.turn as usize) {
                self.draw(seat, 1);
                step.events.push(events::timed_out(seat));
            }
            self.pass();
        }
    }

    fn outcome(&self) -> Option<Ranking> {
        let standing = |player: &Player| {
            let cards = if player.out {
                HAND_MAX as u32
            } else {
                player.cards
            };
            Standing::of_score((HAND_MAX as u32).saturating_sub(cards), player.out)
        };
        self.is_over().then(|| self.players.ranking(standing))
    }

    fn stat(&self, seat: Seat, name: &str) -> i32 {
        self.players.get(seat).map_or(0, |player| match name {
            "cards_left" => player.cards as i32,
            _ => player.cards_played as i32,
        })
    }

    fn is_alive(&self, seat: Seat) -> bool {
        self.players.get(seat).is_some_and(|player| !player.out)
    }
}

impl Cards {
    /// Whether a player has no cards left, the time is over, or only one of several players is left.
    fn is_over(&self) -> bool {
        let players = || self.players.iter().filter(|(_, player)| !player.out);
        let is_alone = players().count() <= usize::from(self.players.seats().len() > 1);
        self.match_left == 0 || is_alone || players().any(|(_, player)| player.cards == 0)
    }

    /// Puts a player's card on the pile.
    fn play(&mut self, seat: Seat, card: i64) -> Result<(), Refusal> {
        let not_yours = Refusal("not_your_card");
        let player = self.players.get_mut(seat).ok_or(not_yours)?;
        let slot = player.slot(|held| held != 0 && i64::from(held) == card);
        let slot = slot.ok_or(not_yours)?;
        if !matches(*slot, self.top) {
            return Err(Refusal("does_not_match"));
        }
        self.played.push(self.top as u8);
        self.top = core::mem::take(slot);
        player.cards_played += 1;
        player.cards = player.hand().count() as u32;
        self.pass();
        match (value(self.top), Seat::new(self.turn as usize)) {
            (SKIP, _) => self.pass(),
            (TAKE_TWO, Some(next)) => {
                self.draw(next, 2);
                self.pass();
            }
            _ => {}
        }
        Ok(())
    }

    /// Gives a player cards from the deck, as many as fit into the hand.
    fn draw(&mut self, seat: Seat, count: u32) {
        let Some(player) = self.players.get_mut(seat) else {
            return;
        };
        for _ in 0..count {
            let Some(slot) = player.slot(|held| held == 0) else {
                break;
            };
            if self.deck.is_empty() {
                core::mem::swap(&mut self.deck, &mut self.played);
                shuffle(&mut self.deck, &mut self.random);
            }
            *slot = self.deck.pop().unwrap_or_default().into();
        }
        player.cards = player.hand().count() as u32;
    }

    /// Begins the turn of the next player.
    fn pass(&mut self) {
        self.turn = self.players.next_after(self.turn);
        self.turn_left = self.turn_ticks;
    }
}

impl Player {
    /// The cards in the hand.
    pub fn hand(&self) -> impl Iterator<Item = u32> {
        #[rustfmt::skip]
        let Self { card1, card2, card3, card4, card5, card6, card7, card8, .. } = *self;
        let cards = [card1, card2, card3, card4, card5, card6, card7, card8];
        cards.into_iter().filter(|&card| card != 0)
    }

    /// The first place in the hand with a matching card.
    fn slot(&mut self, is_it: impl Fn(u32) -> bool) -> Option<&mut u32> {
        #[rustfmt::skip]
        let Self { card1, card2, card3, card4, card5, card6, card7, card8, .. } = self;
        let mut slots = [card1, card2, card3, card4, card5, card6, card7, card8].into_iter();
        slots.find(|card| is_it(**card))
    }
}

/// Whether a card can be played on another one.
pub fn matches(card: u32, top: u32) -> bool {
    color(card) == color(top) || value(card) == value(top)
}

fn color(card: u32) -> u32 {
    card.saturating_sub(1) / VALUES
}

/// From 1 to [`VALUES`].
fn value(card: u32) -> u32 {
    card.saturating_sub(1) % VALUES + 1
}

fn shuffle(cards: &mut [u8], random: &mut Random) {
    for at in (1..cards.len()).rev() {
        cards.swap(at, random.below(at as u32 + 1) as usize);
    }
}
