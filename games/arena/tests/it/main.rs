//! The arena as players know it.

mod bot;
mod hits;
mod properties;
mod rules;
mod support;
