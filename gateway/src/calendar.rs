//! The current time, and the two date formats of API Gateway: `09/Feb/2024:18:11:43 +0000` in
//! events, ISO 8601 in `@connections`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::UtcDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

const COMMON_LOG: &[BorrowedFormatItem<'_>] =
    format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");
const ISO_8601: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
}

/// `09/Feb/2024:18:11:43 +0000`
pub(crate) fn common_log(at_ms: u64) -> String {
    format(at_ms, COMMON_LOG)
}

/// `2024-02-09T18:11:43.419Z`
pub(crate) fn iso_8601(at_ms: u64) -> String {
    format(at_ms, ISO_8601)
}

fn format(at_ms: u64, items: &[BorrowedFormatItem<'_>]) -> String {
    let at = UtcDateTime::UNIX_EPOCH + Duration::from_millis(at_ms);
    at.format(items)
        .expect("a date has every component of the format")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(at_ms: u64, log: &str, iso: &str) {
        assert_eq!(
            (common_log(at_ms).as_str(), iso_8601(at_ms).as_str()),
            (log, iso)
        );
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        check(0, "01/Jan/1970:00:00:00 +0000", "1970-01-01T00:00:00.000Z");
        check(
            951_782_399_999,
            "28/Feb/2000:23:59:59 +0000",
            "2000-02-28T23:59:59.999Z",
        );
        check(
            951_782_400_000,
            "29/Feb/2000:00:00:00 +0000",
            "2000-02-29T00:00:00.000Z",
        );
        check(
            1_707_502_303_419,
            "09/Feb/2024:18:11:43 +0000",
            "2024-02-09T18:11:43.419Z",
        );
        check(
            1_735_689_599_000,
            "31/Dec/2024:23:59:59 +0000",
            "2024-12-31T23:59:59.000Z",
        );
        check(
            4_107_542_400_000,
            "01/Mar/2100:00:00:00 +0000",
            "2100-03-01T00:00:00.000Z",
        );
    }
}
