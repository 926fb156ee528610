//! `game::testing::play_at_random` names the mistakes of a game.

use game::command::{Command, CommandKind, Refusal};
use game::testing::play_at_random;
use game::{
    BadState, Constants, Field, Game, Kind, Member, Ranking, Reader, Roster, Schema, Seat, Seats,
    Settings, State, Step, View,
};

const CORRECT: u8 = 0;
const LEFT_OUT_OF_SAVE: u8 = 1;
const OVERFLOWS: u8 = 2;
const CHANGED_BY_A_REFUSAL: u8 = 3;

/// Counts to eight repeatedly. `MISTAKE` selects its mistake.
#[derive(Clone)]
struct Counter<const MISTAKE: u8> {
    shown: u32,
    hidden: u32,
    seats: Seats,
}

impl<const MISTAKE: u8> Game for Counter<MISTAKE> {
    const NAME: &'static str = "counter";
    const CONSTANTS: Constants = &[];
    const COMMANDS: &'static [CommandKind] = &[CommandKind::new("add", &["number"])];

    fn new(_: u64, _: &Settings, roster: &Roster) -> Self {
        Self {
            shown: 0,
            hidden: 0,
            seats: roster.seats(),
        }
    }

    fn join(&mut self, _: &Member) {}

    fn leave(&mut self, _: Seat) {}

    fn command(&mut self, _: Seat, command: &Command) -> Result<(), Refusal> {
        let number = u32::try_from(command.args[0]).map_err(|_| Refusal("not_a_number"));
        if MISTAKE == CHANGED_BY_A_REFUSAL {
            self.hidden += 1;
        }
        self.hidden = (self.hidden + number? % 8) % 8;
        Ok(())
    }

    fn step(&mut self, step: Step<'_>) {
        self.hidden = (self.hidden + 1) % 8;
        self.shown = self.hidden;
        if MISTAKE == OVERFLOWS && step.tick == 20 {
            self.shown = 16;
        }
    }

    fn outcome(&self) -> Option<Ranking> {
        None
    }

    fn is_alive(&self, _: Seat) -> bool {
        true
    }
}

impl<const MISTAKE: u8> State for Counter<MISTAKE> {
    const SCHEMA: &'static Schema = &Schema {
        match_fields: &[],
        private: 0,
        seat: &[Field {
            name: "hp",
            bits: 4,
            kind: Kind::Count,
        }],
        entities: &[],
        events: &[],
    };

    fn read(&self, view: &mut View) {
        for seat in self.seats.iter() {
            view.show(seat, &[self.shown]);
        }
    }

    fn load(&mut self, _: &View) -> Result<(), BadState> {
        Ok(())
    }

    fn save(&self, out: &mut Vec<u8>) {
        let hidden = if MISTAKE == LEFT_OUT_OF_SAVE {
            0
        } else {
            self.hidden
        };
        out.extend([self.seats.bits() as u8, self.shown as u8, hidden as u8]);
    }

    fn restore(bytes: &mut Reader<'_>) -> Result<Self, BadState> {
        Ok(Self {
            seats: Seats::from_bits(bytes.u8()?.into()),
            shown: bytes.u8()?.into(),
            hidden: bytes.u8()?.into(),
        })
    }
}

fn check<const MISTAKE: u8>() -> u64 {
    let mut steps = 0;
    let hash = play_at_random::<Counter<MISTAKE>>(1, 2_000, |_, step| {
        steps += 1;
        step();
    });
    assert_eq!(steps, 2_000);
    hash
}

#[test]
fn a_correct_game_has_the_same_hash_twice() {
    assert_eq!(check::<CORRECT>(), check::<CORRECT>());
}

#[test]
#[should_panic(expected = "a restored match continues differently")]
fn a_field_that_is_left_out_of_the_saved_state_is_found() {
    check::<LEFT_OUT_OF_SAVE>();
}

#[test]
#[should_panic(expected = "counter at tick 20: seat 0: `hp` is 16, which does not fit into 4 bits")]
fn a_field_that_overflows_is_found() {
    check::<OVERFLOWS>();
}

#[test]
#[should_panic(expected = "is refused: not_a_number, and changes the match")]
fn a_refused_command_that_changes_the_match_is_found() {
    check::<CHANGED_BY_A_REFUSAL>();
}
