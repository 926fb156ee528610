//! Every Redis key, for Rust. The scripts build keys in `lua/shared/keys.lua`.
//!
//! All keys of a pool share the hash tag `{<pool>}`, so they are in one slot of a cluster. The keys of the fleet
//! share the slot of `relays`. Every other key has its own slot.

/// Feedback from people; capped.
pub(crate) const FEEDBACK: &str = "feedback";
/// The audit stream; capped.
pub(crate) const AUDIT: &str = "audit";

pub(crate) fn relay_info(relay: &str) -> String {
    format!("relay:{relay}")
}
/// An operator killed the relay a short time ago.
pub(crate) fn relay_killed(relay: &str) -> String {
    format!("relay:{relay}:killed")
}
pub(crate) fn inbox(relay: &str) -> String {
    format!("inbox:{relay}")
}
/// A worker's journal; `stream` is `<relay>:<worker>`.
pub(crate) fn journal(stream: &str) -> String {
    format!("journal:{stream}")
}
pub(crate) fn session(player: &str) -> String {
    format!("session:{player}")
}
pub(crate) fn connection(connection: &str) -> String {
    format!("connection:{connection}")
}
/// The origin through which a connection's client reached the lobby.
pub(crate) fn connection_origin(connection: &str) -> String {
    format!("connection:{connection}:origin")
}
/// The pool whose list of rooms a connection watches.
pub(crate) fn connection_watch(connection: &str) -> String {
    format!("connection:{connection}:watch")
}
pub(crate) fn request(who: &str, request: &str) -> String {
    format!("request:{who}:{request}")
}
/// In the slot of the feedback, because one script uses both keys.
pub(crate) fn feedback_request(who: &str, request: &str) -> String {
    format!("{{{FEEDBACK}}}:request:{who}:{request}")
}
/// A room's code: `<pool> <room> <nonce>`.
pub(crate) fn code(code: &str) -> String {
    format!("code:{code}")
}
/// How many unknown codes an address has sent.
pub(crate) fn misses(address: &str) -> String {
    format!("misses:{address}")
}
pub(crate) fn claim(player: &str) -> String {
    format!("claim:{player}")
}
/// A player's ban: its reason and its end.
pub(crate) fn ban(player: &str) -> String {
    format!("ban:{player}")
}

/// The pool of a room or a ticket: the text before the first dot.
pub(crate) fn pool_of(room: &str) -> &str {
    room.split('.').next().unwrap_or_default()
}

/// Splits a pool's key into the pool and the rest of the key.
pub(crate) fn split_pool_key(key: &str) -> Option<(&str, &str)> {
    key.strip_prefix('{')?.split_once("}:")
}

/// The keys of the fleet.
#[derive(Clone, Debug)]
pub(crate) struct FleetKeys {
    name: String,
}

impl FleetKeys {
    /// `name`: `relays`, or the name of another fleet in the same Redis.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
        }
    }

    /// `KEYS[1..5]` of every script of the fleet, in this order.
    pub(crate) fn fixed(&self) -> [String; 5] {
        [
            self.index(),
            self.leases(),
            self.key("info"),
            self.key("runs"),
            self.key("leases_checked"),
        ]
    }

    /// Relays without a region that take rooms, by the number of free rooms.
    pub(crate) fn index(&self) -> String {
        self.name.clone()
    }
    /// The same index for a region.
    pub(crate) fn index_of(&self, region: Option<&str>) -> String {
        region.map_or_else(
            || self.index(),
            |region| self.key(&format!("free:{region}")),
        )
    }
    /// Each region, with its relay that last renewed a lease.
    pub(crate) fn regions(&self) -> String {
        self.key("regions")
    }
    /// The end of each relay's lease.
    pub(crate) fn leases(&self) -> String {
        self.key("leases")
    }
    /// What operators have changed of the pools' settings.
    pub(crate) fn settings(&self) -> String {
        self.key("settings")
    }
    /// The pools in which a relay may own rooms.
    pub(crate) fn pools(&self, relay: &str) -> String {
        self.key(&format!("pools:{relay}"))
    }

    fn key(&self, rest: &str) -> String {
        format!("{{{}}}:{rest}", self.name)
    }
}

/// The keys of one pool.
#[derive(Clone, Debug)]
pub(crate) struct PoolKeys {
    pool: String,
}

impl PoolKeys {
    pub(crate) fn new(pool: &str) -> Self {
        Self {
            pool: pool.to_owned(),
        }
    }

