//! One bot in one match: eyes and hands for a brain, and a count of what went by.

use std::collections::BTreeMap;

use bots::{Client, EntityState, Error, GameTicket, MatchEvent, PlayerState, Score, Snapshot};

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
            MatchEvent::Snapshot(snapshot) => {
                played.snapshots += 1;
                game.send(brain.decide(sight(me, snapshot))).await?;
                played.inputs += 1;
            }
            MatchEvent::Over(over) => played.scores = Some(over.scores),
            MatchEvent::Ended { reason } => played.reason = reason,
            MatchEvent::Refused(refused) => tracing::warn!(?refused, "the match refused something"),
            MatchEvent::Welcome(_) | MatchEvent::Event(_) => {}
        }
    }
    played.reconnects = game.reconnects();
    Ok(played)
}

fn sight(me: &str, mut snapshot: Snapshot) -> Sight {
    let mut others: BTreeMap<_, _> = snapshot.players.into_iter().filter_map(seen).collect();
    let projectiles = snapshot.entities.remove("projectiles").unwrap_or_default();
    let foreign = projectiles
        .iter()
        .filter(|projectile| projectile.player_id != me);
    Sight {
        tick: snapshot.tick,
        me: others.remove(me),
        shots: foreign.filter_map(shot).collect(),
        others,
    }
}

/// Where somebody is who is in the world.
fn seen((id, player): (String, PlayerState)) -> Option<(String, [f64; 2])> {
    let field = |name| player.fields.get(name)?.number();
    player.alive.then_some((id, [field("x")?, field("y")?]))
}

fn shot(projectile: &EntityState) -> Option<Shot> {
    let field = |name| projectile.fields.get(name)?.number();
    Some(Shot {
        id: projectile.id,
        at: [field("x")?, field("y")?],
        angle: field("angle")?,
    })
}
