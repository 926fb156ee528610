//! The arena as its players know it.

mod hits;
mod properties;
mod rules;
mod support;
