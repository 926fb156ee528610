//! Tests of the arena.

mod bot;
mod hits;
mod properties;
mod rules;
mod support;
