//! Commands that the game applies or refuses: their validation, rate limit and results.

use std::borrow::Cow;
use std::collections::VecDeque;

use game::command::{Command, CommandKind, TEXT_CHARS_MAX};
use game::{ARGS_MAX, FRAMES_PER_SECOND, Game, Seat};
use protocol::CommandMessage;
use protocol::record::{ACTIONS_MAX, Action, Record};

use crate::Refused;
use crate::room::Room;
use crate::snapshots::FrameNumber;

/// Commands that a seat may send per second; also the burst size.
pub const COMMANDS_PER_SECOND: u32 = 20;
/// Results per seat that the room keeps for a client that reconnects.
pub const RESULTS_MAX: usize = 32;

/// The result of a command: the tick that applied it, or the reason for the refusal.
pub(crate) type CommandOutcome = Result<u32, Cow<'static, str>>;
/// The kept results of a seat, by the sender's ids, oldest first.
pub(crate) type Results = VecDeque<(u32, CommandOutcome)>;

/// The commands of one seat.
#[derive(Clone, Debug)]
pub(crate) struct SeatActions {
    /// In sixtieths of a command.
    tokens: u32,
    refilled: FrameNumber,
    /// Accepted, and not in a record yet.
    pending: usize,
    pub(crate) results: Results,
}

impl SeatActions {
    pub(crate) const fn new() -> Self {
        Self {
            tokens: COMMANDS_PER_SECOND * FRAMES_PER_SECOND,
            refilled: 0,
            pending: 0,
            results: VecDeque::new(),
        }
    }

    /// Takes one command from the token bucket. False: the limit is exceeded.
    fn take(&mut self, now: FrameNumber) -> bool {
        let full = COMMANDS_PER_SECOND * FRAMES_PER_SECOND;
        let gained = now.saturating_sub(self.refilled) * FrameNumber::from(COMMANDS_PER_SECOND);
        self.refilled = now;
        self.tokens = full.min(self.tokens + gained.min(full.into()) as u32);
        let left = self.tokens.checked_sub(FRAMES_PER_SECOND);
        self.tokens = left.unwrap_or(self.tokens);
        left.is_some() && self.pending < COMMANDS_PER_SECOND as usize
    }

    fn result(&self, id: u32) -> Option<CommandOutcome> {
        let mut results = self.results.iter();
        results.find_map(|(of, result)| (*of == id).then(|| result.clone()))
    }

    fn remember(&mut self, id: u32, result: CommandOutcome) {
        if self.results.len() == RESULTS_MAX {
            self.results.pop_front();
        }
        self.results.push_back((id, result));
    }
}

impl<G: Game> Room<G> {
    /// Accepts a command for the next tick, or refuses it; both have one result. A command with the id of
    /// an earlier one is a repetition of it.
    pub(crate) fn request(&mut self, seat: Seat, message: &CommandMessage) -> Result<(), Refused> {
        let is_pending = |action: &Action| action.seat == seat && action.id == message.id;
        if self.actions.iter().any(is_pending) {
            return Ok(());
        }
        let known = self.seat_states.get(seat.index());
        if let Some(result) = known.and_then(|known| known.actions.result(message.id)) {
            self.send_command_result(seat, message.id, &result);
            return Ok(());
        }
        let accepted = self.accept(seat, message);
        match accepted {
            Ok(()) => self.counters.commands += 1,
            Err(refused) => {
                self.counters.commands_refused += 1;
                self.send_command_result(seat, message.id, &Err(reason(refused).into()));
            }
        }
        accepted
    }

    fn accept(&mut self, seat: Seat, message: &CommandMessage) -> Result<(), Refused> {
        let is_over = self.outcome.is_some();
        let seat_state = self.seat_states.get_mut(seat.index());
        let seat_state = seat_state
            .filter(|seat_state| seat_state.connection.is_some() && !is_over)
            .ok_or(Refused::NotRunning)?;
        if !seat_state.actions.take(self.frames) {
            return Err(Refused::Flood);
        }
        let command = command(G::COMMANDS, message)?;
        seat_state.actions.pending += 1;
        let id = message.id;
        self.actions.push_back(Action { seat, id, command });
        Ok(())
    }

    /// Whether the bot of this seat may request a command: its earlier command has a result.
    pub(crate) fn may_bot_request(&self, seat: Seat) -> bool {
        let seat_state = self.seat_states.get(seat.index());
        seat_state.is_some_and(|seat_state| seat_state.actions.pending == 0)
    }

    /// Accepts a command of the bot that plays this seat, for the next tick. A command above the rate
    /// limit is dropped; the bot may request it again.
    pub(crate) fn request_for_bot(&mut self, seat: Seat, command: Command) {
        let Some(seat_state) = self.seat_states.get_mut(seat.index()) else {
            return;
        };
        let is_valid = usize::from(command.kind) < G::COMMANDS.len()
            && command.text.chars().count() <= TEXT_CHARS_MAX;
        if !is_valid || !seat_state.actions.take(self.frames) {
            return;
        }
        seat_state.actions.pending += 1;
        self.counters.commands += 1;
        // A bot requests at most one command a frame.
        let id = self.frames as u32;
        self.actions.push_back(Action { seat, id, command });
    }

    /// The actions of the next record, oldest first.
    pub(crate) fn take_actions(&mut self) -> Vec<Action> {
        let count = self.actions.len().min(ACTIONS_MAX);
        self.actions.drain(..count).collect()
    }

    /// Sends the results of the actions of the newest record.
    pub(crate) fn finish_actions(&mut self, record: &Record) {
        for (at, action) in record.actions.iter().enumerate() {
            let refusal = self.shown.refusals().get(at).copied().flatten();
            let result = refusal.map_or(Ok(record.tick), |refusal| Err(refusal.0.into()));
            self.finish_action(action, &result);
        }
    }

    /// Refuses the remaining actions, because the match is over.
    pub(crate) fn refuse_actions(&mut self) {
        while let Some(action) = self.actions.pop_front() {
            self.finish_action(&action, &Err(reason(Refused::NotRunning).into()));
        }
    }

    fn finish_action(&mut self, action: &Action, result: &CommandOutcome) {
        if let Some(seat_state) = self.seat_states.get_mut(action.seat.index()) {
            let actions = &mut seat_state.actions;
            actions.pending = actions.pending.saturating_sub(1);
            actions.remember(action.id, result.clone());
        }
        self.counters.commands_refused += u64::from(result.is_err());
        self.send_command_result(action.seat, action.id, result);
    }
}

/// The game's command for a client's message.
fn command(kinds: &[CommandKind], message: &CommandMessage) -> Result<Command, Refused> {
    let mut named = kinds.iter().zip(0..);
    let (described, kind) = named
        .find(|(kind, _)| kind.name == message.name)
        .ok_or(Refused::UnknownCommand)?;
    let mut args = [0; ARGS_MAX];
    for (slot, name) in args.iter_mut().zip(described.args) {
        let given = message.args.iter().find(|(given, _)| given == name);
        *slot = given.ok_or(Refused::BadArguments)?.1;
    }
    let has_other = message.args.len() > described.args.len();
    if has_other || (!described.has_text && !message.text.is_empty()) {
        return Err(Refused::BadArguments);
    }
    let text = message.text.clone();
    Ok(Command { kind, args, text })
}

/// The reason as `command_result` has it.
const fn reason(refused: Refused) -> &'static str {
    match refused {
        Refused::Flood => "too_fast",
        Refused::UnknownCommand => "unknown_command",
        Refused::BadArguments => "bad_arguments",
        _ => "not_playing",
    }
}
