//! `cargo xtask sbom`: what is in the programs that ship, in the format of `CycloneDX` 1.6, from cargo's own lock file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::builds::{cargo, workspace};

/// The programs that ship. The page has no crate that they do not, but for those of `web/wasm`.
const SHIPPED: [&str; 5] = ["container", "functions", "gateway", "relay", "wasm"];

/// What they are built for. Crates that another system alone would need are in none of them.
const PLATFORMS: [&str; 4] = [
    "x86_64-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-gnu",
    "wasm32-unknown-unknown",
];

/// Flags of `sbom`.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Where to write it; else to standard output
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Writes the bill of materials.
pub fn run(options: &Options) -> Result<()> {
    let output = cargo(&["metadata", "--format-version", "1", "--locked"])?
        .args(PLATFORMS.iter().flat_map(|it| ["--filter-platform", it]))
        .output()
        .context("cargo does not start")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    let metadata = serde_json::from_slice(&output.stdout)?;
    let lock = std::fs::read_to_string(workspace().join("Cargo.lock"))?;
    let bill = serde_json::to_string_pretty(&bill(&metadata, &checksums(&lock))?)?;
    let Some(file) = &options.out else {
        println!("{bill}");
        return Ok(());
    };
    std::fs::write(file, bill + "\n").with_context(|| format!("cannot write {}", file.display()))
}

/// The bill, from what `cargo metadata` says and each package's SHA-256 by name and version.
fn bill(metadata: &Value, sums: &BTreeMap<(String, String), String>) -> Result<Value> {
    let packages = by_id(&metadata["packages"]);
    let nodes = by_id(&metadata["resolve"]["nodes"]);
    let shipped: Vec<&str> = packages
        .iter()
        .filter(|(_, package)| {
            package["source"].is_null() && SHIPPED.iter().any(|name| package["name"] == *name)
        })
        .map(|(id, _)| *id)
        .collect();
    if shipped.len() != SHIPPED.len() {
        bail!("not every program that ships is in the workspace: {shipped:?}");
    }
    let used = used_by(&shipped, &nodes);
    let components = used
        .iter()
        .filter_map(|id| component(packages.get(id)?, sums));
    let dependencies = used.iter().filter_map(|id| {
        let needs: Vec<String> = needs(nodes.get(id)?)
            .filter_map(|id| Some(reference(packages.get(id)?)))
            .collect();
        Some(json!({ "ref": reference(packages.get(id)?), "dependsOn": needs }))
    });
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": { "type": "application", "name": "skirmish" } },
        "components": components.collect::<Vec<_>>(),
        "dependencies": dependencies.collect::<Vec<_>>(),
    }))
}

fn component(package: &Value, sums: &BTreeMap<(String, String), String>) -> Option<Value> {
    let (name, version) = (package["name"].as_str()?, package["version"].as_str()?);
    let is_ours = package["source"].is_null();
    let is_program = is_ours && SHIPPED.contains(&name);
    let mut component = json!({
        "type": if is_program { "application" } else { "library" },
        "bom-ref": reference(package),
        "name": name,
        "version": version,
    });
    // Ours are not on crates.io, where others have such names.
    if !is_ours {
        component["purl"] = json!(format!("pkg:cargo/{name}@{version}"));
    }
    if let Some(license) = package["license"].as_str() {
        // An older way to say OR.
        component["licenses"] = json!([{ "expression": license.replace('/', " OR ") }]);
    }
    if let Some(sum) = sums.get(&(name.to_owned(), version.to_owned())) {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": sum }]);
    }
    Some(component)
}

fn reference(package: &Value) -> String {
    let text = |key: &str| package[key].as_str().unwrap_or_default().to_owned();
    format!("{}@{}", text("name"), text("version"))
}

/// These and all that is built into them: not what builds or tests them.
fn used_by<'a>(first: &[&'a str], nodes: &BTreeMap<&'a str, &'a Value>) -> BTreeSet<&'a str> {
    let mut used = BTreeSet::new();
    let mut left = first.to_vec();
    while let Some(id) = left.pop() {
        if used.insert(id) {
            left.extend(nodes.get(id).into_iter().flat_map(|node| needs(node)));
        }
    }
    used
}

fn needs(node: &Value) -> impl Iterator<Item = &str> {
    let all = node["deps"].as_array().into_iter().flatten();
    all.filter(|dep| {
        let kinds = dep["dep_kinds"].as_array().into_iter().flatten();
        kinds.into_iter().any(|kind| kind["kind"].is_null())
    })
    .filter_map(|dep| dep["pkg"].as_str())
}

fn by_id(list: &Value) -> BTreeMap<&str, &Value> {
    let all = list.as_array().into_iter().flatten();
    all.filter_map(|one| Some((one["id"].as_str()?, one)))
        .collect()
}

/// What the lock file says each package's archive hashes to.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let value = |block: &str, key: &str| {
        let line = block
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{key} = ")))?;
        Some(line.trim_matches('"').to_owned())
    };
    let blocks = lock.split("[[package]]").skip(1);
    blocks
        .filter_map(|block| {
            let named = (value(block, "name")?, value(block, "version")?);
            Some((named, value(block, "checksum")?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_in_is_listed_and_what_only_builds_is_not() {
        let lock = "[[package]]\nname = \"used\"\nversion = \"1.0.0\"\nchecksum = \"ab12\"\n";
        let package = |name: &str| json!({ "id": name, "name": name, "version": "1.0.0", "license": "MIT/Apache-2.0", "source": "r" });
        let mut packages: Vec<Value> = SHIPPED
            .iter()
            .map(|name| json!({ "id": name, "name": name, "version": "0.1.0", "source": null }))
            .collect();
        packages.extend(["used", "builder"].map(package));
        let dep = |name: &str, kind: Value| json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
        let nodes = json!([
            { "id": "relay", "deps": [dep("used", Value::Null), dep("builder", json!("build"))] },
        ]);
        let metadata = json!({ "packages": packages, "resolve": { "nodes": nodes } });
        let bill = bill(&metadata, &checksums(lock)).expect("a bill");
        let components = bill["components"].as_array().expect("components");
        assert_eq!(components.len(), SHIPPED.len() + 1);
        let used = components
            .iter()
            .find(|one| one["name"] == "used")
            .expect("used");
        assert_eq!(used["purl"], "pkg:cargo/used@1.0.0");
        assert_eq!(used["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(used["hashes"][0]["content"], "ab12");
        assert_eq!(bill["dependencies"][0]["dependsOn"], json!(["used@1.0.0"]));
    }
}
