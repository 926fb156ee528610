//! What every bench uses: CPU time, figures and tables, the machine, and a Redis with the lobby in it.

pub mod cpu;
pub mod figures;
pub mod fixture;
pub mod machine;
