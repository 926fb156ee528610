//! Tests of cards: the rules, and properties of any match.

mod properties;
mod rules;
mod support;
