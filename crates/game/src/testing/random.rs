//! A match with random inputs and commands, absences and exits.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::assert_same;
use crate::command::Command;
use crate::event::ARGS_MAX;
use crate::{
    Bot, GAME_TEXT_BYTES_MAX, Game, Member, Mode, Random, RandomBot, Roster, Seat, SeatInputs,
    Seats, Settings, Sim, View, slots,
};

/// A restored match is compared for this many ticks at most, on average.
const COMPARED_TICKS: u32 = 32;

/// Plays matches with random rosters, inputs and commands for `ticks` ticks, of any number of players that the game
/// allows, and returns a hash over all states. The same seed gives the same hash on every machine and in every process.
/// `timed` gets each tick and its step, which it must call once, and may measure it. This checks that
///
/// - the view of the match fits its schema,
/// - a match that is restored at a random tick continues as the original does,
/// - a refused command changes nothing.
///
/// # Panics
/// When one of these checks fails. The message names the game and the tick.
pub fn play_at_random<G: Game>(
    seed: u64,
    ticks: u32,
    mut timed: impl FnMut(u32, &mut dyn FnMut()),
) -> u64 {
    let mut random = Random::new(seed);
    let mut table = Table::<G>::new(&mut random);
    let mut scratch = Vec::new();
    let mut folded = seed;
    for _ in 0..ticks {
        if table.sim.outcome().is_some() || table.present.is_empty() {
            table = Table::new(&mut random);
        }
        table.disturb(&mut random);
        let inputs = table.inputs();
        table.step(&inputs, &mut timed);
        folded = folded.rotate_left(5) ^ table.sim.hash(&mut scratch).0;
    }
    folded
}

/// A roster of this many players, on the first seats, with random texts.
pub fn roster_at_random(random: &mut Random, players: usize) -> Roster {
    // No `format!`, to keep the browsers' engines small.
    let member = |seat: Seat| Member {
        player_id: text_at_random(random, 32),
        name: text_at_random(random, 8),
        team: (random.below(2) == 0).then(|| random.below(4) as u8),
        is_bot: random.below(4) == 0,
        game: game_at_random(random),
        ..Member::new(seat)
    };
    Seats::first(players).iter().map(member).collect()
}

fn game_at_random(random: &mut Random) -> String {
    match random.below(4) {
        0 => String::new(),
        1 => text_at_random(random, 1),
        2 => "\u{1f0a1}\"\0".into(),
        _ => {
            let length = random.below(GAME_TEXT_BYTES_MAX as u32 + 1);
            text_at_random(random, length)
        }
    }
}

/// Digits.
fn text_at_random(random: &mut Random, length: u32) -> String {
    let mut text = String::new();
    for _ in 0..length {
        text.push(char::from(b'0' + random.below(10) as u8));
    }
    text
}

/// A match with its players, and the same match as another server restored it.
struct Table<G> {
    sim: Sim<G>,
    restored: Sim<G>,
    players: Vec<(Seat, RandomBot)>,
    present: Seats,
}

impl<G: Game> Table<G> {
    fn new(random: &mut Random) -> Self {
        let (least, most) = (u32::from(*G::SEATS.start()), u32::from(*G::SEATS.end()));
        let players = (least + random.below(most + 1 - least)) as usize;
        let seats = Seats::first(players);
        let sim = Sim::new(
            random.bits().into(),
            &Settings::defaults(G::SETTINGS),
            &roster_at_random(random, players),
        );
        Self {
            restored: sim.clone(),
            sim,
            players: seats
                .iter()
                .map(|seat| (seat, RandomBot::new(random.bits().into())))
                .collect(),
            present: seats,
        }
    }

    /// Commands, absences, exits and restores.
    fn disturb(&mut self, random: &mut Random) {
        if random.below(COMPARED_TICKS) == 0 {
            self.restored = super::check_saved(&self.sim);
        }
        let Some(seat) = Seat::new(random.below(slots(&G::SEATS) as u32) as usize)
            .filter(|&seat| self.present.contains(seat))
        else {
            return;
        };
        match random.below(2048) {
            0 => {
                self.present.set(seat, false);
                self.both(|sim| sim.leave(seat));
            }
            1..8 => {
                let away = random.below(2) == 0;
                self.both(|sim| sim.set_away(seat, away));
            }
            _ if !G::COMMANDS.is_empty() && random.below(4) == 0 => self.command(seat, random),
            _ => {}
        }
    }

    fn command(&mut self, seat: Seat, random: &mut Random) {
        let kind = random.below(G::COMMANDS.len() as u32) as u8;
        let declared = &G::COMMANDS[usize::from(kind)];
        let mut args = [0; ARGS_MAX];
        for arg in args.iter_mut().take(declared.args.len()) {
            *arg = match random.below(16) {
                0 => i64::MIN,
                1 => i64::MAX,
                _ => i64::from(random.below(64)) - 8,
            };
        }
        let text = if declared.has_text { "?" } else { "" };
        let command = Command {
            kind,
            args,
            text: String::from(text),
        };
        let before = self.sim.clone();
        if let Err(refusal) = self.sim.command(seat, &command) {
            let otherwise = format!("{command:?} is {refusal}, and changes the match");
            assert_same(&before, &self.sim, &otherwise);
        } else {
            let _ = self.restored.command(seat, &command);
        }
    }

    fn both(&mut self, mut change: impl FnMut(&mut Sim<G>)) {
        change(&mut self.sim);
        change(&mut self.restored);
    }

    fn inputs(&mut self) -> SeatInputs {
        let mut inputs = SeatInputs::neutral(slots(&G::SEATS));
        let view = View::at(self.sim.tick());
        for (seat, bot) in &mut self.players {
            inputs[seat.index()].input = bot.decide(&view, *seat);
        }
        inputs
    }

    fn step(&mut self, inputs: &SeatInputs, timed: &mut impl FnMut(u32, &mut dyn FnMut())) {
        let mut events = Vec::new();
        let tick = self.sim.tick() + 1;
        timed(tick, &mut || {
            self.sim.step(inputs, Mode::Authority, &mut events);
        });
        self.restored.step(inputs, Mode::Authority, &mut events);
        assert_same(
            &self.sim,
            &self.restored,
            "a restored match continues differently",
        );
    }
}
