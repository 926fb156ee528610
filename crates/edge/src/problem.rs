//! Problem documents of RFC 9457.

use serde_json::{Value, json};

/// A problem document; `slug` is the last part of its type, `urn:skirmish:problem:<slug>`.
pub fn problem_document(slug: &str, title: &str, status: u16, detail: &str) -> Value {
    json!({
        "type": format!("urn:skirmish:problem:{slug}"),
        "title": title,
        "status": status,
        "detail": detail,
    })
}
