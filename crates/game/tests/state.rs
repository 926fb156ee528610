//! The state that `state!` writes: its schema, its views, its saved bytes.

use game::{
    ArgKind, BadState, Entities, Evaluated, Fields, Kind, Players, Random, Reader, Roster, Save,
    Seat, Seats, State, View,
};
use proptest::prelude::*;

game::state! {
    /// A match with a field of each kind.
    pub struct Match {
        random: hidden(Random),
        round: count(4),
        players: seats(Player),
        radius: length(10, 1),
        marks: hidden(Vec<(u16, Option<i32>)>),
        shots: shots(Shot),
        balls: entities(Ball),
    }

    /// A player.
    pub struct Player {
        x: length(14, 16),
        secret: hidden([i8; 2]),
        aim: angle,
        away: flag,
        score: count(10),
        rest: timer(6),
    }

    /// A shot that flies to the right.
    pub struct Shot {
        x: length(12, 16),
        speed: velocity(8, 16),
    }

    /// An entity that changes without a rule.
    pub struct Ball {
        x: length(14, 16),
        vx: velocity(9, 16),
        touched: hidden(Option<Seat>),
        fuse: timer(7),
        open: flag,
    }

    events {
        /// With an argument of each kind.
        hit(player_id: seat, by: entity, x: length(16), aim: angle, hard: flag, score: count),
        ended(),
    }
}

fn seat(index: usize) -> Seat {
    Seat::new(index).expect("a seat")
}

prop_compose! {
    fn a_player()(
        x in 0..1 << 14, secret: [i8; 2], aim in 0..1024u16, away: bool, score in 0..1024u32,
        rest in 0..64u32,
    ) -> Player {
        Player { x, secret, aim, away, score, rest }
    }
}

prop_compose! {
    fn a_match()(
        seed: u64, round in 0..16u32, radius in 0..1024, present in 0..32u64, player in prop::collection::vec(a_player(), 5),
        marks: Vec<(u16, Option<i32>)>, shots in entities(a_shot()), balls in entities(a_ball()),
    ) -> Match {
        let players = Players::of(&Seats::from_bits(present).into(), |member| {
            player[member.seat.index()].clone()
        });
        Match { random: Random::new(seed), round, players, radius, marks, shots, balls }
    }
}

prop_compose! {
    fn a_shot()(x in 0..1 << 12, speed in -128..128) -> Shot {
        Shot { x, speed }
    }
}

prop_compose! {
    fn a_ball()(x in 0..1 << 14, vx in -256..256, seat in 0..9usize, fuse in 0..128u32, open: bool) -> Ball {
        Ball { x, vx, touched: Seat::new(seat), fuse, open }
    }
}

/// Entities that appeared over some time, some of them in the same tick.
fn entities<T: std::fmt::Debug + Clone>(
    one: impl Strategy<Value = T>,
) -> impl Strategy<Value = Entities<T>> {
    let births = prop::collection::vec((0..3u32, 0..6usize, one), 0..40);
    births.prop_map(|births| {
        let (mut entities, mut tick) = (Entities::default(), 0);
        for (later, owner, fields) in births {
            tick += later;
            entities.spawn(tick, Seat::new(owner), fields);
        }
        entities
    })
}

impl Evaluated for Shot {
    fn after(&self, ticks: u32) -> Self {
        let x = self.x + self.speed * ticks as i32;
        Self { x, ..self.clone() }
    }
}

fn restored(bytes: &[u8]) -> Result<Match, BadState> {
    let mut reader = Reader::new(bytes);
    let restored = State::restore(&mut reader)?;
    reader.end()?;
    Ok(restored)
}

