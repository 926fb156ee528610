//! The filter of a match whose game hides something, without the game's type.

use game::{Game, hides};
use protocol::filtered::{Filter, FilterError};
use protocol::replay::ReplayHeader;

/// Begins a filter, and appends the header line and the first snapshot.
pub(crate) type NewFilter = fn(&ReplayHeader, &mut Vec<u8>) -> Result<Box<dyn Step>, FilterError>;

/// A filter of any game.
pub(crate) trait Step: Send {
    /// Plays the next record and appends entries. Returns the tick. After an error, the filter must not be used any more.
    fn push(&mut self, record: &[u8], out: &mut Vec<u8>) -> Result<u32, FilterError>;
}

impl<G: Game + Send> Step for Filter<G> {
    fn push(&mut self, record: &[u8], out: &mut Vec<u8>) -> Result<u32, FilterError> {
        self.push(record, out)
    }
}

/// The filter of a game; None if the game hides nothing.
pub(crate) const fn filter_of<G: Game + Send + 'static>() -> Option<NewFilter> {
    if !hides::<G>() {
        return None;
    }
    Some(|header, out| Ok(Box::new(Filter::<G>::begin(header, out)?)))
}
