//! The state hash. Equal hashes show that two machines are in the same state.

/// FNV-1a with 64 bits (offset basis 14695981039346656037, prime 1099511628211) over a saved state's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hash(pub u64);

/// The hash of these bytes.
pub const fn hash(bytes: &[u8]) -> Hash {
    let mut value: u64 = 14_695_981_039_346_656_037;
    let mut at = 0;
    while at < bytes.len() {
        value = (value ^ bytes[at] as u64).wrapping_mul(1_099_511_628_211);
        at += 1;
    }
    Hash(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_published_vectors() {
        let check =
            |text: &str, expected| assert_eq!(hash(text.as_bytes()), Hash(expected), "{text}");
        check("", 0xcbf2_9ce4_8422_2325);
        check("a", 0xaf63_dc4c_8601_ec8c);
        check("foobar", 0x8594_4171_f739_67e8);
    }
}
