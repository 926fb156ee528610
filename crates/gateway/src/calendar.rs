//! Now, and the two date formats of API Gateway: `09/Feb/2024:18:11:43 +0000` in events, ISO 8601 in `@connections`.

use std::time::{SystemTime, UNIX_EPOCH};

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
}

/// `09/Feb/2024:18:11:43 +0000`
pub(crate) fn common_log(at_ms: u64) -> String {
    let Date {
        year,
        month,
        day,
        hour,
        minute,
        second,
    } = Date::of(at_ms);
    let month = MONTHS[month as usize - 1];
    format!("{day:02}/{month}/{year}:{hour:02}:{minute:02}:{second:02} +0000")
}

/// `2024-02-09T18:11:43.419Z`
pub(crate) fn iso_8601(at_ms: u64) -> String {
    let Date {
        year,
        month,
        day,
        hour,
        minute,
        second,
    } = Date::of(at_ms);
    let millis = at_ms % 1000;
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

struct Date {
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
}

impl Date {
    /// Howard Hinnant's `civil_from_days`, for days from 1970 on: the year is counted from March, so that the leap
    /// day is its last.
    fn of(at_ms: u64) -> Self {
        let seconds = at_ms / 1000;
        let days = seconds / 86_400 + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        Self {
            year: era * 400 + year_of_era + u64::from(month <= 2),
            month,
            day: day_of_year - (153 * from_march + 2) / 5 + 1,
            hour: seconds / 3600 % 24,
            minute: seconds / 60 % 60,
            second: seconds % 60,
        }
    }
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
