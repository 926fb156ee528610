//! The client as an embedding program uses it: bytes and times in, bytes and scenes out.

mod datagrams;
mod drawing;
mod entities;
mod filtered;
mod link;
mod match_fields;
mod others;
mod prediction;
mod rate;
mod robustness;
mod waiting;
