//! The properties of the model: the invariants that do not concern texts and keys.

use stateright::Property;

use super::Model;
use super::state::{Phase, Player, Room, State, bit};

/// Properties that are checked in each state. The `sometimes` properties show that the bounds are large enough for
/// the others to be meaningful.
pub(super) fn properties() -> Vec<Property<Model>> {
    vec![
        Property::<Model>::always(
            "1: queued is in the queue or aside, and nobody else",
            |_: &Model, state: &State| {
                let lists = [state.queue, state.aside, state.popped];
                by_player(state, |player, record| {
                    let places = lists.iter().filter(|list| *list & bit(player) > 0).count();
                    places == usize::from(record == Player::Queued)
                })
            },
        ),
        Property::always(
            "2: a record and the seats of its room agree",
            |_: &Model, state: &State| {
                by_player(state, |player, record| {
                    by_room(state, |id, room| {
                        (record.room() == Some(id)) == (room.seats & bit(player) > 0)
                    })
                })
            },
        ),
        Property::always(
            "2: seated in an open room, playing in a started one",
            |_: &Model, state: &State| {
                by_player(state, |_, record| match record {
                    Player::Seated(id) => is_open(&state.rooms[usize::from(id)]),
                    Player::Playing(id) => state.rooms[usize::from(id)].phase == Phase::Started,
                    _ => true,
                })
            },
        ),
        Property::always("3: a room is listed as it is", |model, state| {
            by_room(state, |_, room| is_listed_rightly(model, room))
        }),
        Property::always(
            "4: no match begins with too few",
            |_: &Model, state: &State| !state.wrongs.few,
        ),
        Property::always(
            "4: nobody is seated after open",
            |_: &Model, state: &State| !state.wrongs.seated_late,
        ),
        Property::always("4: a live room is not empty", |_: &Model, state: &State| {
            by_room(state, |_, room| {
                room.phase == Phase::Gone || room.seats != 0
            })
        }),
        Property::always(
            "6: one decision per generation, never early",
            |_: &Model, state: &State| !state.wrongs.expired,
        ),
        Property::always(
            "7: one owner per epoch, no write of another",
            |_: &Model, state: &State| !state.wrongs.owned,
        ),
        Property::always("9: a match scores once", |_: &Model, state: &State| {
            by_room(state, |_, room| room.scored <= 1)
        }),
        Property::always(
            "10: at rest, every player is seated or notified",
            |model, state| !model.is_at_rest(state) || is_settled(model, state),
        ),
        Property::sometimes(
            "a match was finished by a second owner",
            |_: &Model, state: &State| {
                by_any_room(state, |room| room.epoch > 1 && room.saved == room.epoch)
            },
        ),
        Property::sometimes("a match was finished", |_: &Model, state: &State| {
            by_any_room(state, |room| room.scored == 1)
        }),
        Property::sometimes("a room waited for a relay", |_: &Model, state: &State| {
            by_any_room(state, |room| {
                matches!(room.phase, Phase::Open { waiting: true, .. })
            })
        }),
    ]
}

/// At rest, no player waits in the queue (players who are set aside may wait for a sign of life) or plays in a match
/// that no relay ends. No two rooms stay open whose players fit in one or could start.
fn is_settled(model: &Model, state: &State) -> bool {
    let bounds = &model.bounds;
    let is_idle = by_player(state, |player, record| match record {
        Player::Queued => state.aside & bit(player) > 0,
        Player::Playing(_) => false,
        _ => true,
    });
    let cannot_start = by_room(state, |_, room| {
        !is_open(room) || (room.seats.count_ones() as u8) < bounds.seats_min
    });
    is_idle && cannot_start
}

fn is_listed_rightly(model: &Model, room: &Room) -> bool {
    let count = room.seats.count_ones() as u8;
    let could =
        matches!(room.phase, Phase::Open { waiting: false, .. }) && count < model.bounds.seats_max;
    room.listed == could.then_some(count) && count <= model.bounds.seats_max
}

fn is_open(room: &Room) -> bool {
    matches!(room.phase, Phase::Open { .. })
}

fn by_player(state: &State, holds: impl Fn(usize, Player) -> bool) -> bool {
    state
        .players
        .iter()
        .enumerate()
        .all(|(player, record)| holds(player, *record))
}

fn by_room(state: &State, holds: impl Fn(u8, &Room) -> bool) -> bool {
    (0..).zip(&state.rooms).all(|(id, room)| holds(id, room))
}

fn by_any_room(state: &State, holds: impl Fn(&Room) -> bool) -> bool {
    state.rooms.iter().any(holds)
}
