//! The swept circle test: whether two moving circles meet during a tick.

/// Whether a point that moves straight from `from` to `to`, both relative to a circle at the origin, comes within
/// `radius` of it. For two moving circles: their difference, and the sum of their radii. Sides up to 2^20.
pub const fn circles_meet(from: (i32, i32), to: (i32, i32), radius: i32) -> bool {
    let (x, y) = (from.0 as i64, from.1 as i64);
    let (dx, dy) = (to.0 as i64 - x, to.1 as i64 - y);
    let reach = radius as i64 * radius as i64;
    let length = dx * dx + dy * dy;
    // The position of the origin along the segment, in 1/length.
    let nearest = -(x * dx + y * dy);
    if nearest <= 0 {
        return x * x + y * y <= reach;
    }
    if nearest >= length {
        let (x, y) = (to.0 as i64, to.1 as i64);
        return x * x + y * y <= reach;
    }
    let cross = (x * dy - y * dx) as i128;
    cross * cross <= reach as i128 * length as i128
}