proptest! {
    #[test]
    fn a_saved_match_restores(state in a_match()) {
        let mut bytes = Vec::new();
        State::save(&state, &mut bytes);
        prop_assert_eq!(restored(&bytes), Ok(state));
        for len in 0..bytes.len() {
            prop_assert_eq!(restored(&bytes[..len]), Err(BadState("too short")));
        }
    }

    #[test]
    fn other_bytes_are_refused_or_restore_to_a_match_that_saves_them(bytes: Vec<u8>) {
        if let Ok(state) = restored(&bytes) {
            let mut again = Vec::new();
            State::save(&state, &mut again);
            prop_assert_eq!(again, bytes);
        }
    }

    #[test]
    fn a_client_loads_visible_fields_and_keeps_hidden_ones(
        state in a_match(), mut client in a_match(),
    ) {
        let (mut view, mut again) = (View::default(), View::default());
        state.read(&mut view);
        prop_assert_eq!(Match::SCHEMA.check(&view), Ok(()));
        let before = client.clone();
        prop_assert_eq!(client.load(&view), Ok(()));
        client.read(&mut again);
        prop_assert_eq!(&again, &view);
        prop_assert_eq!((&client.random, &client.marks), (&before.random, &before.marks));
        for (seat, player) in client.players.iter() {
            let secret = before.players.get(seat).map_or([0; 2], |player| player.secret);
            prop_assert_eq!(player.secret, secret);
        }
        for ball in client.balls.iter() {
            let touched = before.balls.get(ball.birth()).and_then(|ball| ball.touched);
            prop_assert_eq!(ball.touched, touched);
        }
    }
}

#[test]
fn the_schema_has_the_fields_that_clients_see() {
    let fields: Vec<_> = Player::FIELDS
        .iter()
        .map(|field| (field.name, field.bits, field.kind))
        .collect();
    let expected = [
        ("x", 14, Kind::Linear { per_px: 16 }),
        ("aim", 10, Kind::Angle),
        ("away", 1, Kind::Flag),
        ("score", 10, Kind::Count),
        ("rest", 6, Kind::Timer),
    ];
    assert_eq!(fields, expected);
    assert_eq!(Match::SCHEMA.seat, Player::FIELDS);
    let of_match = Match::SCHEMA
        .match_fields
        .iter()
        .map(|field| (field.name, field.bits));
    assert_eq!(of_match.collect::<Vec<_>>(), [("round", 4), ("radius", 10)]);
    let hit = &Match::SCHEMA.events[0];
    assert_eq!(
        (hit.name, hit.args[1].name, hit.args[1].kind),
        ("hit", "by", ArgKind::Entity)
    );
    let event = events::hit(seat(3), 81, -5, 7, true, 9);
    assert_eq!((event.kind, event.args), (0, [3, 81, -5, 7, 1, 9]));
    assert_eq!(events::ended().kind, 1);
}

#[test]
fn the_error_names_a_number_that_does_not_fit() {
    let player = Player {
        score: 1024,
        ..Player::default()
    };
    let mut state = Match {
        random: Random::new(1),
        round: 0,
        radius: 0,
        players: Players::default(),
        marks: Vec::new(),
        shots: Entities::default(),
        balls: Entities::default(),
    };
    state.players.join(seat(1), |_| player);
    let mut bytes = Vec::new();
    State::save(&state, &mut bytes);
    let error = restored(&bytes).expect_err("11 bits");
    assert_eq!(
        error.to_string(),
        "not a state of this game: `score` is out of range"
    );
    let mut view = View::default();
    state.read(&mut view);
    let error = Match::SCHEMA.check(&view).expect_err("11 bits");
    assert_eq!(
        error.to_string(),
        "seat 1: `score` is 1024, which does not fit into 10 bits"
    );
    state.radius = -1;
    view.clear();
    state.read(&mut view);
    let error = Match::SCHEMA.check(&view).expect_err("a negative length");
    assert_eq!(
        error.to_string(),
        "the match: `radius` is 4294967295, which does not fit into 10 bits"
    );
}

#[test]
fn seats_that_do_not_exist_are_refused() {
    let mut reader = Reader::new(&[0b0010_0000, 64]);
    assert!(<Seats as Save>::restore(&mut reader).is_err());
    assert!(<Seat as Save>::restore(&mut reader).is_err());
    let five_as_more = [255, 31, 0, 0, 0, 0, 0, 0, 0];
    assert!(<Seats as Save>::restore(&mut Reader::new(&five_as_more)).is_err());
}

