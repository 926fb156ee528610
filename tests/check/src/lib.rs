//! The lobby checked in two of three ways: [`model`] is visited whole; [`machine`] drives the real
//! scripts beside a reference. The third way is the fault run of the whole system, `cargo xtask
//! chaos lobby`. See docs/checking.md.

pub mod machine;
pub mod model;
