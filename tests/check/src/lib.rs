//! A check of the lobby: [`machine`] compares the real scripts with a reference. Two others are the
//! package `model`, which is explored exhaustively, and the fault run of the whole system, `cargo
//! xtask chaos lobby`. See docs/checking.md.

pub mod machine;
