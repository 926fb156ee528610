//! [`TraceContext`]: the place of a span in a trace, as W3C's header `traceparent` has it.

use std::fmt;

use uuid::Uuid;

/// The length of a `traceparent` of version 00, and of what a later version begins with.
const CHARS: usize = 55;
const SAMPLED: u8 = 1;

/// A trace and a span in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: u128,
    span_id: u64,
    is_sampled: bool,
}

impl TraceContext {
    /// The first span of a new trace.
    pub fn begin() -> Self {
        Self {
            trace_id: Uuid::new_v4().as_u128(),
            span_id: random_span(),
            is_sampled: true,
        }
    }

    /// Another span of the same trace.
    #[must_use]
    pub fn child(self) -> Self {
        Self {
            span_id: random_span(),
            ..self
        }
    }

    /// Reads a `traceparent`. None: it is not one, and the receiver begins a new trace.
    pub fn parse(text: &str) -> Option<Self> {
        let (head, rest) = text.split_at_checked(CHARS)?;
        let mut parts = head.split('-');
        let mut part = |chars| hex(parts.next()?, chars);
        let (version, trace_id, span_id, flags) = (part(2)?, part(32)?, part(16)?, part(2)?);
        // A later version may have more parts.
        let is_known = match version {
            0 => rest.is_empty(),
            0xff => false,
            _ => rest.is_empty() || rest.starts_with('-'),
        };
        (is_known && trace_id != 0 && span_id != 0).then_some(Self {
            trace_id,
            span_id: span_id as u64,
            is_sampled: flags as u8 & SAMPLED != 0,
        })
    }

    /// Whether the caller records the trace.
    pub fn is_sampled(&self) -> bool {
        self.is_sampled
    }

    pub(super) fn trace_id(self) -> String {
        format!("{:032x}", self.trace_id)
    }

    pub(super) fn span_id(self) -> String {
        format!("{:016x}", self.span_id)
    }
}

/// Writes the `traceparent`, 55 characters.
impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = u8::from(self.is_sampled);
        write!(
            f,
            "00-{:032x}-{:016x}-{flags:02x}",
            self.trace_id, self.span_id
        )
    }
}

/// This number of lower-case hexadecimal digits.
fn hex(text: &str, chars: usize) -> Option<u128> {
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (text.len() == chars && text.bytes().all(is_hex))
        .then(|| u128::from_str_radix(text, 16).ok())
        .flatten()
}

/// Never 0: this half of a UUID begins with its variant.
fn random_span() -> u64 {
    Uuid::new_v4().as_u64_pair().1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    /// `expected`: the context that was read, as text.
    fn check(text: &str, expected: Option<&str>) {
        let read = TraceContext::parse(text).map(|context| context.to_string());
        assert_eq!(read.as_deref(), expected, "{text:?}");
    }

    #[test]
    fn a_traceparent_of_the_specification_is_read() {
        let sampled = format!("00-{TRACE}-{SPAN}-01");
        check(&sampled, Some(&sampled));
        let unsampled = format!("00-{TRACE}-{SPAN}-00");
        check(&unsampled, Some(&unsampled));
        // Other flags are not passed on.
        check(&format!("00-{TRACE}-{SPAN}-ff"), Some(&sampled));
        // A later version.
        check(&format!("01-{TRACE}-{SPAN}-01"), Some(&sampled));
        check(&format!("cc-{TRACE}-{SPAN}-01-more"), Some(&sampled));
    }

    #[test]
    fn anything_else_is_no_traceparent() {
        let zeros = "0".repeat(32);
        for text in [
            String::new(),
            TRACE.to_owned(),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{TRACE}-{SPAN}-1"),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("00-{TRACE}-{SPAN}-01 "),
            format!(" 00-{TRACE}-{SPAN}-01"),
            format!("00-{TRACE}-{SPAN}-01,00-{TRACE}-{SPAN}-01"),
            format!("cc-{TRACE}-{SPAN}-01.more"),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{zeros}-{SPAN}-01"),
            format!("00-{TRACE}-{}-01", &zeros[..16]),
            format!("00-+{}-{SPAN}-01", &TRACE[1..]),
            format!("00_{TRACE}_{SPAN}_01"),
            "é".repeat(28),
        ] {
            check(&text, None);
        }
    }

    #[test]
    fn a_child_is_another_span_of_the_same_trace() {
        let first = TraceContext::begin();
        let child = first.child();
        assert_eq!(child.trace_id, first.trace_id);
        assert_ne!(child.span_id, first.span_id);
        check(&first.to_string(), Some(&first.to_string()));
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_read_is_written_in_55_characters(
            text in "([0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.{0,9})?|.{0,80})"
        ) {
            if let Some(context) = TraceContext::parse(&text) {
                let written = context.to_string();
                prop_assert_eq!(written.len(), CHARS);
                prop_assert_eq!(TraceContext::parse(&written), Some(context));
            }
        }
    }
}
