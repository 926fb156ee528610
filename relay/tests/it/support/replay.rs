//! Checks that a finished match's replay is complete and has the result that the players received.

use arena::Arena;
use protocol::replay::{Replay, ReplayHeader};
use serde_json::{Value, json};

use super::{Seated, World, until};

/// Checks the replay of a match with this `over`: it has every tick, every hash matches, and its
/// result is the one that the players received.
pub(crate) async fn check_replay(world: &World, seated: &Seated, over: &Value) -> Replay<Arena> {
    let bytes = until("a replay", async || world.replay(seated).await).await;
    let (header, _) = ReplayHeader::split(&bytes).expect("a header");
    let mut replay = Replay::<Arena>::open(&bytes).expect("a whole replay");
    while replay.step().expect("a record") {}
    assert!(replay.hashes() > 0);
    assert_eq!(replay.mismatches(), 0);
    let ranking = replay.outcome().expect("the match is over");
    let scores: Vec<Value> = protocol::scores(ranking, &header.players)
        .into_iter()
        .map(|score| json!([score.player_id, score.score, score.rank]))
        .collect();
    let reported = over["scores"].as_array().expect("scores").iter();
    let reported: Vec<Value> = reported
        .map(|score| json!([score["player_id"], score["score"], score["rank"]]))
        .collect();
    assert_eq!(scores, reported);
    replay
}
