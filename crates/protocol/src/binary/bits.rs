//! Bit-level reader and writer, most significant bit first.

use alloc::vec::Vec;

use crate::DecodeError;

/// Appends bits to bytes; [`Writer::finish`] fills the last byte with zeros.
pub(crate) struct Writer<'a> {
    out: &'a mut Vec<u8>,
    /// The bits after the last complete byte, fewer than eight.
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

    /// How many bits are written, including those before this writer.
    pub(crate) fn len(&self) -> usize {
        self.out.len() * 8 + self.count as usize
    }

    pub(crate) fn finish(&mut self) {
        self.put(0, (8 - self.count) % 8);
    }
}

/// Reads bits from bytes. Callers need not check each read: after the first error all bits are 0, so that loops end, and
/// [`Reader::finish`] returns that error.
pub(crate) struct Reader<'a> {
    /// The bytes of which no bit was read.
    bytes: &'a [u8],
    /// The lowest `count` bits are the next to read.
    pending: u64,
    count: u32,
    error: Option<&'static str>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            pending: 0,
            count: 0,
            error: None,
        }
    }

    /// Reads the next `bits` bits, at most 32.
    pub(crate) fn take(&mut self, bits: u32) -> u32 {
        while self.count < bits {
            let Some((&byte, rest)) = self.bytes.split_first() else {
                self.refuse("too short");
                return 0;
            };
            self.bytes = rest;
            self.pending = self.pending << 8 | u64::from(byte);
            self.count += 8;
        }
        self.count -= bits;
        (self.pending >> self.count & ((1 << bits) - 1)) as u32
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.take(1) == 1
    }

    /// Reads a length of this many bits, then as many bytes.
    pub(crate) fn take_bytes(&mut self, length_bits: u32) -> Vec<u8> {
        let length = self.take(length_bits);
        (0..length).map(|_| self.take(8) as u8).collect()
    }

    /// Sets the error, unless there is one already.
    #[cold]
    pub(crate) fn refuse(&mut self, error: &'static str) {
        self.error.get_or_insert(error);
        self.bytes = &[];
        self.count = 0;
    }

    /// The error, if there is one.
    pub(crate) fn check(&self) -> Result<(), DecodeError> {
        match self.error {
            Some(error) => Err(DecodeError::Malformed(error)),
            None => Ok(()),
        }
    }

    /// The error, if there is one, or an error if more is left than the zeros that fill the last byte.
    pub(crate) fn finish(mut self) -> Result<(), DecodeError> {
        if !self.bytes.is_empty() || self.count >= 8 {
            self.refuse("too long");
        } else if self.take(self.count) != 0 {
            self.refuse("the last byte is not filled with zeros");
        }
        self.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_written_from_the_most_significant_one() {
        let mut bytes = Vec::new();
        let mut bits = Writer::new(&mut bytes);
        bits.put(0b101, 3).flag(true).put(u32::MAX, 32).put(7, 0);
        bits.put(0xfff0, 4).finish();
        assert_eq!(bytes, [0b1011_1111, 0xff, 0xff, 0xff, 0b1111_0000]);
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.take(3), 0b101);
        assert!(reader.flag());
        assert_eq!(reader.take(32), u32::MAX);
        assert_eq!((reader.take(0), reader.take(3)), (0, 0));
        assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn after_the_first_error_all_bits_are_zeros() {
        let mut reader = Reader::new(&[0xff, 0xff]);
        assert_eq!(
            (reader.take(10), reader.take(7), reader.take(1)),
            (0x3ff, 0, 0)
        );
        reader.refuse("no such seat");
        assert_eq!(reader.finish(), Err(DecodeError::Malformed("too short")));
        let mut reader = Reader::new(&[0xff]);
        reader.refuse("no such seat");
        assert!(!reader.flag());
        assert_eq!(reader.finish(), Err(DecodeError::Malformed("no such seat")));
    }

    #[test]
    fn remaining_bits_must_be_zeros() {
        let check = |bytes: &[u8], taken: u32, expected: Result<(), &str>| {
            let mut reader = Reader::new(bytes);
            reader.take(taken);
            let expected = expected.map_err(|why| alloc::format!("violates the protocol: {why}"));
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
