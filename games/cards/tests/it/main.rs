//! Tests of cards: the rules, properties of any match, and what a player can see.

mod properties;
mod rules;
mod secrets;
mod support;
