//! A JSON writer that appends directly to a byte buffer.

use alloc::vec::Vec;

use game::{Kind, TURN};

/// Appends JSON, including the commas between values.
pub(crate) struct Writer<'a> {
    out: &'a mut Vec<u8>,
    /// The start of this text in `out`.
    start: usize,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        Self { out, start }
    }

    /// `{`, `[`, `}` or `]`.
    pub(crate) fn open(&mut self, bracket: u8) -> &mut Self {
        self.separate();
        self.out.push(bracket);
        self
    }

    pub(crate) fn close(&mut self, bracket: u8) -> &mut Self {
        self.out.push(bracket);
        self
    }

    pub(crate) fn key(&mut self, name: &str) -> &mut Self {
        self.text(name);
        self.out.push(b':');
        self
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.separate();
        self.out.push(b'"');
        for &byte in text.as_bytes() {
            self.escaped(byte);
        }
        self.out.push(b'"');
        self
    }

    pub(crate) fn flag(&mut self, flag: bool) -> &mut Self {
        self.raw(if flag { "true" } else { "false" })
    }

    pub(crate) fn null(&mut self) -> &mut Self {
        self.raw("null")
    }

    pub(crate) fn number(&mut self, number: i64) -> &mut Self {
        self.separate();
        if number < 0 {
            self.out.push(b'-');
        }
        self.digits(number.unsigned_abs(), 1);
        self
    }

    /// A field's value in the unit of its kind: px, radians, a flag, a count.
    pub(crate) fn value(&mut self, kind: Kind, value: i64) -> &mut Self {
        match kind {
            Kind::Linear { per_px } | Kind::Velocity { per_px } => {
                self.decimal(value, i64::from(per_px.max(1)))
            }
            Kind::Angle => self.radians(value),
            Kind::Flag => self.flag(value != 0),
            Kind::Count | Kind::Timer => self.number(value),
        }
    }

    /// `value / parts` with at most four decimals: exact when `parts` divides 10,000.
    pub(crate) fn decimal(&mut self, value: i64, parts: i64) -> &mut Self {
        self.separate();
        if value < 0 {
            self.out.push(b'-');
        }
        let (value, parts) = (value.unsigned_abs(), parts.unsigned_abs());
        self.digits(value / parts, 1);
        self.fraction(value % parts * 10_000 / parts, 4);
        self
    }

    /// An angle, 1024 to the turn, as radians in (-pi, pi] with six decimals, truncated so that it
    /// does not exceed pi.
    pub(crate) fn radians(&mut self, angle: i64) -> &mut Self {
        const TAU_NANO: u64 = 6_283_185_307;
        let turn = i64::from(TURN);
        let angle = angle.rem_euclid(turn);
        let signed = if angle > turn / 2 {
            angle - turn
        } else {
            angle
        };
        self.separate();
        if signed < 0 {
            self.out.push(b'-');
        }
        let micro = signed.unsigned_abs() * TAU_NANO / 1024 / 1000;
        self.digits(micro / 1_000_000, 1);
        self.fraction(micro % 1_000_000, 6);
        self
    }

    /// A value that is JSON already.
    pub(crate) fn raw(&mut self, text: &str) -> &mut Self {
        self.separate();
        self.out.extend_from_slice(text.as_bytes());
        self
    }

    fn separate(&mut self) {
        let begins = self.out.len() == self.start;
        if !begins && !matches!(self.out.last(), Some(b'{' | b'[' | b':')) {
            self.out.push(b',');
        }
    }

    fn fraction(&mut self, mut value: u64, mut width: usize) {
        while width > 0 && value.is_multiple_of(10) {
            (value, width) = (value / 10, width - 1);
        }
        if width > 0 {
            self.out.push(b'.');
            self.digits(value, width);
        }
    }

    /// At least `width` digits.
    fn digits(&mut self, mut value: u64, width: usize) {
        let mut digits = [b'0'; 20];
        let mut at = digits.len();
        while value > 0 || digits.len() - at < width {
            at -= 1;
            digits[at] = b'0' + (value % 10) as u8;
            value /= 10;
        }
        self.out.extend_from_slice(&digits[at..]);
    }

    fn escaped(&mut self, byte: u8) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        match byte {
            b'"' | b'\\' => self.out.extend_from_slice(&[b'\\', byte]),
            0..0x20 => {
                let (high, low) = (HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]);
                self.out
                    .extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
            }
            _ => self.out.push(byte),
        }
    }
}
