//! The runtime in this process, in front of scripted functions and a scripted upstream.
#![allow(clippy::unwrap_used)] // Anything missing fails the test.

mod own;
mod support;
mod upstream;
