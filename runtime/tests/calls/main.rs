//! The runtime in this process, before functions and an upstream that do as the test likes.
#![allow(clippy::unwrap_used)] // Whatever is missing fails the test.

mod own;
mod support;
mod upstream;
