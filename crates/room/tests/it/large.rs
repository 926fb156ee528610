//! A room of 64 players.

use game::prelude::*;
use game::{Birth, SEATS_MAX, State};
use protocol::binary::{Layout, decode_snapshot};
use protocol::record::{frames, records_of, room_key};
use protocol::{Encoding, Form};
use room::{Room, RoomError};

use crate::support::{config, input, players, seat, tick};

game::state! {
    /// All players walk.
    pub struct Crowd {
        random: hidden(Random),
        crates: entities(Box),
        players: seats(Player),
    }

    /// A player.
    pub struct Player {
        x: length(14, 16),
        y: length(14, 16),
        score: count(8),
        away: flag,
        secret: private(count(7)),
    }

    /// An entity with an owner.
    pub struct Box { x: length(14, 16) }
}

impl Game for Crowd {
    const NAME: &'static str = "crowd";
    const SEATS: RangeInclusive<u8> = 2..=64;
    const CONSTANTS: Constants = &[];

    fn new(seed: u64, _: &Settings, roster: &Roster) -> Self {
        let mut crowd = Self {
            random: Random::new(seed),
            crates: Entities::default(),
            players: Players::default(),
        };
        roster.iter().for_each(|member| crowd.join(member));
        crowd
    }

    fn join(&mut self, member: &Member) {
        self.players.join(member.seat, |seat| Player {
            x: 1000 + 100 * seat.index() as i32,
            secret: 64 + seat.index() as u32,
            ..Player::default()
        });
        self.crates.spawn(0, member.seat, Box::default());
    }

    fn leave(&mut self, _: Seat) {}

    fn step(&mut self, step: Step<'_>) {
        for (player, input) in self.players.moving::<Pad>(&step) {
            player.x = (player.x + i32::from(input.dx) / 8).clamp(0, 16_000);
            player.y = (player.y + self.random.below(3) as i32).min(16_000);
            player.score = step.tick % 256;
        }
        for thing in self.crates.iter_mut() {
            thing.x = (step.tick % 1000) as i32;
        }
    }

    fn outcome(&self) -> Option<Ranking> {
        let is_over = self.players.iter().any(|(_, player)| player.score == 200);
        is_over.then(|| {
            self.players
                .ranking(|player| Standing::of_score(player.x as u32, false))
        })
    }

    fn is_alive(&self, _: Seat) -> bool {
        true
    }
}

fn crowd(count: usize) -> Room<Crowd> {
    let mut room = Room::new(config::<Crowd>("", 0), players(count)).expect("a room");
    for seat in room.seats().iter() {
        let encoding = match seat.index() % 7 {
            3 => Encoding::Json,
            _ => Encoding::Binary,
        };
        room.handle_connected(seat, encoding);
    }
    room
}

fn known(views: &[View], tick: u32) -> Option<&View> {
    views.iter().rev().find(|view| view.tick == tick)
}

#[test]
fn all_64_players_see_each_other_and_no_secret() {
    let mut room = crowd(SEATS_MAX);
    let mut views = vec![Vec::new(); SEATS_MAX];
    let mut out = Vec::new();
    for now in 0..120 {
        for seat in room.seats().iter() {
            let way = if seat.index() % 2 == 0 { 1.0 } else { -1.0 };
            let _ = room.handle_message(seat, input(None, (way, 0.0), false));
        }
        tick(&mut room, 1);
        for seat in room.seats().iter() {
            out.clear();
            while room.poll_reliable(seat, &mut out).is_some() {}
            out.clear();
            // Some clients miss snapshots.
            if (now + seat.index()) % 5 == 0 {
                continue;
            }
            if room.poll_snapshot(seat, &mut out) == Some(Form::Binary) {
                let (mut view, views) = (View::default(), &mut views[seat.index()]);
                decode_snapshot(
                    Layout::of::<Crowd>(),
                    &out,
                    |tick| known(views, tick),
                    &mut view,
                )
                .expect("a snapshot");
                check(&room, &view, seat);
                views.push(view);
            }
        }
    }
    assert!(views.iter().filter(|views| views.len() > 40).count() > 50);
}

fn check(room: &Room<Crowd>, view: &View, viewer: Seat) {
    assert_eq!(
        (view.tick, view.seats()),
        (room.tick(), Seats::first(SEATS_MAX))
    );
    for (seat, player) in view.seats().iter().zip(view.players::<Player>()) {
        let own = if seat == viewer {
            64 + seat.index() as u32
        } else {
            0
        };
        assert_eq!((player.secret, player.score), (own, view.tick % 256));
    }
    let last = view.entities.iter().last().expect("crates");
    assert_eq!(last.birth, Birth::new(0, seat(63)));
}

#[test]
fn a_room_of_any_size_resumes_from_checkpoint_and_journal() {
    for count in [2, 5, 6, 17, SEATS_MAX] {
        let mut room = crowd(count);
        tick(&mut room, 20);
        let saved = room.save();
        let mut journal = Vec::new();
        for now in 0..30 {
            let last = seat(count - 1);
            if now == 10 {
                room.handle_disconnected(last);
            }
            let _ = room.handle_message(seat(0), input(None, (1.0, 0.0), false));
            tick(&mut room, 1);
            room.poll_journal(&mut journal);
        }
        assert_eq!(frames(&journal).count(), 30);
        let key = room_key(room.room_id(), room.epoch());
        let records = records_of(key, std::iter::once(journal.as_slice()));
        let (resumed, report) =
            Room::<Crowd>::resume(2, 60, &saved.state, records).expect("a saved room");
        assert_eq!((report.tick, report.hash_mismatches), (room.tick(), 0));
        assert_eq!(resumed.mirror().players.len(), count);
        let places = |room: &Room<Crowd>| {
            let players = room.mirror().players;
            players
                .into_iter()
                .map(|player| (player.x, player.y))
                .collect::<Vec<_>>()
        };
        assert_eq!(places(&resumed), places(&room));
    }
}

#[test]
fn a_match_of_64_players_ends_with_a_result_for_each() {
    let mut room = crowd(SEATS_MAX);
    while room.outcome().is_none() {
        tick(&mut room, 1);
    }
    let outcome = room.outcome().expect("it is over");
    assert_eq!(outcome.scores.len(), SEATS_MAX);
    assert_eq!(
        (
            outcome.scores[0].player_id.as_str(),
            outcome.scores[63].rank
        ),
        ("p63", 64)
    );
}

#[test]
fn more_players_than_the_game_has_seats_are_refused() {
    for count in [0, SEATS_MAX + 1] {
        let refused = Room::<Crowd>::new(config::<Crowd>("", 0), players(count));
        assert!(matches!(refused, Err(RoomError::Players { players, .. }) if players == count));
    }
    let refused = Room::<arena::Arena>::new(config::<arena::Arena>("", 0), players(6));
    assert!(matches!(
        refused,
        Err(RoomError::Players {
            players: 6,
            most: 5
        })
    ));
    assert_eq!(Crowd::SCHEMA.seat.len(), 5);
}
