//! The journal: Redis has each tick of a match, and the replay has the same ticks.

use std::collections::BTreeMap;

use game::{InputFields as _, Pad, SeatInputs};
use protocol::record::{decode_record, frames, peek_tick, prefixed, room_key};
use protocol::replay::ReplayHeader;

use crate::support::{World, check_replay};

/// Walks to the right, shooting.
const INPUT: &str = r#"{"type":"input","move":[1,0],"aim":0.5,"fire":true}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_journal_has_every_tick() {
    let world = World::start(r#"{"match_seconds":3}"#).await;
    let (seated, mut clients) = world.play_three().await;
    clients[0]
        .find("snapshot", |snapshot| snapshot["tick"] != 0)
        .await;
    clients[1].send(INPUT).await;
    let over = clients[0].next("over").await;
    let replay = check_replay(&world, &seated[0], &over).await;
    world
        .until_metric("skirmish_replays_verified_total", 1.0)
        .await;
    assert!(world.metric("skirmish_hash_mismatches_total").await < 0.5);

    let mut journaled = BTreeMap::new();
    let key = room_key(&seated[0].room, seated[0].game.epoch);
    for stream in ["relay-1:0", "relay-1:1"] {
        for entry in world.lobby.journals.read(stream).await.expect("a journal") {
            for (_, record) in frames(&entry).filter(|(of, _)| *of == key) {
                journaled.insert(peek_tick(record).expect("a tick"), record.to_vec());
            }
        }
    }
    let bytes = world.replay(&seated[0]).await.expect("a replay");
    let (_, records) = ReplayHeader::split(&bytes).expect("a header");
    let replayed: Vec<&[u8]> = prefixed(records).collect();
    assert_eq!(journaled.values().collect::<Vec<_>>(), replayed);
    assert!(journaled.keys().copied().eq(1..=replay.ticks()));

    let mut inputs = SeatInputs::default();
    let mut shots = [0; 3];
    for record in journaled.values() {
        inputs = decode_record(Pad::SCHEMA, record, &inputs)
            .expect("a record")
            .inputs;
        for (shots, seat_input) in shots.iter_mut().zip(&inputs) {
            *shots += u32::from(Pad::from(seat_input.input).fire);
        }
    }
    assert_eq!(
        shots.iter().sum::<u32>(),
        1,
        "the player fired once: {shots:?}"
    );
}
