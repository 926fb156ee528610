//! Regions of relays, and the latencies that players measure to them.

use std::collections::BTreeMap;

use crate::fleet::CANDIDATES_MAX;

/// The most regions of a fleet.
pub(crate) const REGIONS_MAX: usize = 15;
/// The most regions for which a player's latency is stored.
pub(crate) const LATENCIES_MAX: usize = 16;
/// The greatest accepted latency, in ms.
pub(crate) const LATENCY_MS_MAX: u32 = 10_000;
/// The most characters of a region's name.
const NAME_MAX: usize = 32;

// A function reads a candidate of each region, and one without a region.
const _: () = assert!(REGIONS_MAX < CANDIDATES_MAX);

/// The latencies that a player measured, in the format of the player's record: `eu=23,us=120`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Latencies(String);

/// Why latencies are rejected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LatenciesInvalid {
    /// More than [`LATENCIES_MAX`].
    #[error("latencies has more than {LATENCIES_MAX} regions.")]
    TooMany,
    /// Not the name of a region.
    #[error("latencies: a region has 1 to {NAME_MAX} of a-z, 0-9 and -.")]
    Name,
    /// More than [`LATENCY_MS_MAX`].
    #[error("latencies: {0} is more than {LATENCY_MS_MAX} ms.")]
    TooLong(String),
}

impl Latencies {
    /// From the latency of each region in ms.
    pub fn new(measured: &BTreeMap<String, u32>) -> Result<Self, LatenciesInvalid> {
        if measured.len() > LATENCIES_MAX {
            return Err(LatenciesInvalid::TooMany);
        }
        let entries = measured.iter().map(|(region, ms)| match ms {
            _ if !is_region(region) => Err(LatenciesInvalid::Name),
            0..=LATENCY_MS_MAX => Ok(format!("{region}={ms}")),
            _ => Err(LatenciesInvalid::TooLong(region.clone())),
        });
        let entries: Vec<String> = entries.collect::<Result<_, _>>()?;
        Ok(Self(entries.join(",")))
    }

    /// The text; empty if nothing was measured.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a text can name a region: 1 to 32 of a-z, 0-9 and -.
pub fn is_region(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=NAME_MAX).contains(&text.len()) && text.bytes().all(is_plain)
}

/// The URL at which a client of a relay at this address measures its latency.
pub(crate) fn ping_url(game_url: &str) -> String {
    let url = game_url.replacen("/game/", "/ping/", 1);
    match url.strip_prefix("ws") {
        Some(rest) => format!("http{rest}"),
        None => url,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_with_long_names_or_too_many_regions_are_rejected() {
        let of = |pairs: &[(&str, u32)]| {
            let map = pairs.iter().map(|(name, ms)| ((*name).to_owned(), *ms));
            Latencies::new(&map.collect())
        };
        let taken = of(&[("us-east-1", 10_000), ("eu", 0)]).expect("latencies");
        assert_eq!(taken.as_str(), "eu=0,us-east-1=10000");
        assert_eq!(of(&[]).expect("none").as_str(), "");
        for name in ["", "EU", "eu=1", "a,b", "a b", &"e".repeat(33)] {
            assert_eq!(of(&[(name, 1)]), Err(LatenciesInvalid::Name), "{name}");
        }
        let too_long = LatenciesInvalid::TooLong("eu".to_owned());
        assert_eq!(of(&[("eu", 10_001)]), Err(too_long));
        let many: Vec<String> = (0..17).map(|n| format!("r{n}")).collect();
        let many: Vec<(&str, u32)> = many.iter().map(|name| (name.as_str(), 1)).collect();
        assert!(of(&many[1..]).is_ok());
        assert_eq!(of(&many), Err(LatenciesInvalid::TooMany));
    }

    #[test]
    fn the_ping_url_is_at_the_origin_of_the_game_url() {
        for (game, ping) in [
            ("/game/relay-1", "/ping/relay-1"),
            ("ws://127.0.0.1:9/game/r", "http://127.0.0.1:9/ping/r"),
            (
                "wss://eu.example.org/game/r",
                "https://eu.example.org/ping/r",
            ),
        ] {
            assert_eq!(ping_url(game), ping);
        }
    }
}
