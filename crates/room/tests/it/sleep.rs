//! A room that waits for its players sleeps until a timer ends or something happens.

use game::prelude::*;
use protocol::binary::{Layout, decode_snapshot};
use protocol::{ClientMessage, CommandMessage, Encoding, Form};
use room::{COMMANDS_PER_SECOND, KEEP_ALIVE_FRAMES, Refused, Room};

use crate::support::{config, players, seat, snapshot, take_messages};

/// Ticks of a turn.
const TURN: u32 = 240;

game::state! {
    /// A match of ten turns. Each ends with a move or by its timer.
    pub struct Turns {
        turn: count(8),
        left: timer(10),
        players: seats(Player),
    }

    /// A player.
    pub struct Player {
        moves: count(8),
        /// The time until the player may move again.
        rest: private(timer(10)),
        away: flag,
    }

    events {
        passed(turn: count),
    }
}

impl Game for Turns {
    const NAME: &'static str = "turns";
    const RATE: Rate = Rate::OnCommand;
    const CONSTANTS: Constants = &[];
    const COMMANDS: &'static [CommandKind] = &[CommandKind::new("move", &[])];

    fn new(_: u64, _: &Settings, roster: &Roster) -> Self {
        Self {
            turn: 0,
            left: TURN,
            players: Players::of(roster, |_| Player::default()),
        }
    }
    fn join(&mut self, _: &Member) {}
    fn leave(&mut self, _: Seat) {}

    fn command(&mut self, seat: Seat, _: &Command) -> Result<(), Refusal> {
        let player = self.players.get_mut(seat).ok_or(Refusal("nobody"))?;
        if player.rest > 0 {
            return Err(Refusal("resting"));
        }
        player.moves += 1;
        player.rest = 100;
        (self.turn, self.left) = (self.turn + 1, TURN);
        Ok(())
    }

    fn step(&mut self, step: Step<'_>) {
        if self.left == 0 && step.decides() {
            (self.turn, self.left) = (self.turn + 1, TURN);
            step.events.push(events::passed(self.turn));
        }
    }

    fn outcome(&self) -> Option<Ranking> {
        (self.turn >= 10).then(|| self.players.ranking(|_| Standing::default()))
    }

    fn is_alive(&self, _: Seat) -> bool {
        true
    }
}

/// A room whose match has begun, at tick 1.
pub(crate) fn running() -> Room<Turns> {
    let mut room = Room::new(config::<Turns>("", 0), players(2)).expect("a room");
    room.handle_connected(seat(0), Encoding::Json);
    room.handle_connected(seat(1), Encoding::Json);
    room.handle_tick();
    assert_eq!(room.tick(), 1);
    take_all(&mut room);
    room
}

pub(crate) fn take_all(room: &mut Room<Turns>) {
    for index in 0..2 {
        take_messages(room, index);
        snapshot(room, index);
    }
}

fn sleep(room: &mut Room<Turns>, frames: u32) {
    room.handle_frames(frames);
    room.handle_wake();
}

pub(crate) fn request(room: &mut Room<Turns>, index: usize, id: u32) -> Result<(), Refused> {
    let command = CommandMessage {
        id,
        name: "move".into(),
        args: Vec::new(),
        text: String::new(),
    };
    room.handle_message(seat(index), ClientMessage::Command(command))
}

/// The snapshots that a binary client has received.
#[derive(Default)]
struct Received(Vec<View>);

impl Received {
    /// Takes the snapshot that is due. Returns its tick and the turn.
    fn take(&mut self, room: &mut Room<Turns>, index: usize) -> (u32, u32) {
        let mut frame = Vec::new();
        let form = room.poll_snapshot(seat(index), &mut frame);
        assert_eq!(form, Some(Form::Binary));
        let find = |tick| self.0.iter().find(|view| view.tick == tick);
        let mut view = View::default();
        decode_snapshot(Layout::of::<Turns>(), &frame, find, &mut view).expect("a snapshot");
        let shown = (view.tick, view.match_values[0]);
        self.0.retain(|known| known.tick != view.tick);
        self.0.push(view);
        shown
    }
}

#[test]
fn snapshots_of_late_steps_can_be_decoded_by_each_client() {
    let mut room = Room::<Turns>::new(config::<Turns>("", 0), players(2)).expect("a room");
    room.handle_connected(seat(0), Encoding::Binary);
    room.handle_connected(seat(1), Encoding::Binary);
    room.handle_tick();
    let (mut first, mut second) = (Received::default(), Received::default());
    assert_eq!(first.take(&mut room, 0), (1, 0));
    assert_eq!(second.take(&mut room, 1), (1, 0));
    // The timer ended 150 frames ago. Only the first player's socket takes that snapshot.
    room.handle_frames(TURN - 1 + 150);
    request(&mut room, 1, 1).expect("accepted");
    room.handle_wake();
    assert_eq!(first.take(&mut room, 0), (TURN, 1));
    // Another step in the same frame.
    sleep(&mut room, 0);
    assert_eq!(first.take(&mut room, 0), (TURN + 150, 2));
    assert_eq!(second.take(&mut room, 1), (TURN + 150, 2));
    sleep(&mut room, 101);
    request(&mut room, 0, 1).expect("accepted");
    sleep(&mut room, 1);
    assert_eq!(first.take(&mut room, 0), (TURN + 252, 3));
    assert_eq!(second.take(&mut room, 1), (TURN + 252, 3));
}

