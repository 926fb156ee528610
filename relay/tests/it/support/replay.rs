//! A finished match's replay, played again: that it is whole, and says what the players were told.

use arena::Arena;
use protocol::replay::{Replay, ReplayHeader};
use serde_json::{Value, json};

use super::{Seated, World, until};

/// The replay of a match whose `over` this was, at its end. It has every tick, its hashes are those that the room had, and
/// its result is what the players were told.
pub(crate) async fn check_replay(
    world: &World<Arena>,
    seated: &Seated,
    over: &Value,
) -> Replay<Arena> {
    let bytes = until("a replay", async || world.replay(seated).await).await;
    let (header, _) = ReplayHeader::split(&bytes).expect("a header");
    let mut replay = Replay::<Arena>::open(&bytes).expect("a whole replay");
    while replay.step().expect("a record") {}
    assert!(replay.hashes() > 0);
    assert_eq!(replay.mismatches(), 0);
    let ranking = replay.outcome().expect("the match is over");
    let scores: Vec<Value> = protocol::scores(&ranking, &header.players)
        .into_iter()
        .map(|score| json!([score.player_id, score.score, score.rank]))
        .collect();
    let told = over["scores"].as_array().expect("scores").iter();
    let told: Vec<Value> = told
        .map(|score| json!([score["player_id"], score["score"], score["rank"]]))
        .collect();
    assert_eq!(scores, told);
    replay
}
