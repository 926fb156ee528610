//! Times as people write them: `90s`, `15m`, `1h`, `7d`, `4w`.

/// Times are at most 100 years.
const SECONDS_MAX: u64 = 100 * 365 * 24 * 3600;

/// The time in seconds.
pub(crate) fn seconds(text: &str) -> Result<u64, String> {
    let unit = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3600,
        Some('d') => 24 * 3600,
        Some('w') => 7 * 24 * 3600,
        _ => return Err("write a number and s, m, h, d or w, such as 1h".to_owned()),
    };
    let number: u64 = text[..text.len() - 1]
        .parse()
        .map_err(|_| "write a whole number and s, m, h, d or w, such as 1h".to_owned())?;
    let seconds = number.checked_mul(unit);
    let allowed = seconds.filter(|seconds| (1..=SECONDS_MAX).contains(seconds));
    allowed.ok_or_else(|| "it is 1s to 100 years".to_owned())
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        for (text, expected) in [
            ("90s", 90),
            ("15m", 900),
            ("1h", 3600),
            ("7d", 604_800),
            ("4w", 2_419_200),
        ] {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "h",
            "1",
            "-1h",
            "1.5h",
            "0s",
            "1h30m",
            "99999999999999999999w",
            "5300w",
            "1\u{fb}",
        ] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
