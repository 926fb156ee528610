//! `cargo xtask sbom`: what is in the programs that ship, in the format of `CycloneDX` 1.6, from cargo's own lock file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use devstack::builds::{cargo, workspace};

/// The programs that ship. The page has no crate that they do not, but for those of `web/wasm`.
const SHIPPED: [&str; 6] = [
    "container",
    "functions",
    "gateway",
    "relay",
    "runtime",
    "wasm",
];

/// What they are built for. Crates that another system alone would need are in none of them.
const PLATFORMS: [&str; 4] = [
    "x86_64-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-gnu",
    "wasm32-unknown-unknown",
];

/// Flags of `sbom`.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// Where to write it; else to standard output
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Writes the bill of materials.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut bill = Bill::default();
    let lock = std::fs::read_to_string(workspace().join("Cargo.lock"))?;
    bill.add(&metadata()?, &SHIPPED, &checksums(&lock))?;
    let bill = serde_json::to_string_pretty(&bill.json())?;
    let Some(file) = &options.out else {
        println!("{bill}");
        return Ok(());
    };
    std::fs::write(file, bill + "\n").with_context(|| format!("cannot write {}", file.display()))
}

/// What cargo says of a workspace.
fn metadata() -> Result<Value> {
    let output = cargo(&["metadata", "--format-version", "1", "--locked"])?
        .arg("--manifest-path")
        .arg(workspace().join("Cargo.toml"))
        .args(PLATFORMS.iter().flat_map(|it| ["--filter-platform", it]))
        .output()
        .context("cargo does not start")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The bill: each package by its reference, and what it is built with.
#[derive(Default)]
struct Bill {
    components: BTreeMap<String, Value>,
    needs: BTreeMap<String, BTreeSet<String>>,
}

impl Bill {
    /// From what `cargo metadata` says of a workspace, and each package's SHA-256 by name and version.
    fn add(
        &mut self,
        metadata: &Value,
        programs: &[&str],
        sums: &BTreeMap<(String, String), String>,
    ) -> Result<()> {
        let packages = by_id(&metadata["packages"]);
        let nodes = by_id(&metadata["resolve"]["nodes"]);
        let is_program = |package: &Value| {
            package["source"].is_null() && programs.iter().any(|name| package["name"] == *name)
        };
        let shipped: Vec<&str> = packages
            .iter()
            .filter(|(_, package)| is_program(package))
            .map(|(id, _)| *id)
            .collect();
        if shipped.len() != programs.len() {
            bail!("not every program that ships is in its workspace: {shipped:?}");
        }
        for id in used_by(&shipped, &nodes) {
            let (Some(package), Some(node)) = (packages.get(id), nodes.get(id)) else {
                continue;
            };
            let kind = if is_program(package) {
                "application"
            } else {
                "library"
            };
            let component = component(package, kind, sums);
            self.components.insert(reference(package), component);
            let needed = needs(node).filter_map(|id| Some(reference(packages.get(id)?)));
            let all = self.needs.entry(reference(package)).or_default();
            all.extend(needed);
        }
        Ok(())
    }

    fn json(&self) -> Value {
        let dependencies = self.needs.iter();
        let dependencies: Vec<_> = dependencies
            .map(|(one, needs)| json!({ "ref": one, "dependsOn": needs }))
            .collect();
        json!({
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": { "component": { "type": "application", "name": "skirmish" } },
            "components": self.components.values().collect::<Vec<_>>(),
            "dependencies": dependencies,
        })
    }
}

fn component(package: &Value, kind: &str, sums: &BTreeMap<(String, String), String>) -> Value {
    let text = |key: &str| package[key].as_str().unwrap_or_default();
    let (name, version) = (text("name"), text("version"));
    let mut component = json!({
        "type": kind,
        "bom-ref": reference(package),
        "name": name,
        "version": version,
    });
    // Ours are not on crates.io, where others have such names.
    if !package["source"].is_null() {
        component["purl"] = json!(format!("pkg:cargo/{name}@{version}"));
    }
    if let Some(license) = package["license"].as_str() {
        // An older way to say OR.
        component["licenses"] = json!([{ "expression": license.replace('/', " OR ") }]);
    }
    if let Some(sum) = sums.get(&(name.to_owned(), version.to_owned())) {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": sum }]);
    }
    component
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
        let dep = |name: &str, kind: Value| json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
        let workspace = |program: &str, deps: Value| {
            let ours =
                json!({ "id": program, "name": program, "version": "0.1.0", "source": null });
            json!({
                "packages": [ours, package("used"), package("builder")],
                "resolve": { "nodes": [{ "id": program, "deps": deps }, { "id": "used", "deps": [] }] },
            })
        };
        let relay = workspace(
            "relay",
            json!([dep("used", Value::Null), dep("builder", json!("build"))]),
        );
        let runtime = workspace("runtime", json!([dep("used", Value::Null)]));
        let mut bill = Bill::default();
        bill.add(&relay, &["relay"], &checksums(lock))
            .expect("a bill");
        bill.add(&runtime, &["runtime"], &checksums(lock))
            .expect("a bill");
        bill.add(&relay, &["gone"], &checksums(lock))
            .expect_err("no such program");
        let bill = bill.json();
        let components = bill["components"].as_array().expect("components");
        let named: Vec<_> = components.iter().map(|one| &one["bom-ref"]).collect();
        assert_eq!(named, ["relay@0.1.0", "runtime@0.1.0", "used@1.0.0"]);
        assert_eq!(components[0]["type"], "application");
        let used = &components[2];
        assert_eq!(used["purl"], "pkg:cargo/used@1.0.0");
        assert_eq!(used["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(used["hashes"][0]["content"], "ab12");
        for program in &bill["dependencies"].as_array().expect("dependencies")[..2] {
            assert_eq!(program["dependsOn"], json!(["used@1.0.0"]));
        }
    }
}
