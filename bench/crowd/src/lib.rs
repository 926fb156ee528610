//! Shared code of the benchmarks: CPU time, figures and tables, the machine, and a Redis with the lobby.

pub mod cpu;
pub mod figures;
pub mod fixture;
pub mod machine;
