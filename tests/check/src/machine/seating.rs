//! The action of `assign`.

use anyhow::Result;

use super::apply::{Answers, answers};
use super::world::World;

impl World {
    /// Calls that find a group of several players in the queue are counted separately.
    pub(super) async fn assign(&mut self, name: &str) -> Result<Answers> {
        let done = self.pool(name)?.assign().await?;
        let has_group = self.reference.pools[name].has_large_group();
        let word = if has_group { "groups " } else { "" };
        let real = format!("{word}seated {} started {}", done.seated, done.started);
        Ok(answers(
            real,
            word.to_owned() + &self.reference.assign(name),
        ))
    }
}
