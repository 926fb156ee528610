//! Reading a journal back: what a dead relay's worker left.

use bytes::Bytes;

use crate::error::Result;
use crate::keys;
use crate::lobby::Lobby;

const PAGE: u32 = 256;
/// More than a stream that is trimmed to its usual length ever holds.
const READ_ENTRIES_MAX: usize = 20_000;
const READ_BYTES_MAX: usize = 128 << 20;

impl Lobby {
    /// The entries of a worker's journal (`<relay>:<worker>`), oldest first; empty when there is none. Bounded: of more than
    /// 20,000 entries or 128 MiB the newest. What is written meanwhile is not in it.
    pub async fn read_journal(&self, stream: &str) -> Result<Vec<Bytes>> {
        let key = keys::journal(stream);
        let mut newest_first = Vec::new();
        let (mut before, mut bytes) = ("+".to_owned(), 0);
        while newest_first.len() < READ_ENTRIES_MAX && bytes < READ_BYTES_MAX {
            let mut page = redis::cmd("XREVRANGE");
            page.arg(&key).arg(&before).arg("-").arg("COUNT").arg(PAGE);
            let entries: Vec<(String, (String, Vec<u8>))> = self.link.command(&page).await?;
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
