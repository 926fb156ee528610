//! Validation against the documents: every response and message that a test receives must match its
//! schema.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use devstack::builds;
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::http::Answer;

/// The document of the HTTP API.
pub fn openapi() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| load("docs/openapi.yaml"))
}

/// The document of both sockets.
pub fn asyncapi() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| load("docs/asyncapi.yaml"))
}

/// Checks that the HTTP API's document describes this answer to `method path`. Paths that it does not name are not
/// checked.
pub fn check_answer(method: &str, path: &str, answer: &Answer) {
    let path = path.split('?').next().unwrap_or_default();
    let Some(template) = template(path) else {
        return;
    };
    let call = format!("{method} {template} {}", answer.status);
    let at = [
        "paths",
        template,
        &method.to_lowercase(),
        "responses",
        &answer.status.to_string(),
    ];
    let Some(pointer) = find(openapi(), &at) else {
        let known = find(openapi(), &at[..3]).is_some();
        // A method that no document names is refused. HEAD is GET without a body, and a browser may send a preflight
        // request.
        let is_preflight = method == "OPTIONS" && answer.status == 204;
        assert!(
            !known && (answer.status == 405 || method == "HEAD" || is_preflight),
            "not documented: {call}"
        );
        return;
    };
    let Some(content) = find(openapi(), &[&pointer[..], &["content".to_owned()]].concat()) else {
        assert!(
            answer.body.is_empty(),
            "{call}: no body is documented, not {}",
            answer.text()
        );
        return;
    };
    let kind = answer.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default();
    let schema = [&content[..], &[kind.to_owned(), "schema".to_owned()]].concat();
    let schema =
        find(openapi(), &schema).unwrap_or_else(|| panic!("{call}: {kind:?} is not documented"));
    if kind.ends_with("json") {
        judge("openapi", openapi(), &schema, &call, &answer.json());
    }
}

/// Checks that the sockets' document describes a message of the server on this channel (`lobby`,
/// `game`).
pub fn check_message(channel: &str, message: &Value) {
    let kind = message["type"].as_str();
    let messages = asyncapi()["channels"][channel]["messages"]
        .as_object()
        .expect("a channel's messages");
    let found = messages.keys().find(|key| {
        // API Gateway's own messages have no type.
        asyncapi()["components"]["messages"][key]["name"].as_str()
            == Some(kind.unwrap_or("failure"))
    });
    let key = found.unwrap_or_else(|| panic!("not documented on {channel}: {message}"));
    check_example(key, message);
    if channel == "game" {
        check_arena(key, message);
    }
}

/// Checks a message of a match of the arena, which these tests play, against the schema with the arena's fields, if
/// there is one.
pub fn check_arena(key: &str, message: &Value) {
    let (first, rest) = key.split_at(1);
    let name = format!("Arena{}{rest}", first.to_uppercase());
    let schema = ["components", "schemas", &name].map(str::to_owned);
    if find(asyncapi(), &schema).is_some() {
        judge("asyncapi", asyncapi(), &schema, &name, message);
    }
}

/// Checks a message against the payload schema of the document under this key.
pub fn check_example(key: &str, message: &Value) {
    let schema = ["components", "messages", key, "payload"].map(str::to_owned);
    judge("asyncapi", asyncapi(), &schema, key, message);
}

/// The path template of the document that matches this path; the one with the fewest parameters first.
fn template(path: &str) -> Option<&'static str> {
    let paths = openapi()["paths"].as_object().expect("paths");
    let fits = |template: &str| {
        let (mut given, mut parts) = (path.split('/'), template.split('/'));
        loop {
            match (given.next(), parts.next()) {
                (None, None) => return true,
                (Some(text), Some(part))
                    if text == part || (part.starts_with('{') && !text.is_empty()) => {}
                _ => return false,
            }
        }
    };
    let plain = paths.keys().find(|template| *template == path);
    plain
        .or_else(|| paths.keys().find(|template| fits(template)))
        .map(String::as_str)
}

/// The path to which these steps lead, through references; None: it does not exist.
fn find<S: AsRef<str>>(document: &Value, steps: &[S]) -> Option<Vec<String>> {
    let mut at: Vec<String> = Vec::new();
    for step in steps {
        at.push(step.as_ref().to_owned());
        let value = document.pointer(&pointer(&at))?;
        if let Some(reference) = value["$ref"].as_str() {
            at = reference
                .trim_start_matches("#/")
                .split('/')
                .map(unescape)
                .collect();
        }
    }
    document.pointer(&pointer(&at)).map(|_| at)
}

fn judge(name: &str, document: &Value, schema: &[String], what: &str, value: &Value) {
    let validator = validator(name, document, &pointer(schema));
    let errors: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect();
    assert!(
        errors.is_empty(),
        "{what} is not as documented: {errors:?} in {value}"
    );
}

fn validator(name: &str, document: &Value, pointer: &str) -> Arc<Validator> {
    static MADE: Mutex<BTreeMap<String, Arc<Validator>>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let validator = made.entry(format!("{name}#{pointer}")).or_insert_with(|| {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$ref": format!("#/document{pointer}"),
            "document": document,
        });
        let schema = rebase(schema);
        Arc::new(
            jsonschema::validator_for(&schema)
                .unwrap_or_else(|error| panic!("{name}{pointer}: {error}")),
        )
    });
    Arc::clone(validator)
}

/// Adjusts references, because the document is nested one level deeper.
fn rebase(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(key, value)| match value {
                Value::String(text)
                    if key == "$ref"
                        && text.starts_with("#/")
                        && !text.starts_with("#/document/") =>
                {
                    (key, Value::String(text.replacen("#/", "#/document/", 1)))
                }
                value => (key, rebase(value)),
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(rebase).collect(),
        other => other,
    }
}

fn pointer(steps: &[String]) -> String {
    steps.iter().fold(String::new(), |pointer, step| {
        pointer + "/" + &step.replace('~', "~0").replace('/', "~1")
    })
}

fn unescape(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

fn load(file: &str) -> Value {
    let path: &Path = &builds::workspace().join(file);
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{file}: {error}"));
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}
