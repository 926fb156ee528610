//! The roster: the data of each player for the rules, in a new match, at another relay and in a replay.

use game::GAME_TEXT_BYTES_MAX;
use game::prelude::*;
use proptest::prelude::*;
use protocol::Encoding;
use protocol::replay::{Replay, ReplayError, ReplayHeader};
use room::{Player as Seated, Room, RoomError};

use crate::support::{config, seat, tick};

game::state! {
    /// A match that stores its roster.
    pub struct Known {
        first: hidden(Vec<u8>),
        players: seats(Player, Player::of),
    }

    /// A player.
    pub struct Player {
        /// A checksum of the id, the name and the text for the game.
        sum: count(32),
        team: count(9),
        bot: flag,
    }
}

impl Game for Known {
    const NAME: &'static str = "known";
    const CONSTANTS: Constants = &[];

    fn new(_: u64, _: &Settings, roster: &Roster) -> Self {
        Self {
            first: roster.game(seat(0)).into(),
            players: Players::of(roster, Player::of),
        }
    }

    fn step(&mut self, _: Step<'_>) {
        self.first.reverse();
    }

    fn outcome(&self) -> Option<Ranking> {
        None
    }
}

impl Player {
    fn of(member: &Member) -> Self {
        let texts = [&member.player_id, &member.name, &member.game];
        let bytes = texts.into_iter().flat_map(|text| text.bytes());
        Self {
            sum: bytes.fold(7, |sum, byte| sum.rotate_left(5) ^ u32::from(byte)),
            team: member.team.map_or(0, |team| u32::from(team) + 1),
            bot: member.is_bot,
        }
    }
}

fn players() -> impl Strategy<Value = Vec<Seated>> {
    let text = any::<String>().prop_filter("short", |text| text.len() <= GAME_TEXT_BYTES_MAX);
    let player = (text, any::<Option<u8>>(), any::<bool>(), "\\PC{1,24}");
    prop::collection::vec(player, 1..=5).prop_map(|players| {
        let player = |(index, (game, team, is_bot, name))| Seated {
            player_id: format!("p{index}"),
            name,
            colors: vec![format!("#00000{index}")],
            team,
            is_bot,
            game,
        };
        players.into_iter().enumerate().map(player).collect()
    })
}

fn room(players: &[Seated]) -> Room<Known> {
    Room::new(config::<Known>("", 0), players.to_vec()).expect("a room")
}

/// The same room at another relay.
fn moved(room: &mut Room<Known>) -> Room<Known> {
    let state = room.save().state;
    let (room, resumed) = Room::resume(5, 0, &state, std::iter::empty()).expect("a room");
    assert_eq!(resumed.hash_mismatches, 0);
    room
}

/// The replay, with a hash at each 60th tick.
fn replay(room: &mut Room<Known>) -> Vec<u8> {
    let records = room.save().replay;
    [room.replay_header(9).into_bytes(), records].concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn the_roster_is_the_same_at_another_relay_and_in_the_replay(players in players()) {
        let mut first = room(&players);
        let mut second = moved(&mut first);
        prop_assert_eq!(second.save().state, first.save().state);
        tick(&mut first, 130);
        let file = replay(&mut first);
        let third = moved(&mut first);
        prop_assert_eq!(third.replay_header(9), first.replay_header(9));

        let (header, _) = ReplayHeader::split(&file).expect("a header");
        prop_assert_eq!(&header.players, &players);
        let mut replay = Replay::<Known>::open(&file).expect("a replay");
        replay.seek(u32::MAX).expect("a replay");
        prop_assert_eq!((replay.tick(), replay.hashes(), replay.mismatches()), (130, 2, 0));
    }
}

#[test]
fn a_replay_with_another_roster_is_another_match() {
    let player = |game: &str| Seated {
        player_id: "p0".into(),
        game: game.into(),
        ..Seated::default()
    };
    let mut gold = room(&[player("gold")]);
    tick(&mut gold, 70);
    let mut file = replay(&mut gold);
    let at = file.windows(4).position(|bytes| bytes == b"gold");
    file[at.expect("the text is in the header")] = b'b';
    let mut replay = Replay::<Known>::open(&file).expect("a replay");
    replay.seek(u32::MAX).expect("a replay");
    assert_eq!((replay.hashes(), replay.mismatches()), (1, 1));
}

#[test]
fn clients_do_not_get_the_text_for_the_game() {
    for encoding in Encoding::ALL {
        let player = |index: usize| Seated {
            player_id: format!("p{index}"),
            name: format!("Player {index}"),
            colors: vec![format!("#00000{index}")],
            game: format!("secret-{index}"),
            ..Seated::default()
        };
        let mut room = room(&[player(0), player(1)]);
        let mut got = Vec::new();
        for index in [0, 1] {
            room.handle_connected(seat(index), encoding);
        }
        for _ in 0..30 {
            room.handle_tick();
            for index in [0, 1] {
                while room.poll_reliable(seat(index), &mut got).is_some() {}
                room.poll_snapshot(seat(index), &mut got);
            }
        }
        assert!(got.len() > 500);
        assert!(!got.windows(6).any(|bytes| bytes == b"secret"));
        assert!(!format!("{:?}", room.mirror()).contains("secret"));
    }
}

#[test]
fn a_text_for_the_game_has_at_most_256_bytes() {
    let with = |length: usize| {
        vec![Seated {
            player_id: "p0".into(),
            game: "x".repeat(length),
            ..Seated::default()
        }]
    };
    let refused = Room::<Known>::new(config::<Known>("", 0), with(257)).err();
    assert_eq!(refused, Some(RoomError::GameText("p0".into())));

    let mut longest = room(&with(256));
    let state = longest.save().state;
    let mut file = replay(&mut longest);
    let header = String::from_utf8(file.clone()).expect("only a header");
    file.splice(..header.len(), header.replace("xx\"", "xxx\"").into_bytes());
    assert_eq!(
        Replay::<Known>::open(&file).err(),
        Some(ReplayError::GameText)
    );
    let length = state.windows(2).rposition(|bytes| bytes == [0, 1]);
    let mut longer = state.clone();
    let at = length.expect("a length of 256");
    longer[at] = 1;
    longer.insert(at + 2, b'x');
    let resumed = Room::<Known>::resume(5, 0, &longer, std::iter::empty());
    assert!(resumed.is_err());
}
