//! A summary of a running room for Redis, derived from the game's schema.

use game::{Field, Game, Kind, Seat, Sim, View};

use crate::Player;

/// The public state of a running room in Redis (`GET /lobby/rooms/<room>`), derived from the game's
/// schema. Positions are in px.
#[derive(Clone, Debug, PartialEq)]
pub struct Mirror {
    /// By seat, without players who left.
    pub players: Vec<MirrorPlayer>,
    /// Every entity that has a position.
    pub projectiles: Vec<MirrorProjectile>,
}

/// A player's position; (0, 0) in a game without positions.
#[derive(Clone, Debug, PartialEq)]
pub struct MirrorPlayer {
    /// UUID text.
    pub player_id: String,
    /// px, to the right.
    pub x: f64,
    /// px, down.
    pub y: f64,
    /// Whether the player is connected.
    pub online: bool,
}

/// A projectile's position.
#[derive(Clone, Debug, PartialEq)]
pub struct MirrorProjectile {
    /// px, to the right.
    pub x: f64,
    /// px, down.
    pub y: f64,
    /// The player who fired it.
    pub player_id: String,
}

/// `online` is None for a seat that was given up.
pub(crate) fn mirror<G: Game>(
    sim: &Sim<G>,
    players: &[Player],
    online: impl Fn(Seat) -> Option<bool>,
) -> Mirror {
    let mut view = View::default();
    sim.read(&mut view);
    sim.hide(&mut view, None);
    let seated = Seat::all().zip(players).filter_map(|(seat, player)| {
        // A game without positions still lists its players, so that they count as present.
        let shown = view.seat(seat);
        let (x, y) = shown
            .and_then(|values| place(G::SCHEMA.seat, values))
            .unwrap_or_default();
        Some(MirrorPlayer {
            player_id: player.player_id.clone(),
            x,
            y,
            online: online(seat)?,
        })
    });
    let projectiles = view.entities.iter().filter_map(|entity| {
        let kind = G::SCHEMA.entities.get(usize::from(entity.kind))?;
        let values = if kind.changes {
            entity.fields()
        } else {
            G::evaluate(&entity, view.tick)
        };
        let (x, y) = place(kind.fields, &values)?;
        // The mirror has only entities with an owner.
        let owner = entity.birth.owner?;
        Some(MirrorProjectile {
            x,
            y,
            player_id: players.get(owner.index())?.player_id.clone(),
        })
    });
    Mirror {
        players: seated.collect(),
        projectiles: projectiles.collect(),
    }
}

/// The length fields `x` and `y` of the schema, px.
fn place(fields: &[Field], values: &[u32]) -> Option<(f64, f64)> {
    let side = |name: &str| {
        fields
            .iter()
            .zip(values)
            .find_map(|(field, &value)| match field.kind {
                Kind::Linear { per_px } if field.name == name => {
                    Some(f64::from(value) / f64::from(per_px))
                }
                _ => None,
            })
    };
    Some((side("x")?, side("y")?))
}
