//! The differential test of the lobby: [`machine`] compares the real scripts with a reference. Two other checks are
//! the package `model`, which is explored exhaustively, and the fault run of the complete system, `cargo xtask chaos
//! lobby`. See docs/checking.md.

pub mod machine;