    fn key(&self, rest: &str) -> String {
        format!("{{{}}}:{rest}", self.pool)
    }

    /// `KEYS[1..6]` of every script of the pool, in this order.
    pub(crate) fn fixed(&self) -> [String; 6] {
        [
            self.queue(),
            self.available(),
            self.deadlines(),
            self.outbox(),
            self.key("dirty"),
            self.events(),
        ]
    }
    /// All keys of the pool, as a pattern for `SCAN`.
    pub(crate) fn pattern(&self) -> String {
        self.key("*")
    }

    pub(crate) fn queue(&self) -> String {
        self.key("players_queue")
    }
    pub(crate) fn aside(&self) -> String {
        self.key("players_aside")
    }
    pub(crate) fn available(&self) -> String {
        self.key("rooms:available")
    }
    /// Running matches that offer seats, by the number of seats.
    pub(crate) fn late(&self) -> String {
        self.key("rooms:late")
    }
    /// The index of listed rooms.
    pub(crate) fn listed(&self) -> String {
        self.key("listed:rooms")
    }
    /// The lobby sockets that watch the list of rooms, by the version of the list that they have received.
    pub(crate) fn watchers(&self) -> String {
        self.key("listed:watchers")
    }
    pub(crate) fn list_version(&self) -> String {
        self.key("listed:version")
    }
    pub(crate) fn watcher(&self, connection: &str) -> String {
        self.key(&format!("watcher:{connection}"))
    }
    pub(crate) fn deadlines(&self) -> String {
        self.key("deadlines")
    }
    pub(crate) fn outbox(&self) -> String {
        self.key("outbox")
    }
    /// The keys of a lane of the outbox: its stream, its lease, and the players who have missed entries.
    pub(crate) fn lane(&self, lane: u32) -> [String; 3] {
        let stream = match lane {
            0 => self.outbox(),
            lane => self.key(&format!("outbox:{lane}")),
        };
        let more = |what: &str| format!("{stream}:{what}");
        let (lease, missed) = (more("lease"), more("missed"));
        [stream, lease, missed]
    }
    pub(crate) fn events(&self) -> String {
        self.key("events")
    }
    pub(crate) fn bridge(&self) -> String {
        self.key("bridge")
    }
    /// What relays report about the pool's game.
    pub(crate) fn game(&self) -> String {
        self.key("game")
    }
    /// Why an operator closed the pool.
    pub(crate) fn closed(&self) -> String {
        self.key("closed")
    }
    pub(crate) fn leaderboard(&self) -> String {
        self.key("leaderboard")
    }
    pub(crate) fn names(&self) -> String {
        self.key("names")
    }
    /// A hash: a player's name by id, and the game's stats (JSON) by `stats:<id>`.
    pub(crate) fn room_names(&self, room: &str) -> String {
        self.key(&format!("names:{room}"))
    }

    pub(crate) fn player(&self, player: &str) -> String {
        self.key(&format!("player:{player}"))
    }
    /// The shadow key of a deadline's member (`player:<id>`, `room:<id>`).
    pub(crate) fn shadow(&self, member: &str) -> String {
        self.key(&format!("{member}:ttl"))
    }
    pub(crate) fn room(&self, room: &str) -> String {
        self.key(&format!("room:{room}"))
    }
    pub(crate) fn seats(&self, room: &str) -> String {
        self.key(&format!("rooms:{room}"))
    }
    pub(crate) fn relay(&self, relay: &str) -> String {
        self.key(&format!("relay:{relay}"))
    }
    pub(crate) fn projectiles(&self, room: &str) -> String {
        self.key(&format!("projectile:{room}"))
    }
    pub(crate) fn checkpoint(&self, room: &str) -> String {
        self.key(&format!("checkpoint:{room}"))
    }
    pub(crate) fn replay(&self, room: &str) -> String {
        self.key(&format!("replay:{room}"))
    }
    pub(crate) fn room_leaderboard(&self, room: &str) -> String {
        self.key(&format!("leaderboard:{room}"))
    }
    /// Players' reports; capped. `reporter:<player>` counts the reports of a player, and `reported:<room>` holds the
    /// pairs of players of a match.
    pub(crate) fn reports(&self) -> String {
        self.key("reports")
    }
    pub(crate) fn ticket(&self, id: &str) -> String {
        self.key(&format!("seat:{id}"))
    }
    pub(crate) fn request(&self, who: &str, request: &str) -> String {
        self.key(&format!("request:{who}:{request}"))
    }
}
