//! The arguments.

use clap::{Args, Parser, Subcommand};

use crate::duration;
use crate::token::Role;

/// What runs in a Skirmish deployment, and how to intervene.
#[derive(Debug, Parser)]
#[command(name = "skirmishctl", version)]
pub struct Cli {
    /// The front door
    #[arg(
        long,
        env = "SKIRMISH_URL",
        default_value = "http://127.0.0.1:8080",
        global = true
    )]
    pub(crate) url: String,
    /// An operator's token, as `skirmishctl token` makes one
    #[arg(
        long,
        env = "SKIRMISH_ADMIN_TOKEN",
        hide_env_values = true,
        global = true
    )]
    pub(crate) token: Option<String>,
    /// Print answers as JSON, one a line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Pools and relays at a glance
    Overview,
    /// The rooms of a pool
    Rooms {
        /// The pool
        #[arg(long, default_value = "main")]
        pool: String,
        /// Only rooms in this state: gathering, matched, open or started
        #[arg(long)]
        state: Option<String>,
        /// The most rooms
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// A room and its players
    Room {
        /// Its id, such as main.0f3c5a7b9d1e2f40
        room: String,
    },
    /// The game servers
    Relays,
    /// Where a player is, and whether they are banned
    Player {
        /// The player's id
        player: String,
    },
    /// What players reported others for, the newest first
    Reports {
        /// The pool
        #[arg(long, default_value = "main")]
        pool: String,
        /// The most reports
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
        /// Only reports before the one with this id
        #[arg(long)]
        before: Option<String>,
    },
    /// Exclude a player, and remove them from where they are
    Ban {
        /// The player's id
        player: String,
        /// How long: 90s, 15m, 1h, 7d or 4w
        #[arg(long = "for", value_name = "TIME", value_parser = duration::seconds, required_unless_present = "forever")]
        seconds: Option<u64>,
        /// Without an end
        #[arg(long, conflicts_with = "seconds")]
        forever: bool,
        #[command(flatten)]
        why: Why,
    },
    /// End a player's ban
    Unban {
        /// The player's id
        player: String,
        #[command(flatten)]
        why: Why,
    },
    /// Remove a player from a room
    Kick {
        /// The room's id
        room: String,
        /// The player's id
        player: String,
        #[command(flatten)]
        why: Why,
    },
    /// End a room. A match has no result
    End {
        /// The room's id
        room: String,
        #[command(flatten)]
        why: Why,
    },
    /// Make a game server hand its rooms over and end. Its supervisor starts it again
    Drain {
        /// Its name
        relay: String,
        #[command(flatten)]
        why: Why,
    },
    /// Let nobody else into a pool
    Close {
        /// The pool
        pool: String,
        #[command(flatten)]
        why: Why,
    },
    /// Let players into a pool again
    Open {
        /// The pool
        pool: String,
        #[command(flatten)]
        why: Why,
    },
    /// The settings of a pool, or a change of them
    Settings {
        /// The pool
        pool: String,
        /// Settings in place of those in `POOLS`, JSON: `{"countdown_ms": 5000}`. `{}` restores `POOLS`
        #[arg(long, requires = "reason")]
        overrides: Option<String>,
        /// Why, for the audit
        #[arg(long, requires = "overrides")]
        reason: Option<String>,
    },
    /// What operators did, the newest first
    Audit {
        /// The most entries
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// What operators do, as it happens
    Tail,
    /// Make a token
    Token {
        /// `ADMIN_JWT_SECRET` of the deployment
        #[arg(long, env = "ADMIN_JWT_SECRET", hide_env_values = true)]
        secret: String,
        /// What its bearer may do
        #[arg(long, value_enum)]
        role: Role,
        /// Who its bearer is
        #[arg(long)]
        sub: String,
        /// How long it is valid: 90s, 15m, 1h, 7d or 4w
        #[arg(long = "for", value_name = "TIME", default_value = "8h", value_parser = duration::seconds)]
        seconds: u64,
    },
}

#[derive(Args, Debug)]
pub(crate) struct Why {
    /// Why, for the audit and, in a ban, for the player: 1 to 200 characters
    #[arg(long)]
    pub(crate) reason: String,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }
}
