//! Random actions, drawn from a seed. An action refers to things by number, so that it is valid in any state and a
//! list of actions can be shortened.

use super::made_action::{Change, Made, draw_of_makers};

/// A splitmix64 generator.
#[derive(Clone)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }

    pub(crate) fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }
}

/// The error in a relay's call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    None,
    OldEpoch,
    NewEpoch,
    OtherRelay,
}

/// A random action. Pools are 0 or 1; players and relays have numbers; rooms and tickets are counted back from the
/// newest.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    Join {
        pool: u8,
        player: u8,
        priority: u32,
        request: Option<u8>,
    },
    /// The function dies after it took the claim, before it enqueues.
    JoinHalf {
        pool: u8,
        player: u8,
    },
    Leave {
        player: u8,
        request: Option<u8>,
    },
    Forfeit {
        player: u8,
        request: Option<u8>,
    },
    Me {
        player: u8,
    },
    Touch {
        player: u8,
    },
    View {
        player: u8,
        room: u8,
    },
    /// The lobby socket opens.
    Open {
        player: u8,
    },
    /// The lobby socket closes.
    Close {
        player: u8,
    },
    Assign {
        pool: u8,
    },
    Expire {
        pool: u8,
        limit: u8,
    },
    /// Two functions handle the same event.
    ExpireTwice {
        pool: u8,
    },
    Poll {
        pool: u8,
    },
    Sweep {
        pool: u8,
    },
    Renew {
        relay: u8,
        boot: u8,
        rooms: u8,
        capacity: u8,
        draining: bool,
    },
    Remove {
        relay: u8,
        boot: u8,
    },
    /// The relay is lost from the index of relays.
    Forget {
        relay: u8,
    },
    Redeem {
        ticket: u8,
        relay: Option<u8>,
    },
    Claim {
        room: u8,
        lie: Lie,
        boot: u8,
    },
    /// `late`: the chunk begins where the last one began, as after a lost answer.
    Checkpoint {
        room: u8,
        lie: Lie,
        late: bool,
        ticks: u8,
        online: bool,
    },
    Finish {
        room: u8,
        lie: Lie,
        late: bool,
    },
    Abandon {
        room: u8,
        lie: Lie,
    },
    HandOver {
        room: u8,
        lie: Lie,
    },
    /// `seats`: one bit each. `reads_inbox`: the relay has read its inbox before.
    Offer {
        room: u8,
        lie: Lie,
        seats: u8,
        reads_inbox: bool,
    },
    /// The relay returns the seat of a late player, who is counted back from the newest, or of any player if there is
    /// none.
    Return {
        room: u8,
        lie: Lie,
        player: u8,
        refused: bool,
    },
    Replay {
        room: u8,
        player: u8,
    },
    Deliver {
        pool: u8,
    },
    /// An action in a room that players make.
    Made(Made),
    /// The delivery dies after this number of pushes, and its lease runs out.
    DeliverHalf {
        pool: u8,
        pushes: u8,
    },
    /// Time passes. `polled`: the deadlines were polled during that time, and nothing was due.
    Pass {
        ms: u32,
        polled: bool,
    },
    /// The clock is set back.
    Back {
        ms: u32,
    },
}

pub(crate) const PLAYERS: u8 = 13;
pub(crate) const RELAYS: u8 = 3;

/// The name of an action in the counts.
pub(crate) fn name(action: Action) -> String {
    let text = match action {
        Action::Made(Made::Update {
            change: Change::Queue(_),
            ..
        }) => "Queue".to_owned(),
        Action::Made(made) => format!("{made:?}"),
        other => format!("{other:?}"),
    };
    let end = text.find([' ', '{']).unwrap_or(text.len());
    text[..end].to_owned()
}

pub(crate) fn draw(random: &mut Random) -> Action {
    let pool = u8::from(random.one_in(4));
    let player = random.below(PLAYERS.into()) as u8;
    match random.below(120) {
        0..=39 => draw_of_players(random, pool, player),
        40..=59 => draw_of_functions(random, pool),
        60 if random.one_in(8) => Action::Back {
            ms: [500, 5000, 120_000][random.below(3) as usize],
        },
        61 if random.one_in(3) => Action::Pass {
            ms: [4000, 11_000, 31_000, 121_000][random.below(4) as usize],
            polled: true,
        },
        60..=67 => Action::Pass {
            ms: [1, 250, 600, 900, 900, 1600, 4000, 31_000][random.below(8) as usize],
            polled: false,
        },
        68..=91 => Action::Made(draw_of_makers(random, pool, player)),
        _ => draw_of_relays(random),
    }
}

fn draw_of_players(random: &mut Random, pool: u8, player: u8) -> Action {
    let request = random.one_in(3).then(|| random.below(4) as u8);
    let room = random.below(4) as u8;
    match random.below(56) {
        50..=52 => Action::Open { player },
        53.. => Action::Close { player },
        0..=18 => Action::Join {
            pool,
            player,
            priority: if random.one_in(6) { 5 } else { 0 },
            request,
        },
        19 => Action::JoinHalf { pool, player },
        20 | 21 => Action::Leave { player, request },
        22 => Action::Forfeit { player, request },
        23..=33 => Action::Me { player },
        34..=36 => Action::Touch { player },
        37..=39 => Action::View { player, room },
        40..=42 => Action::Replay { room, player },
        _ => Action::Redeem {
            ticket: random.below(6) as u8,
            relay: random.one_in(5).then(|| random.below(RELAYS.into()) as u8),
        },
    }
}

fn draw_of_functions(random: &mut Random, pool: u8) -> Action {
    match random.below(25) {
        0..=8 => Action::Assign { pool },
        9..=15 => Action::Expire {
            pool,
            limit: [1, 1, 20][random.below(3) as usize],
        },
        16 | 17 => Action::ExpireTwice { pool },
        18..=20 => Action::Poll { pool },
        21 => Action::Sweep { pool },
        22 | 23 => Action::Deliver { pool },
        _ => Action::DeliverHalf {
            pool,
            pushes: random.below(5) as u8,
        },
    }
}

fn draw_of_relays(random: &mut Random) -> Action {
    let (relay, room) = (random.below(RELAYS.into()) as u8, random.below(4) as u8);
    let lies = [Lie::OldEpoch, Lie::NewEpoch, Lie::OtherRelay, Lie::OldEpoch];
    let lie = if random.one_in(5) {
        lies[random.below(4) as usize]
    } else {
        Lie::None
    };
    let late = random.one_in(5);
    match random.below(60) {
        50..=56 => Action::Offer {
            room,
            lie,
            seats: random.below(64) as u8,
            reads_inbox: random.one_in(2),
        },
        57.. => Action::Return {
            room,
            lie,
            player: random.below(PLAYERS.into()) as u8,
            refused: random.one_in(2),
        },
        0..=16 => Action::Renew {
            relay,
            boot: if random.one_in(12) {
                1 + u8::from(random.one_in(3))
            } else {
                0
            },
            rooms: random.below(2) as u8,
            capacity: 1 + random.below(4) as u8,
            draining: random.one_in(10),
        },
        17 => Action::Remove {
            relay,
            boot: random.below(2) as u8,
        },
        18 => Action::Forget { relay },
        19..=29 => Action::Claim {
            room,
            lie,
            boot: u8::from(random.one_in(8)),
        },
        30..=37 => Action::Checkpoint {
            room,
            lie,
            late,
            ticks: random.below(9) as u8,
            online: !random.one_in(3),
        },
        38..=40 => Action::Finish { room, lie, late },
        41 => Action::Abandon { room, lie },
        _ => Action::HandOver { room, lie },
    }
}
