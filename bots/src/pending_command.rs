//! The command of a bot that has no result yet: at most one at a time.

use game::command::{Command, CommandKind};
use protocol::{CommandMessage, CommandResult};

/// A bot's command, from its decision until a snapshot shows its effect.
pub(crate) struct PendingCommand {
    next_id: u32,
    state: State,
}

enum State {
    None,
    Unsent(CommandMessage),
    Sent(CommandMessage),
    /// There is a result. The newest snapshot is older than that.
    Settled,
}

impl PendingCommand {
    /// None yet. `next_id` must be random: the match remembers the ids of earlier connections.
    pub(crate) const fn new(next_id: u32) -> Self {
        let state = State::None;
        Self { next_id, state }
    }

    /// Whether the bot may decide on a command.
    pub(crate) const fn is_none(&self) -> bool {
        matches!(self.state, State::None)
    }

    /// Takes a command of a game with these kinds. A kind that does not exist has no effect.
    pub(crate) fn put(&mut self, kinds: &[CommandKind], command: Command) {
        let Some(kind) = kinds.get(usize::from(command.kind)) else {
            return;
        };
        let args = kind.args.iter().zip(command.args);
        self.state = State::Unsent(CommandMessage {
            id: self.next_id,
            name: kind.name.to_owned(),
            args: args.map(|(&name, arg)| (name.to_owned(), arg)).collect(),
            text: command.text,
        });
        self.next_id = self.next_id.wrapping_add(1);
    }

    /// What to send now: once for each connection.
    pub(crate) fn poll(&mut self) -> Option<CommandMessage> {
        let State::Unsent(message) = &self.state else {
            return None;
        };
        let message = message.clone();
        self.state = State::Sent(message.clone());
        Some(message)
    }

    /// A new connection: a command without a result is sent again, with the same id.
    pub(crate) fn handle_welcome(&mut self) {
        if let State::Sent(message) = &self.state {
            self.state = State::Unsent(message.clone());
        }
    }

    pub(crate) fn handle_result(&mut self, result: &CommandResult) {
        if matches!(&self.state, State::Sent(message) if message.id == result.id) {
            self.state = State::Settled;
        }
    }

    /// A snapshot shows the effect of every command whose result came before it.
    pub(crate) fn handle_snapshot(&mut self) {
        if matches!(self.state, State::Settled) {
            self.state = State::None;
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::CommandStatus;

    use super::*;

    const KINDS: &[CommandKind] = &[
        CommandKind::new("fold", &[]),
        CommandKind::new("bet", &["chips"]),
    ];

    fn result(id: u32) -> CommandResult {
        let status = CommandStatus::Applied { tick: 9 };
        CommandResult { id, status }
    }

    fn sent(pending: &mut PendingCommand) -> Option<String> {
        let CommandMessage { id, name, args, .. } = pending.poll()?;
        Some(format!("{id} {name} {args:?}"))
    }

    #[test]
    fn a_command_is_sent_once_for_each_connection_with_the_same_id() {
        let mut pending = PendingCommand::new(u32::MAX);
        pending.put(KINDS, Command::new(1, &[20]));
        let bet = Some(r#"4294967295 bet [("chips", 20)]"#.to_owned());
        assert_eq!(sent(&mut pending), bet);
        assert_eq!(sent(&mut pending), None);
        pending.handle_welcome();
        assert_eq!(sent(&mut pending), bet);
        pending.handle_result(&result(u32::MAX));
        pending.handle_welcome();
        assert_eq!(sent(&mut pending), None);
    }

    #[test]
    fn the_bot_decides_again_once_a_snapshot_shows_the_effect() {
        let mut pending = PendingCommand::new(5);
        pending.put(KINDS, Command::new(0, &[]));
        pending.handle_snapshot();
        assert!(!pending.is_none());
        sent(&mut pending);
        pending.handle_result(&result(4));
        pending.handle_snapshot();
        assert!(!pending.is_none(), "the result of another command");
        pending.handle_result(&result(5));
        assert!(!pending.is_none());
        pending.handle_snapshot();
        assert!(pending.is_none());
        pending.put(KINDS, Command::new(0, &[]));
        assert_eq!(sent(&mut pending).as_deref(), Some("6 fold []"));
    }

    #[test]
    fn a_command_that_the_game_does_not_declare_is_not_sent() {
        let mut pending = PendingCommand::new(5);
        pending.put(KINDS, Command::new(2, &[]));
        assert!(pending.is_none() && pending.poll().is_none());
    }
}
