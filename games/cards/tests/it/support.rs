//! Helpers that create card matches and write cards as text.

use cards::{Cards, Player, VALUES};
use game::prelude::*;
use protocol::filtered::Filter;
use protocol::record::prefixed;
use protocol::replay::ReplayHeader;

/// The colours of a card's text.
const COLORS: [char; 4] = ['r', 'y', 'g', 'b'];

pub(crate) fn seat(index: usize) -> Seat {
    Seat::new(index).expect("a seat")
}

pub(crate) fn settings(match_seconds: i64, turn_seconds: i64) -> Settings {
    let values = [
        ("match_seconds", match_seconds),
        ("turn_seconds", turn_seconds),
    ];
    Settings::parse(Cards::SETTINGS, values).expect("settings")
}

/// `r1` is the first card, and `b12` the last one.
pub(crate) fn card(text: &str) -> u32 {
    let (color, value) = text.split_at(1);
    let color = COLORS.iter().position(|&of| color.starts_with(of));
    let value: u32 = value.parse().expect("a value");
    color.expect("a colour") as u32 * VALUES + value
}

pub(crate) fn text(card: u32) -> String {
    let (color, value) = ((card - 1) / VALUES, (card - 1) % VALUES + 1);
    format!("{}{value}", COLORS[color as usize])
}

/// A player with these cards: `r1 r2`.
pub(crate) fn player(hand: &str) -> Player {
    let mut player = Player::default();
    let slots = [
        &mut player.card1,
        &mut player.card2,
        &mut player.card3,
        &mut player.card4,
        &mut player.card5,
        &mut player.card6,
        &mut player.card7,
        &mut player.card8,
    ];
    for (slot, text) in slots.into_iter().zip(hand.split_whitespace()) {
        *slot = card(text);
    }
    player.cards = player.hand().count() as u32;
    player
}

/// A match in which these players have these hands, and it is the turn of seat 0. The first of the
/// other cards is drawn first.
pub(crate) fn table(top: &str, hands: &[&str]) -> Cards {
    let mut cards = Cards::new(1, &settings(60, 5), &Roster::of(hands.len()));
    (cards.turn, cards.top) = (0, card(top));
    for (index, hand) in hands.iter().enumerate() {
        cards.players.change(seat(index), |old| *old = player(hand));
    }
    let in_hands: Vec<u32> = hands_of(&cards).flatten().collect();
    let is_free = |card: &u32| *card != cards.top && !in_hands.contains(card);
    cards.deck = (1..=48)
        .rev()
        .filter(is_free)
        .map(|card| card as u8)
        .collect();
    cards
}

fn hands_of(cards: &Cards) -> impl Iterator<Item = impl Iterator<Item = u32>> {
    cards.players.iter().map(|(_, player)| player.hand())
}

pub(crate) fn play_card(cards: &mut Cards, index: usize, text: &str) -> Result<(), Refusal> {
    let command = Command::new(0, &[card(text).into()]);
    cards.command(seat(index), &command)
}

pub(crate) fn draw(cards: &mut Cards, index: usize) -> Result<(), Refusal> {
    cards.command(seat(index), &Command::new(1, &[]))
}

/// The top, the turn, and the hands: `top r1, turn 0: r2 r3 | b4`.
pub(crate) fn shown(cards: &Cards) -> String {
    let hand = |hand: &mut dyn Iterator<Item = u32>| hand.map(text).collect::<Vec<_>>().join(" ");
    let hands: Vec<_> = hands_of(cards).map(|mut cards| hand(&mut cards)).collect();
    let (top, turn) = (text(cards.top), cards.turn);
    format!("top {top}, turn {turn}: {}", hands.join(" | "))
}

/// The filtered recording of a match of cards, or of a game with the same header.
pub(crate) fn filtered<G: Game>(line: &str, records: &[u8]) -> Vec<u8> {
    let (header, _) = ReplayHeader::split(line.as_bytes()).expect("a header");
    let mut out = Vec::new();
    let mut filter = Filter::<G>::begin(&header, &mut out).expect("a match");
    for record in prefixed(records) {
        filter.push(record, &mut out).expect("a record");
    }
    out
}
