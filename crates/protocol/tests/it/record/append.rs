//! A replay that grows while its match runs equals one that is opened complete.

use arena::Arena;
use game::prelude::*;
use proptest::prelude::*;
use protocol::record::{Record, encode_record, prefixed, push_prefixed};
use protocol::replay::{KEYFRAME_TICKS, KEYFRAMES_MAX, Replay, ReplayError};

use super::support::{file, recorded};

/// The end positions of a file's header and of each of its records.
fn ends(file: &[u8]) -> Vec<usize> {
    let line_end = file.iter().position(|&byte| byte == b'\n');
    let mut end = line_end.expect("a header") + 1;
    let mut ends = vec![end];
    for record in prefixed(&file[end..]) {
        end += 2 + record.len();
        ends.push(end);
    }
    ends
}

fn view<G: Game>(replay: &Replay<G>) -> View {
    let mut view = View::default();
    replay.view(&mut view);
    view
}

/// Plays to the end and returns the events.
fn events(replay: &mut Replay<Arena>) -> Vec<(u32, Event)> {
    let mut events = Vec::new();
    while replay.step().expect("a record") {
        events.extend(replay.events().iter().map(|&event| (replay.tick(), event)));
    }
    events
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn a_growing_replay_has_the_same_events_hashes_and_views(
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 1..8),
        seeks in prop::collection::vec(0..1300u32, 8),
    ) {
        let file = file(&recorded(None));
        let ends = ends(&file);
        let mut cuts: Vec<_> = cuts.iter().map(|cut| ends[cut.index(ends.len())]).collect();
        cuts.push(file.len());
        cuts.sort_unstable();
        let mut whole = Replay::<Arena>::open(&file).expect("a replay");
        let expected = events(&mut whole);

        let mut grown = Replay::<Arena>::open(&file[..cuts[0]]).expect("a replay");
        let mut seen = events(&mut grown);
        for (piece, tick) in cuts.windows(2).zip(seeks) {
            grown.append(&file[piece[0]..piece[1]]).expect("the next records");
            seen.extend(events(&mut grown));
            grown.seek(tick).expect("a tick");
            whole.seek(grown.tick()).expect("a tick");
            prop_assert_eq!(grown.tick(), tick.min(grown.ticks()));
            prop_assert_eq!(view(&grown), view(&whole));
            grown.seek(u32::MAX).expect("the end");
        }
        prop_assert_eq!(seen, expected);
        prop_assert_eq!((grown.hashes(), grown.mismatches()), (whole.hashes(), 0));
        prop_assert!(grown.outcome().is_some());
    }
}

#[test]
fn records_that_do_not_follow_are_refused_and_change_nothing() {
    let file = file(&recorded(Some(200)));
    let ends = ends(&file);
    let mut replay = Replay::<Arena>::open(&file[..ends[100]]).expect("a replay");
    replay.seek(90).expect("a tick");
    let wrong: [(&[u8], u32); 4] = [
        (&file[ends[101]..ends[110]], 100),
        (&file[ends[99]..ends[110]], 100),
        (&file[ends[100]..ends[110] - 1], 109),
        (b"\x05\0noise", 100),
    ];
    for (records, last) in wrong {
        assert_eq!(replay.append(records), Err(ReplayError::Broken(last)));
        assert_eq!((replay.tick(), replay.ticks()), (90, 100));
    }
    replay.append(&file[ends[100]..]).expect("the next records");
    replay.seek(u32::MAX).expect("the end");
    assert_eq!(replay.ticks() as usize, ends.len() - 1);
    assert_eq!((replay.tick(), replay.mismatches()), (replay.ticks(), 0));
}

game::state! {
    /// A match that counts its steps, and the ticks since the last one.
    pub struct Counted {
        steps: count(8),
        left: timer(10),
        players: seats(Player),
    }

    /// A player.
    pub struct Player {
        rest: timer(10),
    }
}

impl Game for Counted {
    const NAME: &'static str = "steps";
    const RATE: Rate = Rate::OnCommand;
    const CONSTANTS: Constants = &[];

    fn new(_: u64, _: &Settings, roster: &Roster) -> Self {
        Self {
            steps: 0,
            left: 1000,
            players: Players::of(roster, |_| Player { rest: 0 }),
        }
    }
    fn join(&mut self, _: &Member) {}
    fn leave(&mut self, _: Seat) {}
    fn step(&mut self, _: Step<'_>) {
        (self.steps, self.left) = (self.steps + 1, 1000);
    }
    fn outcome(&self) -> Option<Ranking> {
        None
    }
    fn is_alive(&self, _: Seat) -> bool {
        true
    }
}

/// A step every 300 ticks.
fn steps(count: u32) -> Vec<Vec<u8>> {
    let before = Record::new(5);
    let record = |step| {
        let tick = 300 * step;
        let record = Record {
            tick,
            idle: 299,
            ..Record::new(5)
        };
        let (mut bytes, mut prefixed) = (Vec::new(), Vec::new());
        encode_record(Counted::INPUT, &record, &before.inputs, &mut bytes);
        push_prefixed(&bytes, &mut prefixed);
        prefixed
    };
    (1..=count).map(record).collect()
}

#[test]
fn keyframes_are_correct_after_they_are_thinned_out() {
    let records = steps(200);
    let open = |records: &[Vec<u8>]| {
        let settings = Settings::defaults(&[]);
        Replay::<Counted>::new(0, &settings, &Roster::of(3), &records.concat()).expect("a replay")
    };
    let mut whole = open(&records);
    let mut grown = open(&records[..1]);
    for (at, record) in records.iter().enumerate().skip(1) {
        grown.append(record).expect("the next record");
        // Some parts are played much later.
        if at % 7 < 4 {
            grown.seek(u32::MAX).expect("the end");
        }
    }
    assert_eq!((grown.ticks(), whole.ticks()), (60_000, 60_000));
    assert!(grown.ticks() > 3 * KEYFRAME_TICKS * KEYFRAMES_MAX);
    for tick in (0..200).map(|at| at * 7919 % 60_000) {
        grown.seek(tick).expect("a tick");
        whole.seek(tick).expect("a tick");
        assert_eq!(grown.tick(), tick);
        assert_eq!(view(&grown), view(&whole), "tick {tick}");
    }
}
