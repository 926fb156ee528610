//! Tests of cards: the rules, properties of any match, the visibility of hands, and what
//! watchers get.

mod properties;
mod rules;
mod secrets;
mod support;
mod watched;
