//! Templates as JSON: the short forms (`!Ref`, `!Sub`, …) become the long ones, so that a test sees
//! one kind.

use std::collections::BTreeMap;

use devstack::builds::workspace;
use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

/// A template of the repository, such as `infra/aws/cache.yaml`.
pub(crate) fn read(path: &str) -> Value {
    let mut documents = documents(path);
    assert_eq!(documents.len(), 1, "{path} is one document");
    documents.remove(0)
}

/// The documents of a file.
pub(crate) fn documents(path: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(workspace().join(path)).expect(path);
    let documents = Yaml::load_from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
    documents.iter().map(json_of).collect()
}

/// One document.
pub(crate) fn parse(text: &str) -> Value {
    let documents = Yaml::load_from_str(text).expect("YAML");
    json_of(documents.first().expect("a document"))
}

/// Every template: its path, and its contents.
pub(crate) fn all() -> BTreeMap<String, Value> {
    let folder = std::fs::read_dir(workspace().join("infra/aws")).expect("a folder");
    let mut paths: Vec<String> = folder
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| format!("infra/aws/{}", name.to_string_lossy()))
        .collect();
    paths.push("template.yaml".to_owned());
    paths
        .into_iter()
        .map(|path| (path.clone(), read(&path)))
        .collect()
}

/// The resources of a type, by logical name: their properties.
pub(crate) fn resources<'a>(template: &'a Value, kind: &str) -> BTreeMap<&'a str, &'a Value> {
    let all = template["Resources"].as_object().expect("resources");
    all.iter()
        .filter(|(_, resource)| resource["Type"] == kind)
        .map(|(name, resource)| (name.as_str(), &resource["Properties"]))
        .collect()
}

/// A list, or the one thing that stands for it.
pub(crate) fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

/// The text of a string or of a `Fn::Sub`.
pub(crate) fn text(value: &Value) -> &str {
    value["Fn::Sub"]
        .as_str()
        .or(value.as_str())
        .unwrap_or_else(|| panic!("no text: {value}"))
}

fn json_of(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Value(scalar) => scalar_of(scalar),
        Yaml::Sequence(items) => items.iter().map(json_of).collect(),
        Yaml::Mapping(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| {
                let key = key
                    .as_str()
                    .map_or_else(|| json_of(key).to_string(), std::borrow::ToOwned::to_owned);
                (key, json_of(value))
            });
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        Yaml::Tagged(tag, node) => intrinsic(&tag.suffix, json_of(node)),
        other => panic!("not in a template: {other:?}"),
    }
}

fn scalar_of(scalar: &Scalar) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(flag) => json!(flag),
        Scalar::Integer(number) => json!(number),
        Scalar::FloatingPoint(number) => json!(number.into_inner()),
        Scalar::String(text) => json!(text),
    }
}

fn intrinsic(tag: &str, value: Value) -> Value {
    match (tag, value) {
        ("Ref" | "Condition", value) => json!({ tag: value }),
        ("GetAtt", Value::String(path)) => {
            let (resource, attribute) = path.split_once('.').expect("resource.attribute");
            json!({ "Fn::GetAtt": [resource, attribute] })
        }
        (tag, value) => json!({ format!("Fn::{tag}"): value }),
    }
}
