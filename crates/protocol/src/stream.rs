//! The framing of the stream of a WebTransport session: a version byte, then messages, each after a head.

use crate::Form;

/// The first byte that the client sends.
pub const STREAM_VERSION: u8 = 1;
/// The head of a message: its kind in one byte, and its length in four, most significant first.
pub const HEAD_BYTES: usize = 5;

const TEXT: u8 = 1;
const BINARY: u8 = 2;

/// The head of a message of this form and length, bytes.
pub fn encode_head(form: Form, length: usize) -> [u8; HEAD_BYTES] {
    let kind = match form {
        Form::Text => TEXT,
        Form::Binary => BINARY,
    };
    let [a, b, c, d] = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    [kind, a, b, c, d]
}

/// The form and the length of the message that follows; None for an unknown kind.
pub fn decode_head(head: [u8; HEAD_BYTES]) -> Option<(Form, usize)> {
    let [kind, length @ ..] = head;
    let form = match kind {
        TEXT => Form::Text,
        BINARY => Form::Binary,
        _ => return None,
    };
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    Some((form, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_a_kind_and_a_length() {
        for (form, length, head) in [
            (Form::Text, 0, [1, 0, 0, 0, 0]),
            (Form::Binary, 258, [2, 0, 0, 1, 2]),
        ] {
            assert_eq!(encode_head(form, length), head);
            assert_eq!(decode_head(head), Some((form, length)));
        }
        assert_eq!(decode_head([3, 0, 0, 0, 0]), None);
    }
}
