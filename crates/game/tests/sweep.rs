//! The swept circle test against brute force: the segment walked in small steps.

use game::circles_meet;
use proptest::prelude::*;

proptest! {
    #[test]
    fn agrees_with_walking_the_segment(
        (x0, y0, x1, y1) in (-900..900i32, -900..900i32, -900..900i32, -900..900i32),
        radius in 1..300i32,
    ) {
        let nearest = nearest_by_walking((x0, y0), (x1, y1));
        // With steps of 1/4096, the distance is exact to about half a unit for such segments.
        prop_assume!((nearest - f64::from(radius)).abs() > 0.5);
        prop_assert_eq!(circles_meet((x0, y0), (x1, y1), radius), nearest < f64::from(radius));
    }

    #[test]
    fn a_point_at_rest_is_compared_by_its_distance((x, y) in (-900..900i32, -900..900i32), radius in 1..900i32) {
        prop_assert_eq!(circles_meet((x, y), (x, y), radius), x * x + y * y <= radius * radius);
    }

    #[test]
    fn never_overflows(a in any::<[i32; 4]>(), radius in 0..1 << 20) {
        let [x0, y0, x1, y1] = a.map(|side| side % (1 << 20));
        circles_meet((x0, y0), (x1, y1), radius);
    }
}

fn nearest_by_walking(from: (i32, i32), to: (i32, i32)) -> f64 {
    let step =
        |a: i32, b: i32, part: i32| f64::from(a) + f64::from(b - a) * f64::from(part) / 4096.0;
    (0..=4096)
        .map(|part| step(from.0, to.0, part).hypot(step(from.1, to.1, part)))
        .fold(f64::INFINITY, f64::min)
}

#[test]
fn touching_counts_and_passing_does_not() {
    let check = |from, to, radius, expected| {
        assert_eq!(circles_meet(from, to, radius), expected, "{from:?} {to:?}");
    };
    check((-100, 10), (100, 10), 10, true);
    check((-100, 11), (100, 11), 10, false);
    check((-100, 0), (-11, 0), 10, false);
    check((-100, 0), (-10, 0), 10, true);
    check((11, 0), (100, 0), 10, false);
}
