//! Two checks of the lobby: [`model`] is a model that is explored exhaustively, and [`machine`]
//! compares the real scripts with a reference. A third check is the fault run of the whole system,
//! `cargo xtask chaos lobby`. See docs/checking.md.

pub mod machine;
pub mod model;
