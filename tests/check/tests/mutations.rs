//! Each checker finds each way in which the lobby is broken on purpose.