#[test]
fn entities_have_kinds_births_and_a_rule() {
    let kinds: Vec<_> = Match::SCHEMA
        .entities
        .iter()
        .map(|kind| (kind.name, kind.fields.len(), kind.changes))
        .collect();
    assert_eq!(kinds, [("shots", 2, false), ("balls", 4, true)]);

    let mut shots = Entities::default();
    let shot = Shot { x: 100, speed: -7 };
    let first = shots.spawn(10, seat(1), shot.clone());
    let births = [
        shots.spawn(10, seat(2), shot.clone()),
        shots.spawn(10, seat(1), shot.clone()),
        shots.spawn(10, None, shot.clone()),
        shots.spawn(11, seat(1), shot),
    ];
    assert_eq!(births.map(|birth| birth.index), [0, 1, 0, 0]);
    let shot = shots.get(first).expect("it is there");
    assert_eq!((shot.id(), shot.age(12), shot.at(12).x), (81, 2, 86));

    let mut view = View::default();
    shots.read(&mut view);
    let entity = view.entities.iter().next().expect("a shot");
    assert_eq!(entity.values, [100, 128 - 7]);
    assert_eq!(Match::evaluate(&entity, 12)[..2], [86, 128 - 7]);

    shots.retain(|shot| shot.owner() != Some(seat(1)));
    let left: Vec<_> = shots.iter().map(game::Spawned::owner).collect();
    assert_eq!(left, [Some(seat(2)), None]);
}

#[test]
fn the_error_has_the_sign_of_a_velocity_that_does_not_fit() {
    for (vx, is_fitting) in [(-256, true), (255, true), (-257, false), (256, false)] {
        let mut balls = Entities::default();
        let ball = Ball {
            vx,
            ..Ball::default()
        };
        balls.spawn(1, None, ball);
        let mut view = View::default();
        balls.read(&mut view);
        let checked = Match::SCHEMA
            .check(&view)
            .map_err(|error| error.to_string());
        let error = format!("`balls` of nobody: `vx` is {vx}, which does not fit into 9 bits");
        assert_eq!(checked, if is_fitting { Ok(()) } else { Err(error) });
    }
}

#[test]
fn players_keep_their_seats() {
    let mut players = Players::of(&Seats::from_bits(0b101).into(), |member| {
        member.seat.index()
    });
    players.join(seat(0), |_| 9);
    players.join(seat(1), |_| 9);
    players.change(seat(2), |player| *player += 10);
    players.change(seat(4), |player| *player += 10);
    let all: Vec<_> = players
        .iter()
        .map(|(seat, player)| (seat.index(), *player))
        .collect();
    assert_eq!(all, [(0, 0), (1, 9), (2, 12)]);
    assert_eq!(players.seats().bits(), 0b111);
    assert_eq!(players.get(seat(3)), None);
}

#[test]
fn a_lost_connection_is_visible_in_the_view() {
    let mut state = Match {
        random: Random::new(1),
        round: 0,
        radius: 0,
        players: Players::of(&Roster::of(2), |_| Player::default()),
        marks: Vec::new(),
        shots: Entities::default(),
        balls: Entities::default(),
    };
    state.show_away(seat(1), true);
    state.show_away(seat(3), true);
    let away: Vec<_> = state
        .players
        .iter()
        .map(|(_, player)| player.away)
        .collect();
    assert_eq!(away, [false, true]);
}

#[test]
fn a_match_of_any_size_is_restored() {
    for last in 0..game::SEATS_MAX {
        let seats: Seats = [seat(0), seat(last)].into_iter().collect();
        let mut bytes = Vec::new();
        seats.save(&mut bytes);
        assert_eq!(bytes.len(), if last < 5 { 1 } else { 9 });
        assert_eq!(Seats::restore(&mut Reader::new(&bytes)), Ok(seats));
        let players = Players::of(&seats.into(), |_| Player::default());
        bytes.clear();
        players.save(&mut bytes);
        let mut reader = Reader::new(&bytes);
        assert_eq!(Players::restore(&mut reader), Ok(players));
        assert_eq!(reader.end(), Ok(()));
        for cut in 0..bytes.len() {
            assert!(Players::<Player>::restore(&mut Reader::new(&bytes[..cut])).is_err());
        }
    }
}
