//! A reader of saved states: little-endian numbers, and the error for an invalid state.

/// The bytes or numbers are not a valid state of this game.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a state of this game: {0}")]
pub struct BadState(pub &'static str);

/// Reads the bytes of `save` from front to back. To write, append `to_le_bytes()`.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader of these bytes.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// The next byte.
    pub fn u8(&mut self) -> Result<u8, BadState> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// The next byte, which must be 0 or 1.
    pub fn flag(&mut self) -> Result<bool, BadState> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(BadState("a flag is neither 0 nor 1")),
        }
    }

    /// The next two bytes.
    pub fn u16(&mut self) -> Result<u16, BadState> {
        self.array().map(u16::from_le_bytes)
    }

    /// The next four bytes.
    pub fn u32(&mut self) -> Result<u32, BadState> {
        self.array().map(u32::from_le_bytes)
    }

    /// The next eight bytes.
    pub fn u64(&mut self) -> Result<u64, BadState> {
        self.array().map(u64::from_le_bytes)
    }

    /// The next `count` bytes.
    pub fn bytes(&mut self, len: usize) -> Result<&'a [u8], BadState> {
        let (head, tail) = self
            .bytes
            .split_at_checked(len)
            .ok_or(BadState("too short"))?;
        self.bytes = tail;
        Ok(head)
    }

    /// The remaining bytes.
    pub const fn rest(self) -> &'a [u8] {
        self.bytes
    }

    /// An error if bytes remain.
    pub fn end(&self) -> Result<(), BadState> {
        if self.bytes.is_empty() {
            Ok(())
        } else {
            Err(BadState("too long"))
        }
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], BadState> {
        let (head, tail) = self
            .bytes
            .split_first_chunk()
            .ok_or(BadState("too short"))?;
        self.bytes = tail;
        Ok(*head)
    }
}
