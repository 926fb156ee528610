//! [`Journals`]: reads the journals that workers of dead relays left behind.

use bytes::Bytes;

use crate::error::Result;
use crate::keys;
use crate::store::Stores;

const PAGE: u32 = 256;
/// More entries than a trimmed stream holds.
const READ_ENTRIES_MAX: usize = 20_000;
const READ_BYTES_MAX: usize = 128 << 20;

/// The journals of all workers.
#[derive(Clone)]
pub struct Journals {
    stores: Stores,
}

impl Journals {
    pub(crate) fn new(stores: &Stores) -> Self {
        Self {
            stores: stores.clone(),
        }
    }

    /// The entries of a worker's journal (`<relay>:<worker>`), oldest first; empty if there are none. If there are
    /// more than 20,000 entries or 128 MiB, only the newest. Entries written during the call are not included.
    pub async fn read(&self, stream: &str) -> Result<Vec<Bytes>> {
        let key = keys::journal(stream);
        let mut newest_first = Vec::new();
        let (mut before, mut bytes) = ("+".to_owned(), 0);
        while newest_first.len() < READ_ENTRIES_MAX && bytes < READ_BYTES_MAX {
            let mut page = redis::cmd("XREVRANGE");
            page.arg(&key).arg(&before).arg("-").arg("COUNT").arg(PAGE);
            let entries: Vec<(String, (String, Vec<u8>))> = self.stores.link.command(&page).await?;
            let Some((oldest, _)) = entries.last() else {
                break;
            };
            before = format!("({oldest}");
            for (_, (_, entry)) in entries {
                bytes += entry.len();
                newest_first.push(Bytes::from(entry));
            }
        }
        newest_first.reverse();
        Ok(newest_first)
    }
}
