//! The differential test: random actions, drawn from a seed, are applied to the real scripts on a real Redis and to a
//! reference in memory, on the test's clock. After each action, answers and states must be equal.

mod action;
mod apply;
mod compare;
mod delivering;
mod late;
mod made;
mod made_action;
mod reference;
mod rematch;
mod rules;
mod run;
mod seating;
mod sink;
mod work;
mod world;

pub use run::{Options, Report, any_seed, run};
