//! Variable-length numbers: groups of four bits for small values, size classes for differences.

use game::Kind;

use super::bits::{Reader, Writer};

/// Appends a number in groups of four bits, least significant group first, each after a bit that is
/// 1 if another group follows.
pub(crate) fn put_grouped(bits: &mut Writer<'_>, mut value: u64) {
    loop {
        let more = value >> 4 != 0;
        bits.flag(more).put(value as u32 & 15, 4);
        if !more {
            return;
        }
        value >>= 4;
    }
}

/// Reads [`put_grouped`]; more than `groups_max` groups are refused.
pub(crate) fn take_grouped(bits: &mut Reader<'_>, groups_max: u32) -> u64 {
    let mut value = 0;
    for group in 0..groups_max {
        let more = bits.flag();
        value |= u64::from(bits.take(4)) << (4 * group);
        if !more {
            return value;
        }
    }
    bits.refuse("a number is too long");
    0
}

/// The maximum groups of a tick or an age: 32 bits.
pub(crate) const GROUPS_TICK: u32 = 8;
/// The maximum groups of an event's argument: 64 bits.
pub(crate) const GROUPS_ARG: u32 = 16;

/// 0, -1, 1, -2, 2, … as 0, 1, 2, 3, 4, …
pub(crate) fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}

/// Reads [`zigzag`].
pub(crate) fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// The encoding of the difference between a field and its prediction. `0`: no difference. Otherwise
/// by its zigzag number z, which is at least 1: `10` and the bits of the small class contain z - 1;
/// `110` and the bits of the large class contain z minus the first number beyond the small class;
/// `111` and the bits of the field contain the value itself.
#[derive(Clone, Copy)]
pub(crate) struct Classes {
    small_bits: u32,
    large_bits: u32,
}

impl Classes {
    /// The classes of an angle.
    pub(crate) const ANGLE: Self = Self {
        small_bits: 4,
        large_bits: 6,
    };

    /// The classes of a kind that moves. None for a kind that jumps, whose new value is written in full.
    pub(super) fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Linear { .. } | Kind::Velocity { .. } => Some(Self {
                small_bits: 4,
                large_bits: 8,
            }),
            Kind::Angle => Some(Self::ANGLE),
            Kind::Flag | Kind::Count | Kind::Timer => None,
        }
    }

    /// Appends a value of `width` bits whose prediction the reader has.
    pub(crate) fn put(self, bits: &mut Writer<'_>, value: u32, predicted: u32, width: u32) {
        let z = zigzag(difference(value, predicted, width));
        let (small, large) = (1 << self.small_bits, 1 << self.large_bits);
        if z == 0 {
            bits.put(0b0, 1);
        } else if z <= small {
            bits.put(0b10, 2).put((z - 1) as u32, self.small_bits);
        } else if z <= small + large {
            bits.put(0b110, 3)
                .put((z - 1 - small) as u32, self.large_bits);
        } else {
            bits.put(0b111, 3).put(value, width);
        }
    }

    /// Whether the value is too far from the prediction for a size class.
    pub(super) fn is_in_full(self, value: u32, predicted: u32, width: u32) -> bool {
        let far = (1 << self.small_bits) + (1 << self.large_bits);
        zigzag(difference(value, predicted, width)) > far
    }

    /// Reads [`Classes::put`].
    pub(crate) fn take(self, bits: &mut Reader<'_>, predicted: u32, width: u32) -> u32 {
        let mut class = 0;
        while class < 3 && bits.flag() {
            class += 1;
        }
        let z = match class {
            0 => 0,
            1 => 1 + u64::from(bits.take(self.small_bits)),
            2 => 1 + (1 << self.small_bits) + u64::from(bits.take(self.large_bits)),
            _ => return bits.take(width),
        };
        predicted.wrapping_add(unzigzag(z) as u32) & mask(width)
    }
}

/// The smallest difference from the prediction to the value; it wraps around the field's range if that
/// is shorter.
fn difference(value: u32, predicted: u32, width: u32) -> i64 {
    let unused = 32 - width;
    i64::from((value.wrapping_sub(predicted) << unused) as i32 >> unused)
}

fn mask(width: u32) -> u32 {
    u32::MAX >> (32 - width)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn check_grouped(value: u64, bits: usize) {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes);
        put_grouped(&mut writer, value);
        writer.finish();
        assert_eq!(bytes.len(), bits.div_ceil(8), "{value}");
        let mut reader = Reader::new(&bytes);
        assert_eq!(take_grouped(&mut reader, GROUPS_ARG), value);
        assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn small_numbers_are_short() {
        check_grouped(0, 5);
        check_grouped(15, 5);
        check_grouped(16, 10);
        check_grouped(255, 10);
        check_grouped(u32::MAX.into(), 40);
        check_grouped(u64::MAX, 80);
        let mut reader = Reader::new(&[0xff; 9]);
        take_grouped(&mut reader, GROUPS_TICK);
        assert!(reader.check().is_err());
    }

    #[test]
    fn signs_alternate() {
        for (z, value) in [0, -1, 1, -2, 2].into_iter().enumerate() {
            assert_eq!((zigzag(value), unzigzag(z as u64)), (z as u64, value));
        }
        for value in [i64::MIN, i64::MAX, i64::MIN + 1] {
            assert_eq!(unzigzag(zigzag(value)), value);
        }
    }

    /// Checks the number of bits, class prefix included, of a length of 14 bits.
    fn check_class(predicted: u32, value: u32, bits: usize) {
        let classes = Classes::of(Kind::Linear { per_px: 16 }).expect("lengths move");
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes);
        classes.put(&mut writer, value, predicted, 14);
        // The ones after it mark its end.
        writer.put(u32::MAX, 32).finish();
        let mut reader = Reader::new(&bytes);
        assert_eq!(
            classes.take(&mut reader, predicted, 14),
            value,
            "{predicted} {value}"
        );
        assert_eq!(bytes.len(), (bits + 32).div_ceil(8), "{predicted} {value}");
        assert_eq!(reader.take(32), u32::MAX);
    }

    #[test]
    fn values_near_the_prediction_are_short() {
        check_class(100, 100, 1);
        check_class(100, 101, 6);
        check_class(100, 92, 6);
        check_class(100, 109, 11);
        check_class(1000, 1000 - 136, 11);
        check_class(1000, 1000 + 136, 11);
        check_class(1000, 1000 + 137, 17);
        check_class(0, 16_383, 6);
        check_class(16_383, 0, 6);
        check_class(0, 8192, 17);
    }
}
