//! Error texts with their causes.

use std::error::Error;

/// The error and its causes on one line, separated by colons. HTTP clients put the relevant information into the
/// causes.
pub fn error_chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
