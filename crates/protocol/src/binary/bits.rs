//! Bit-level reader and writer, most significant bit first.

use alloc::vec::Vec;

use crate::DecodeError;

/// Appends bits to bytes; [`Writer::finish`] fills the last byte with zeros.
pub(crate) struct Writer<'a> {
    out: &'a mut Vec<u8>,
    /// The bits after the last whole byte, fewer than eight.
    pending: u64,
    count: u32,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Self {
        Self {
            out,
            pending: 0,
            count: 0,
        }
    }

    /// Appends the lowest `bits` bits of a value, at most 32.
    pub(crate) fn put(&mut self, value: u32, bits: u32) -> &mut Self {
        let kept = u64::from(value) & ((1 << bits) - 1);
        self.pending = self.pending << bits | kept;
        self.count += bits;
        while self.count >= 8 {
            self.count -= 8;
            self.out.push((self.pending >> self.count) as u8);
        }
        self.pending &= (1 << self.count) - 1;
        self
    }

    pub(crate) fn flag(&mut self, flag: bool) -> &mut Self {
        self.put(flag.into(), 1)
    }

    /// How many bits are written, those before this writer included.
    pub(crate) fn len(&self) -> usize {
        self.out.len() * 8 + self.count as usize
    }

    pub(crate) fn finish(&mut self) {
        self.put(0, (8 - self.count) % 8);
    }
}

/// Reads bits from bytes.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    /// In bits.
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Reads the next `bits` bits, at most 32.
    pub(crate) fn take(&mut self, bits: u32) -> Result<u32, DecodeError> {
        let end = self.at + bits as usize;
        let touched = self
            .bytes
            .get(self.at / 8..end.div_ceil(8))
            .ok_or(DecodeError::Malformed("too short"))?;
        let all = touched
            .iter()
            .fold(0u64, |all, &byte| all << 8 | u64::from(byte));
        let behind = (8 - end % 8) % 8;
        self.at = end;
        Ok((all >> behind & ((1 << bits) - 1)) as u32)
    }

    pub(crate) fn flag(&mut self) -> Result<bool, DecodeError> {
        self.take(1).map(|bit| bit == 1)
    }

    /// An error if more is left than the zeros that fill the last byte.
    pub(crate) fn finish(mut self) -> Result<(), DecodeError> {
        let left = self.bytes.len() * 8 - self.at;
        if left >= 8 {
            return Err(DecodeError::Malformed("too long"));
        }
        match self.take(left as u32)? {
            0 => Ok(()),
            _ => Err(DecodeError::Malformed(
                "the last byte is not filled with zeros",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_follow_each_other_from_the_top() {
        let mut bytes = Vec::new();
        let mut bits = Writer::new(&mut bytes);
        bits.put(0b101, 3).flag(true).put(u32::MAX, 32).put(7, 0);
        bits.put(0xfff0, 4).finish();
        assert_eq!(bytes, [0b1011_1111, 0xff, 0xff, 0xff, 0b1111_0000]);
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.take(3), Ok(0b101));
        assert_eq!(reader.flag(), Ok(true));
        assert_eq!(reader.take(32), Ok(u32::MAX));
        assert_eq!(reader.take(5), Err(DecodeError::Malformed("too short")));
        assert_eq!(reader.take(0), Ok(0));
        assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn remaining_bits_must_be_zeros() {
        let check = |bytes: &[u8], taken: u32, expected: Result<(), &str>| {
            let mut reader = Reader::new(bytes);
            reader.take(taken).expect("enough");
            let expected =
                expected.map_err(|why| alloc::format!("not what this protocol says: {why}"));
            assert_eq!(
                reader
                    .finish()
                    .map_err(|error| alloc::string::ToString::to_string(&error)),
                expected
            );
        };
        check(&[], 0, Ok(()));
        check(&[0x80], 1, Ok(()));
        check(&[0x81], 1, Err("the last byte is not filled with zeros"));
        check(&[0x80, 0], 1, Err("too long"));
        check(&[0x80], 0, Err("too long"));
    }
}
