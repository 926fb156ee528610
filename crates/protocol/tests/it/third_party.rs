//! Tables of the documents and a bit reader, for tests that act as third-party clients.

/// The columns, without backticks, of the first table after a text of a document.
pub(crate) fn table(document: &str, after: &str) -> Vec<Vec<String>> {
    let (_, rest) = document
        .split_once(after)
        .unwrap_or_else(|| panic!("the document does not say: {after}"));
    let lines = rest
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .skip(2);
    let columns = |line: &str| -> Vec<String> {
        let inner = line.trim_matches('|').split('|');
        inner
            .map(|column| column.trim().trim_matches('`').to_owned())
            .collect()
    };
    lines
        .take_while(|line| line.starts_with('|'))
        .map(columns)
        .collect()
}

/// Bits as text of 0 and 1.
pub(crate) struct Bits(pub(crate) String);

impl Bits {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let bits = |&byte: &u8| (0..8).rev().map(move |bit| byte >> bit & 1 == 1);
        let bits = bytes.iter().flat_map(bits);
        Self(bits.map(|bit| if bit { '1' } else { '0' }).collect())
    }

    /// At most 32.
    pub(crate) fn take(&mut self, bits: usize) -> u32 {
        u32::try_from(self.take_long(bits)).expect("at most 32 bits")
    }

    /// At most 64.
    pub(crate) fn take_long(&mut self, bits: usize) -> u64 {
        let rest = self.0.split_off(bits);
        let taken = std::mem::replace(&mut self.0, rest);
        taken
            .chars()
            .fold(0, |value, bit| value << 1 | u64::from(bit == '1'))
    }
}
