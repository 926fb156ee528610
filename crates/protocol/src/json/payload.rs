//! Compaction of forwarded JSON: no spaces, shortest spelling of strings, numbers unchanged.

use alloc::borrow::Cow;
use alloc::string::String;

use crate::DecodeError;
use crate::client::MESSAGE_PAYLOAD_DEPTH_MAX;

/// Compacts JSON whose escapes have not been checked: half of a surrogate pair is refused. Numbers
/// are copied and not parsed, so a number beyond 64 bits keeps its digits.
pub(super) fn compact(json: &str) -> Result<String, DecodeError> {
    let mut out = String::with_capacity(json.len());
    let mut depth = 0;
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => text_length(rest),
            _ => first.len_utf8(),
        };
        let (token, behind) = rest.split_at(length);
        rest = behind;
        match first {
            '"' => push_text(token, &mut out)?,
            ' ' | '\t' | '\r' | '\n' => {}
            _ => out.push(first),
        }
        match first {
            '[' | '{' => depth += 1,
            ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth > MESSAGE_PAYLOAD_DEPTH_MAX {
            return Err(DecodeError::Malformed("`payload` is nested too deep"));
        }
    }
    Ok(out)
}

/// The length in bytes of the string at the front, with both quotation marks.
fn text_length(json: &str) -> usize {
    let mut is_escaped = false;
    let ends = |&(at, byte): &(usize, u8)| {
        let ends = at > 0 && byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    };
    let end = json.bytes().enumerate().find(ends);
    end.map_or(json.len(), |(at, _)| at + 1)
}

fn push_text(token: &str, out: &mut String) -> Result<(), DecodeError> {
    let broken = |_| DecodeError::Malformed("`payload` has a text that is not Unicode");
    let text: Cow<'_, str> = serde_json::from_str(token).map_err(broken)?;
    out.push_str(&serde_json::to_string(&text).map_err(broken)?);
    Ok(())
}
