//! What every bench needs: figures and their tables, the machine, and a Redis with the lobby in it.

pub mod figures;
pub mod house;
pub mod machine;
