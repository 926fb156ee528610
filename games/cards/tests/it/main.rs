//! Tests of cards: the rules, properties of any match, and the visibility of hands.

mod properties;
mod rules;
mod secrets;
mod support;
