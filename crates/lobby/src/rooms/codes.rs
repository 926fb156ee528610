//! [`Codes`]: the codes of rooms that players make. A code names one live room, over all pools.
//!
//! A code is in its own slot and the room in the pool's, so no script sees both. As with claims, the code is taken
//! before the record is written, and released by its nonce after the room closed. The sweep renews the codes of live
//! rooms.

use crate::error::{Result, corrupt};
use crate::keys;
use crate::redis::script;
use crate::store::Stores;
use crate::timing::{self, ms};

/// No vowels, so that no code is a word; no letter that looks like a digit or another letter.
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LETTERS: usize = 6;
/// With 64 million codes, this number of consecutive collisions does not happen.
const TRIES_MAX: u32 = 8;
#[cfg(feature = "mutate")]
const FEW: u128 = 16;

/// The codes of all rooms.
#[derive(Clone)]
pub(crate) struct Codes {
    stores: Stores,
}

/// `code:<code>`: `<pool> <room> <nonce>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) pool: String,
    pub(crate) room: String,
    /// When the code was taken, in µs since 1970.
    pub(crate) nonce: u64,
}

/// A code that was taken for a room.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) code: String,
    pub(crate) nonce: String,
}

impl Codes {
    pub(crate) fn new(stores: &Stores) -> Self {
        Self {
            stores: stores.clone(),
        }
    }

    /// Takes the first of these codes that is free.
    pub(crate) async fn take(
        &self,
        pool: &str,
        room: &str,
        mut candidates: impl Iterator<Item = String>,
    ) -> Result<Taken> {
        let (clock, ttl) = (self.stores.clock(), ms(timing::CODE_TTL).to_string());
        for _ in 0..TRIES_MAX {
            let Some(code) = candidates.next() else { break };
            let args = [clock.as_str(), pool, room, &ttl];
            let key = keys::code(&code);
            let nonce: Option<String> = self.stores.run(&script::CODE_TAKE, &key, &args).await?;
            if let Some(nonce) = nonce {
                return Ok(Taken { code, nonce });
            }
        }
        Err(corrupt("code", "every code that was tried is taken"))
    }

    /// The room that a code names.
    pub(crate) async fn read(&self, code: &str) -> Result<Option<Named>> {
        let mut get = redis::cmd("GET");
        get.arg(keys::code(code));
        let text: Option<String> = self.stores.link.command(&get).await?;
        Ok(text.as_deref().and_then(Named::parse))
    }

    /// Renews the code of a live room, and makes it name that room. False: it named another room or none.
    pub(crate) async fn keep(
        &self,
        code: &str,
        pool: &str,
        room: &str,
        nonce: &str,
    ) -> Result<bool> {
        let ttl = ms(timing::CODE_TTL).to_string();
        let (key, args) = (keys::code(code), [pool, room, nonce, &ttl]);
        let done: String = self.stores.run(&script::CODE_KEEP, &key, &args).await?;
        if done == "taken" {
            tracing::error!(code, room, "the code of a room belongs to another room");
        }
        Ok(done == "kept")
    }

    /// Releases the code of a closed room. A code that was taken again stays.
    pub(crate) async fn release(&self, code: &str, nonce: &str) -> Result<()> {
        let key = keys::code(code);
        self.stores.run(&script::CODE_RELEASE, &key, &[nonce]).await
    }

    /// Whether the last renewal was so long ago that nobody can gather again with this code, which expires soon.
    pub(crate) async fn is_left_over(&self, code: &str) -> Result<bool> {
        let mut pttl = redis::cmd("PTTL");
        pttl.arg(keys::code(code));
        let ttl_ms: i64 = self.stores.link.command(&pttl).await?;
        let most_ms = ms(timing::CODE_TTL) - ms(timing::REMATCH_TTL);
        Ok(u64::try_from(ttl_ms).is_ok_and(|ttl_ms| ttl_ms <= most_ms))
    }

    /// How many unknown codes this address has sent in the current minute.
    pub(crate) async fn misses(&self, address: &str) -> Result<u32> {
        let mut get = redis::cmd("GET");
        get.arg(keys::misses(address));
        let count: Option<u32> = self.stores.link.command(&get).await?;
        Ok(count.unwrap_or(0))
    }

