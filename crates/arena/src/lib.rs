//! The shooter: a Game.
#![no_std]
#![allow(missing_docs)]

pub struct Arena;

impl game::Game for Arena {
    const NAME: &'static str = "arena";
}
