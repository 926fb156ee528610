//! PROTOCOL.md against the code.
