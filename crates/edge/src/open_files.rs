//! The limit on open files.

use std::io;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Raises the limit on open files as far as the system allows, and returns it.
///
/// # Errors
/// When the system refuses; then the limit is unchanged.
pub fn raise_open_files_max() -> io::Result<usize> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    Ok(usize::try_from(hard).unwrap_or(usize::MAX))
}
