//! One bot in one match: eyes and hands for a brain, and a count of what went by.

use std::collections::BTreeMap;

use bots::{Client, Error, GameEvent, GameTicket, Score, Snapshot};

use crate::brain::{Brain, Shot, Sight};

/// What a bot's match came to.
#[derive(Debug, Default)]
pub(crate) struct Played {
    /// As `over` said; None when the match went on without it.
    pub(crate) scores: Option<Vec<Score>>,
    /// Why there are none.
    pub(crate) reason: Option<String>,
    pub(crate) snapshots: u64,
    pub(crate) inputs: u64,
    pub(crate) reconnects: u32,
}

/// Plays to the end.
pub(crate) async fn play(client: &Client, game: GameTicket, seed: u64) -> Result<Played, Error> {
    let me = client.player_id().unwrap_or_default();
    let mut played = Played::default();
    let mut brain = Brain::new(seed);
    let mut game = client.play(game).await?;
    while let Some(event) = game.next().await? {
        match event {
            GameEvent::Snapshot(snapshot) => {
                played.snapshots += 1;
                game.send(&brain.decide(sight(me, snapshot))).await?;
                played.inputs += 1;
            }
            GameEvent::Over(over) => played.scores = Some(over.scores),
            GameEvent::Ended { reason } => played.reason = reason,
            GameEvent::Welcome(_) | GameEvent::Event(_) => {}
        }
    }
    played.reconnects = game.reconnects();
    Ok(played)
}

fn sight(me: &str, snapshot: Snapshot) -> Sight {
    let alive = |(id, player): (String, bots::PlayerView)| {
        player.alive.then_some((id, [player.x, player.y]))
    };
    let mut others: BTreeMap<_, _> = snapshot.players.into_iter().filter_map(alive).collect();
    let shots = snapshot
        .projectiles
        .into_iter()
        .filter(|shot| shot.player_id != me);
    Sight {
        tick: snapshot.tick,
        me: others.remove(me),
        others,
        shots: shots
            .map(|shot| Shot {
                id: shot.id.to_string(),
                at: [shot.x, shot.y],
                angle: shot.angle,
            })
            .collect(),
    }
}