    /// Counts one more unknown code.
    pub(crate) async fn miss(&self, address: &str) -> Result<u32> {
        let (key, window) = (keys::misses(address), ms(timing::CODE_MISSES).to_string());
        self.stores.run(&script::CODE_MISS, &key, &[&window]).await
    }
}

impl Named {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let (pool, room, nonce) = (words.next()?, words.next()?, words.next()?);
        Some(Self {
            pool: pool.to_owned(),
            room: room.to_owned(),
            nonce: nonce.parse().ok()?,
        })
    }
}

/// Random codes.
pub(crate) fn random_codes() -> impl Iterator<Item = String> {
    std::iter::repeat_with(|| {
        let random = uuid::Uuid::new_v4().as_u128();
        #[cfg(feature = "mutate")]
        if crate::mutate::has_few_codes() {
            return code_of(random % FEW);
        }
        code_of(random)
    })
}

/// The low and the high bits of a version 4 UUID are random.
fn code_of(mut random: u128) -> String {
    let letters = (0..LETTERS).map(|_| {
        let letter = ALPHABET[(random % 20) as usize];
        random /= 20;
        char::from(letter)
    });
    letters.collect()
}

/// Parses a code that a person typed; case, dashes and spaces do not matter. None: it cannot be a code.
pub fn parse_code(text: &str) -> Option<String> {
    let mut code = String::with_capacity(LETTERS);
    for c in text.chars() {
        let letter = c.to_ascii_uppercase();
        if c == '-' || c == ' ' {
            continue;
        }
        let is_letter = u8::try_from(letter).is_ok_and(|letter| ALPHABET.contains(&letter));
        if !is_letter || code.len() == LETTERS {
            return None;
        }
        code.push(letter);
    }
    (code.len() == LETTERS).then_some(code)
}

/// Formats a code for people: `BCD-FGH`.
pub fn show_code(code: &str) -> String {
    let (first, rest) = code.split_at(code.len().min(LETTERS / 2));
    format!("{first}-{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Lobby, Pools};
    use testkit::Redis;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(parse_code(text).as_deref(), expected, "{text}");
    }

    #[test]
    fn a_code_is_parsed_regardless_of_case_dashes_and_spaces() {
        check("BCDFGH", Some("BCDFGH"));
        check("bcd-fgh", Some("BCDFGH"));
        check(" b c d  f-gH ", Some("BCDFGH"));
        check("BCDFG", None);
        check("BCDFGHJ", None);
        check("BCDFGA", None);
        check("BCD_FGH", None);
        check("BCDFG\u{df}", None);
        check("", None);
        assert_eq!(show_code("BCDFGH"), "BCD-FGH");
    }

    #[test]
    fn codes_use_the_whole_alphabet() {
        assert_eq!(code_of(0), "BBBBBB");
        assert_eq!(code_of(19), "ZBBBBB");
        assert_eq!(code_of(20 + 2 * 400), "BCDBBB");
        for code in random_codes().take(100) {
            check(&code, Some(&code));
        }
    }

    #[tokio::test]
    async fn a_taken_code_is_not_reused_and_a_late_release_leaves_a_newer_one() {
        let server = Redis::shared();
        let pools = Pools::parse(r#"{"main":{}}"#).expect("pools");
        let lobby = Lobby::connect(&server.url, pools).await.expect("a lobby");
        let codes = Codes::new(&lobby.stores);
        let candidates: Vec<String> = random_codes().take(2).collect();
        let take = |room| codes.take("main", room, candidates.clone().into_iter());
        let first = take("main.a").await.expect("a code");
        let second = take("main.b").await.expect("a code");
        assert_eq!(
            [&first.code, &second.code],
            [&candidates[0], &candidates[1]]
        );
        assert!(take("main.c").await.is_err());

        codes
            .release(&first.code, &first.nonce)
            .await
            .expect("released");
        let again = take("main.d").await.expect("a code");
        assert_eq!(again.code, first.code);
        // The release is called twice.
        codes
            .release(&first.code, &first.nonce)
            .await
            .expect("released");
        let named = codes
            .read(&again.code)
            .await
            .expect("read")
            .expect("a room");
        assert_eq!(named.room, "main.d");
    }
}
