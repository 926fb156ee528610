//! A game that consists of a schema only, for tests of the encodings.

use game::{
    Arg, ArgKind, BadState, Entity, EntityKind, EventKind, Field, Game, Kind, Member, Players,
    Pose, Ranking, Reader, Roster, Schema, Seat, Setting, Settings, State, Step, Values, View,
};

/// A field of each kind, two kinds of entities that do not change, and one that does.
#[derive(Clone)]
pub(crate) struct Toy;

impl Game for Toy {
    const NAME: &'static str = "toy";
    const SETTINGS: &'static [Setting] = &[Setting {
        name: "balls",
        default: 2,
        min: 0,
        max: 9,
    }];
    const CONSTANTS: &'static [(&'static str, u32)] = &[("width", 100)];

    fn new(_: u64, _: &Settings, _: &Roster) -> Self {
        Self
    }
    fn join(&mut self, _: &Member) {}
    fn leave(&mut self, _: Seat) {}
    fn set_away(&mut self, _: Seat, _: bool) {}
    fn step(&mut self, _: Step<'_>) {}
    fn outcome(&self) -> Option<Ranking> {
        None
    }
    fn is_alive(&self, _: Seat) -> bool {
        true
    }
    fn pose(&self, _: Seat) -> Option<Pose> {
        None
    }
}

impl State for Toy {
    const SCHEMA: &'static Schema = &Schema {
        match_fields: &[],
        private: 0,
        seat: &[
            Field {
                name: "x",
                bits: 14,
                kind: Kind::Linear { per_px: 16 },
            },
            Field {
                name: "look",
                bits: 10,
                kind: Kind::Angle,
            },
            Field {
                name: "it",
                bits: 1,
                kind: Kind::Flag,
            },
            Field {
                name: "score",
                bits: 4,
                kind: Kind::Count,
            },
        ],
        entities: &[
            EntityKind {
                name: "balls",
                changes: false,
                fields: &[Field {
                    name: "y",
                    bits: 9,
                    kind: Kind::Linear { per_px: 10 },
                }],
            },
            EntityKind {
                name: "walls",
                changes: false,
                fields: &[],
            },
            EntityKind {
                name: "crates",
                changes: true,
                fields: &[
                    Field {
                        name: "x",
                        bits: 14,
                        kind: Kind::Linear { per_px: 16 },
                    },
                    Field {
                        name: "vx",
                        bits: 8,
                        kind: Kind::Velocity { per_px: 16 },
                    },
                    Field {
                        name: "turn",
                        bits: 10,
                        kind: Kind::Angle,
                    },
                    Field {
                        name: "open",
                        bits: 1,
                        kind: Kind::Flag,
                    },
                    Field {
                        name: "hp",
                        bits: 5,
                        kind: Kind::Count,
                    },
                    Field {
                        name: "fuse",
                        bits: 7,
                        kind: Kind::Timer,
                    },
                ],
            },
        ],
        events: &[EventKind {
            name: "tagged",
            args: &[
                Arg {
                    name: "player_id",
                    kind: ArgKind::Seat,
                },
                Arg {
                    name: "by",
                    kind: ArgKind::Seat,
                },
                Arg {
                    name: "ball",
                    kind: ArgKind::Entity,
                },
                Arg {
                    name: "at",
                    kind: ArgKind::Value(Kind::Linear { per_px: 16 }),
                },
                Arg {
                    name: "hard",
                    kind: ArgKind::Value(Kind::Flag),
                },
            ],
        }],
    };

    fn read(&self, _: &mut View) {}
    fn load(&mut self, _: &View) -> Result<(), BadState> {
        Ok(())
    }
    /// Falls one unit a tick.
    fn evaluate(entity: &Entity<'_>, tick: u32) -> Values {
        let mut values = entity.fields();
        values[0] += tick - entity.birth.tick;
        values
    }
    fn save(&self, _: &mut Vec<u8>) {}
    fn restore(_: &mut Reader<'_>) -> Result<Self, BadState> {
        Ok(Self)
    }
}

game::state! {
    /// A match with fields of its own.
    pub struct Rounds {
        round: count(4),
        radius: length(14, 16),
        players: seats(Player),
    }

    /// A player.
    pub struct Player {
        x: length(14, 16),
    }
}

impl Game for Rounds {
    const NAME: &'static str = "rounds";
    const CONSTANTS: game::Constants = &[];

    fn new(_: u64, _: &Settings, roster: &Roster) -> Self {
        let players = Players::of(roster, |_| Player::default());
        Self {
            round: 1,
            radius: 1600,
            players,
        }
    }
    fn join(&mut self, _: &Member) {}
    fn leave(&mut self, _: Seat) {}
    fn step(&mut self, _: Step<'_>) {}
    fn outcome(&self) -> Option<Ranking> {
        None
    }
    fn is_alive(&self, _: Seat) -> bool {
        true
    }
}
