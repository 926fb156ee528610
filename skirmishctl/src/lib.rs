//! skirmishctl: a command-line client of `/admin/*`, and the tokens that it uses.

mod cli;
mod client;
mod duration;
mod run;
mod show;
mod table;
mod token;

pub use cli::Cli;
pub use run::run;
pub use token::{Role, sign};
