//! A turn-based game: a turn ends by a move or by itself.

use game::prelude::*;

game::state! {
    /// A match of turns.
    pub struct Turns {
        turn: count(16),
        turn_left: timer(16),
        turn_ticks: count(16),
        players: seats(Player),
    }

    /// A player.
    pub struct Player {
        moves: count(16),
        away: flag,
    }
}

impl Game for Turns {
    const NAME: &'static str = "turns";
    const RATE: Rate = Rate::OnCommand;
    const SETTINGS: &'static [Setting] = &[Setting::new("turn_seconds", 600, 1..=1000)];
    const CONSTANTS: Constants = &[];
    const COMMANDS: &'static [CommandKind] = &[
        CommandKind::new("move", &[]),
        CommandKind::new("resign", &[]),
        CommandKind::new("end", &[]),
    ];

    fn new(_: u64, settings: &Settings, roster: &Roster) -> Self {
        let turn_ticks = settings.0[0] as u32 * Self::RATE.ticks_per_second();
        Self {
            turn: 0,
            turn_left: turn_ticks,
            turn_ticks,
            players: Players::of(roster, |_| Player::default()),
        }
    }
    fn join(&mut self, _: &Member) {}
    fn leave(&mut self, _: Seat) {}

    fn command(&mut self, seat: Seat, command: &Command) -> Result<(), Refusal> {
        match command.kind {
            0 => {
                self.players.change(seat, |player| player.moves += 1);
                (self.turn, self.turn_left) = (self.turn + 1, self.turn_ticks);
                Ok(())
            }
            1 => Err(Refusal("no_reason")),
            _ => {
                self.turn = 100;
                Ok(())
            }
        }
    }

    fn step(&mut self, step: Step<'_>) {
        if self.turn_left == 0 && step.decides() {
            (self.turn, self.turn_left) = (self.turn + 1, self.turn_ticks);
        }
    }

    fn outcome(&self) -> Option<Ranking> {
        (self.turn >= 100).then(|| self.players.ranking(|_| Standing::default()))
    }
    fn is_alive(&self, _: Seat) -> bool {
        true
    }
}
