//! Runs this program under callgrind, and reads how many instructions each part took, including its callees.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context, Result, bail};
use micro::tick_path::PARTS;

/// The module of the parts.
const MODULE: &str = "micro::tick_path::";
/// Restricts the C library to instructions that every processor has, so that counts do not depend on the machine.
const TUNABLES: &str = "glibc.cpu.hwcaps=-AVX,-AVX2,-AVX512F,-AVX512VL,-ERMS,-FSRM";

/// Instructions by part.
#[derive(Debug, PartialEq)]
pub(crate) struct Instructions(BTreeMap<String, u64>);

impl Instructions {
    /// The names of the parts.
    pub(crate) fn parts() -> impl Iterator<Item = &'static str> {
        PARTS.iter().map(|(part, _)| *part)
    }

    /// The instructions of a part, over all calls.
    pub(crate) fn of(&self, part: &str) -> f64 {
        self.0.get(part).copied().unwrap_or(0) as f64
    }

    /// Parses callgrind's file: after `cfn=` and `calls=` comes a line whose last number is the cost of the callee,
    /// including everything that it called. <https://valgrind.org/docs/manual/cl-format.html>
    fn read(text: &str) -> Self {
        let mut names: BTreeMap<&str, Option<&str>> = BTreeMap::new();
        let mut sums = BTreeMap::new();
        let (mut callee, mut is_call) = (None, false);
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("cfn=").or(line.strip_prefix("fn=")) {
                // A name appears with its number once: `(12) name`, then `(12)`.
                let (number, name) = rest.split_once(' ').unwrap_or((rest, ""));
                if !name.is_empty() {
                    names.insert(number, part(name));
                }
                callee = names.get(number).copied().flatten();
            } else if line.starts_with("calls=") {
                is_call = true;
            } else if std::mem::take(&mut is_call)
                && let Some(part) = callee
                && let Some(cost) = line.rsplit(' ').next()
            {
                *sums.entry(part.to_owned()).or_default() += cost.parse().unwrap_or(0);
            }
        }
        Self(sums)
    }
}

/// Counts the instructions of this program when it is run with this argument.
pub(crate) fn count(word: &str) -> Result<Instructions> {
    let out = std::env::temp_dir().join(format!("skirmish-callgrind-{}", std::process::id()));
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(std::env::current_exe()?)
        .arg(word)
        .env("GLIBC_TUNABLES", TUNABLES)
        .output()
        .context("valgrind does not run: sudo apt-get install -y valgrind")?;
    let text = std::fs::read_to_string(&out);
    let _ = std::fs::remove_file(&out);
    if !output.status.success() {
        bail!("valgrind: {}", String::from_utf8_lossy(&output.stderr));
    }
    let counted = Instructions::read(&text.context("callgrind wrote nothing")?);
    let missing: Vec<&str> = Instructions::parts()
        .filter(|part| counted.of(part) == 0.0)
        .collect();
    if !missing.is_empty() {
        bail!(
            "not counted: {}; build with --profile counted",
            missing.join(", ")
        );
    }
    Ok(counted)
}

/// The part in a function's name, with or without the compiler's hash after it.
fn part(name: &str) -> Option<&str> {
    let rest = name.strip_prefix(MODULE)?;
    let (part, hash) = rest.split_once("::").unwrap_or((rest, ""));
    let is_hash = hash.is_empty() || hash.len() == 17 && hash.starts_with('h');
    (is_hash && Instructions::parts().any(|known| known == part)).then_some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_of_callees_count_for_the_part() {
        let text = "fn=(1) main\n16 400\ncfn=(2) micro::tick_path::step\ncalls=3 0\n+2 700\ncfn=(3) other\ncalls=1 0\n* 9\n\n\
                    fn=(2)\n5 100\ncfn=(4) micro::tick_path::step::inner\ncalls=3 0\n-1 600\n\n\
                    fn=(3)\n1 9\ncfn=(2)\ncalls=1 0\n17 50\n\
                    cfn=(5) micro::tick_path::take::h0123456789abcdef\ncalls=1 0\n+1 8\n";
        let expected = [("step".to_owned(), 750), ("take".to_owned(), 8)];
        assert_eq!(
            Instructions::read(text),
            Instructions(BTreeMap::from(expected))
        );
    }
}
