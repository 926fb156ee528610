//! [`Region`]: relays of a stack that share a region, and their simulated distance.

use std::str::FromStr;
use std::time::Duration;

/// Relays of one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// `REGION` of its relays.
    pub name: String,
    /// How many relays it has.
    pub relays: u16,
    /// The time that is added between a client's message and the answer.
    pub round_trip: Duration,
}

impl FromStr for Region {
    type Err = String;

    /// Parses `eu=2`, or, with the added round-trip time in ms, `eu=2:20`.
    fn from_str(text: &str) -> Result<Self, String> {
        const FORM: &str = "a region is NAME=RELAYS or NAME=RELAYS:MS, such as eu=2:20";
        let (name, rest) = text.split_once('=').ok_or(FORM)?;
        let (relays, ms) = rest.split_once(':').unwrap_or((rest, "0"));
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(1..=32).contains(&name.len()) || !name.chars().all(is_plain) {
            return Err("the name of a region has 1 to 32 of a-z, 0-9 and -".to_owned());
        }
        let relays = relays.parse().ok().filter(|count| (1..=50).contains(count));
        let ms = ms.parse().ok().filter(|ms| *ms <= 2000);
        Ok(Self {
            name: name.to_owned(),
            relays: relays.ok_or("a region has 1 to 50 relays")?,
            round_trip: Duration::from_millis(ms.ok_or("the round trip takes 0 to 2000 ms")?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_names_its_relays_and_maybe_a_delay() {
        let region = |name: &str, relays, ms| Region {
            name: name.to_owned(),
            relays,
            round_trip: Duration::from_millis(ms),
        };
        assert_eq!("eu=2".parse(), Ok(region("eu", 2, 0)));
        assert_eq!("us-east-1=1:120".parse(), Ok(region("us-east-1", 1, 120)));
        for wrong in [
            "eu",
            "=2",
            "EU=2",
            "eu=0",
            "eu=51",
            "eu=x",
            "eu=2:",
            "eu=2:2001",
        ] {
            assert!(wrong.parse::<Region>().is_err(), "{wrong}");
        }
    }
}