#[test]
fn a_room_sleeps_until_its_timer_ends() {
    let mut room = running();
    assert_eq!(room.wakes_in(), Some(TURN - 1));
    sleep(&mut room, 100);
    assert_eq!((room.tick(), room.wakes_in()), (1, Some(TURN - 101)));
    assert!(!room.poll_journal(&mut Vec::new()) || room.tick() == 1);
    sleep(&mut room, TURN - 101);
    assert_eq!((room.tick(), room.wakes_in()), (TURN, Some(TURN)));
    let shown = snapshot(&mut room, 0).expect("a snapshot of the step");
    assert_eq!(shown.tick, TURN);
}

#[test]
fn a_command_wakes_the_room_and_is_applied_at_the_current_tick() {
    let mut room = running();
    room.handle_frames(50);
    request(&mut room, 1, 7).expect("accepted");
    assert_eq!(room.wakes_in(), Some(1));
    room.handle_wake();
    assert_eq!((room.tick(), room.wakes_in()), (51, Some(99)));
    sleep(&mut room, 99);
    assert_eq!(room.wakes_in(), Some(TURN - 100));
}

#[test]
fn a_leave_and_a_disconnect_wake_the_room() {
    let mut room = running();
    room.handle_disconnected(seat(0));
    assert_eq!(room.wakes_in(), Some(1));
    sleep(&mut room, 3);
    assert_eq!(room.tick(), 4);
    room.handle_left(seat(1));
    assert_eq!(room.wakes_in(), Some(1));
    room.handle_left(seat(0));
    sleep(&mut room, 1);
    assert!(room.outcome().is_some(), "all players have left");
}

#[test]
fn a_room_without_players_wakes_for_its_timers_only() {
    let mut room = running();
    room.handle_disconnected(seat(0));
    room.handle_disconnected(seat(1));
    sleep(&mut room, 1);
    let mut wakes = 0;
    while room.outcome().is_none() {
        let frames = room.wakes_in().expect("a timer");
        sleep(&mut room, frames);
        wakes += 1;
    }
    assert_eq!((wakes, room.tick()), (10, 10 * TURN));
}

#[test]
fn a_connected_player_gets_a_snapshot_every_five_seconds_without_a_tick() {
    let mut quiet = Room::<Quiet>::new(config::<Quiet>("", 0), players(1)).expect("a room");
    quiet.handle_connected(seat(0), Encoding::Json);
    quiet.handle_tick();
    take_messages(&mut quiet, 0);
    snapshot(&mut quiet, 0);
    assert_eq!(quiet.wakes_in(), Some(KEEP_ALIVE_FRAMES));
    quiet.poll_journal(&mut Vec::new());
    quiet.handle_frames(KEEP_ALIVE_FRAMES);
    quiet.handle_wake();
    assert!(!quiet.poll_journal(&mut Vec::new()));
    assert_eq!(snapshot(&mut quiet, 0).map(|shown| shown.tick), Some(1));
    quiet.handle_disconnected(seat(0));
    quiet.handle_frames(1);
    quiet.handle_wake();
    assert_eq!((quiet.tick(), quiet.wakes_in()), (302, None));
}

game::state! {
    /// A match without timers.
    pub struct Quiet { players: seats(Nobody) }
    /// A player.
    pub struct Nobody { score: count(3) }
}

impl Game for Quiet {
    const NAME: &'static str = "quiet";
    const RATE: Rate = Rate::OnCommand;
    const CONSTANTS: Constants = &[];

    fn new(_: u64, _: &Settings, roster: &Roster) -> Self {
        let players = Players::of(roster, |_| Nobody::default());
        Self { players }
    }
    fn join(&mut self, _: &Member) {}
    fn leave(&mut self, _: Seat) {}
    fn step(&mut self, _: Step<'_>) {}
    fn outcome(&self) -> Option<Ranking> {
        None
    }
    fn is_alive(&self, _: Seat) -> bool {
        true
    }
}

#[test]
fn a_flood_of_commands_does_not_speed_up_the_match() {
    let mut room = running();
    let (mut accepted, mut id) = (0, 0);
    for frame in 1..=180 {
        room.handle_frames(1);
        for _ in 0..30 {
            id += 1;
            accepted += u32::from(request(&mut room, 0, id).is_ok());
        }
        room.handle_wake();
        take_messages(&mut room, 0);
        assert!(
            room.tick() <= 1 + frame,
            "{} in {frame} frames",
            room.tick()
        );
    }
    // A burst, and then 20 per second for three seconds.
    let most = COMMANDS_PER_SECOND * 4;
    assert!((most - 2..=most).contains(&accepted), "{accepted}");
    // The first one, and one every 100 ticks.
    assert_eq!(snapshot(&mut room, 0).map(|shown| moves(&shown)), Some(2));
}

fn moves(shown: &protocol::Snapshot) -> u32 {
    let moves = shown.players["p0"].fields["moves"].number();
    moves.expect("a number") as u32
}

#[test]
fn a_room_that_moves_keeps_the_time_it_has_slept() {
    let mut room = running();
    room.handle_frames(70);
    room.catch_up();
    assert_eq!(room.tick(), 71);
    let saved = room.save();
    let (resumed, _) = Room::<Turns>::resume(5, 60, &saved.state, [].into_iter()).expect("a room");
    assert_eq!(resumed.tick(), 71);
    assert_eq!(resumed.wakes_in(), Some(1), "it waits for its players");
}
