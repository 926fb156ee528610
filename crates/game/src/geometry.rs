//! Integer directions and distances.

use crate::{ONE, cos, sin};

/// The vector of this length in the direction of (dx, dy), each side rounded to the nearest; (0, 0) has no direction.
pub const fn heading(dx: i8, dy: i8, length: i32) -> (i32, i32) {
    if dx == 0 && dy == 0 {
        return (0, 0);
    }
    let (dx, dy) = (dx as i64, dy as i64);
    // 16 more bits under the root are 8 more bits of its result: 2^31 at most.
    let norm = (((dx * dx + dy * dy) as u32) << 16).isqrt() as i64;
    let scale = (length as i64) << 8;
    (
        divide_nearest(dx * scale, norm) as i32,
        divide_nearest(dy * scale, norm) as i32,
    )
}

/// The vector of this length at this angle (1024 to the turn), each side rounded to the nearest.
pub const fn along(angle: u16, length: i32) -> (i32, i32) {
    let one = ONE as i64;
    let length = length as i64;
    (
        divide_nearest(cos(angle) as i64 * length, one) as i32,
        divide_nearest(sin(angle) as i64 * length, one) as i32,
    )
}

/// The point that is `by` away from `at`, limited to a square whose sides go from the first to the second
/// number of `inside`.
pub const fn walk(at: (i32, i32), by: (i32, i32), inside: (i32, i32)) -> (i32, i32) {
    (
        clamped(at.0.saturating_add(by.0), inside),
        clamped(at.1.saturating_add(by.1), inside),
    )
}

/// Whether two points are at most this far apart.
pub const fn are_near(one: (i32, i32), other: (i32, i32), distance: i32) -> bool {
    let (x, y) = way(one, other);
    squared(x, y) <= squared(distance as i64, 0)
}

/// The vector to the nearest of these points.
pub fn nearest(
    from: (i32, i32),
    points: impl IntoIterator<Item = (i32, i32)>,
) -> Option<(i32, i32)> {
    let ways = points.into_iter().map(|to| way(from, to));
    let (x, y) = ways.min_by_key(|&(x, y)| squared(x, y))?;
    Some((x as i32, y as i32))
}

const fn way(from: (i32, i32), to: (i32, i32)) -> (i64, i64) {
    (to.0 as i64 - from.0 as i64, to.1 as i64 - from.1 as i64)
}

const fn squared(x: i64, y: i64) -> u64 {
    (x * x) as u64 + (y * y) as u64
}

const fn clamped(value: i32, (min, max): (i32, i32)) -> i32 {
    if value < min {
        min
    } else if value > max {
        max
    } else {
        value
    }
}

const fn divide_nearest(value: i64, by: i64) -> i64 {
    let half = by / 2;
    if value < 0 {
        -((-value + half) / by)
    } else {
        (value + half) / by
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_have_the_requested_length() {
        for dx in i8::MIN..=i8::MAX {
            for dy in i8::MIN..=i8::MAX {
                let (x, y) = heading(dx, dy, 64);
                if (dx, dy) == (0, 0) {
                    assert_eq!((x, y), (0, 0));
                    continue;
                }
                let length = f64::from(dx).hypot(f64::from(dy));
                assert!(
                    (f64::from(x) - f64::from(dx) / length * 64.0).abs() < 0.6,
                    "({dx}, {dy}) x {x}"
                );
                assert!(
                    (f64::from(y) - f64::from(dy) / length * 64.0).abs() < 0.6,
                    "({dx}, {dy}) y {y}"
                );
            }
        }
    }

    #[test]
    fn angles_point_in_their_direction() {
        let check = |angle, expected| assert_eq!(along(angle, 160), expected, "angle {angle}");
        check(0, (160, 0));
        check(256, (0, 160));
        check(512, (-160, 0));
        check(768, (0, -160));
        check(128, (113, 113));
    }
}
