//! Random actions in rooms that players make.

use super::action::{PLAYERS, Random};

/// A random action in a room that players make. Codes have numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Made {
    Create {
        pool: u8,
        player: u8,
        code: u8,
        seats: u8,
        leaves: bool,
        request: Option<u8>,
    },
    /// The function dies after it took the code.
    CreateHalf {
        pool: u8,
        code: u8,
    },
    Enter {
        code: u8,
        player: u8,
        leaves: bool,
        request: Option<u8>,
    },
    ViewCode {
        code: u8,
        player: u8,
    },
    /// Called by the room's host or by any player.
    Update {
        room: u8,
        player: u8,
        by_host: bool,
        change: Change,
    },
    /// After a match. `dies`: the function dies before the code names the new room.
    Rematch {
        room: u8,
        player: u8,
        leaves: bool,
        dies: bool,
    },
    /// The stored data of a match expires.
    Forget {
        room: u8,
    },
}

/// A change in a gathering room. Other players are counted back from the newest.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    Ready(bool),
    Seats(u8),
    Listed(bool),
    Host(u8),
    Kick(u8),
    /// Queues the group, or takes it out of the queue.
    Queue(bool),
    Start(u8),
}

pub(super) fn draw_of_makers(random: &mut Random, pool: u8, player: u8) -> Made {
    let request = random.one_in(4).then(|| random.below(4) as u8);
    let (code, leaves, room) = (
        random.below(6) as u8,
        random.one_in(2),
        random.below(4) as u8,
    );
    match random.below(40) {
        0..=5 => Made::Create {
            pool: u8::from(random.one_in(2)),
            player,
            code,
            seats: random.below(4) as u8,
            leaves,
            request,
        },
        6 => Made::CreateHalf { pool, code },
        7..=16 => Made::Enter {
            code,
            player,
            leaves,
            request,
        },
        17 => Made::ViewCode { code, player },
        18..=23 => Made::Rematch {
            room,
            player,
            leaves,
            dies: random.one_in(4),
        },
        24 => Made::Forget { room },
        _ => Made::Update {
            room,
            player,
            by_host: !random.one_in(4),
            change: draw_of_changes(random),
        },
    }
}

fn draw_of_changes(random: &mut Random) -> Change {
    let number = random.below(PLAYERS.into()) as u8;
    match random.below(24) {
        0..=2 => Change::Ready(!random.one_in(3)),
        3 => Change::Seats(number),
        4 => Change::Listed(random.one_in(2)),
        5 => Change::Host(number),
        6 => Change::Kick(number),
        7..=15 => Change::Queue(!random.one_in(8)),
        _ => Change::Start(random.below(4) as u8),
    }
}
