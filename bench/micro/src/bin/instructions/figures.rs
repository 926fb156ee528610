//! The committed figures in `instructions.txt`, and the comparison with new ones.

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use micro::tick_path::PARTS;

/// Growth by more than this is an error.
pub(crate) const GROWTH_PERCENT_MAX: f64 = 10.0;
/// Growth by less than this is ignored: the C library differs by that amount between machines.
const GROWTH_MIN: f64 = 5.0;
/// The command that rewrites the file.
pub(crate) const RENEW: &str = "cargo run -p micro --profile counted -- --renew";

const SUM: &str = "all of it";

/// Instructions per player and tick.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Figures {
    /// `rustc 1.95.0 (…)`
    pub(crate) compiler: String,
    /// `x86_64-linux`
    pub(crate) machine: String,
    /// Instructions by part.
    pub(crate) parts: Vec<(String, f64)>,
}

impl Figures {
    /// Reads the committed figures.
    pub(crate) fn read() -> Result<Self> {
        let text = std::fs::read_to_string(file()).context("instructions.txt cannot be read")?;
        Self::parse(&text).context("instructions.txt is broken")
    }

    /// Writes these figures as the committed ones.
    pub(crate) fn write(&self) -> Result<()> {
        std::fs::write(file(), self.text()).context("instructions.txt cannot be written")
    }

    /// A table of these figures and earlier ones.
    pub(crate) fn table(&self, before: &Self) -> String {
        let mut table = "| part of the tick | instructions a player and tick | committed | growth |\n|---|---|---|---|\n".to_owned();
        for (part, now) in self.with_sum() {
            let what = PARTS.iter().find(|(name, _)| *name == part);
            let name = what.map_or(part.clone(), |(_, what)| format!("{part}: {what}"));
            let (then, growth) = match before.of(&part) {
                Some(then) => (format!("{then:.0}"), format!("{:+.1} %", growth(then, now))),
                None => ("–".to_owned(), "–".to_owned()),
            };
            let _ = writeln!(table, "| {name} | {now:.0} | {then} | {growth} |");
        }
        table
    }

    /// The parts that grew by more than is allowed, or that are new; including the sum.
    pub(crate) fn grown_since(&self, before: &Self) -> Vec<String> {
        let has_grown = |(part, now): &(String, f64)| {
            let then = before.of(part);
            let is_more = |then| growth(then, *now) > GROWTH_PERCENT_MAX && now - then > GROWTH_MIN;
            then.is_none_or(is_more)
        };
        let grown = self.with_sum().into_iter().filter(has_grown);
        grown.map(|(part, _)| part).collect()
    }

    fn with_sum(&self) -> Vec<(String, f64)> {
        let sum = self.parts.iter().map(|(_, count)| count).sum();
        let mut all = self.parts.clone();
        all.push((SUM.to_owned(), sum));
        all
    }

    fn of(&self, part: &str) -> Option<f64> {
        let found = self.with_sum().into_iter().find(|(name, _)| name == part)?;
        Some(found.1)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        let compiler = lines.next()?.strip_prefix("compiler ")?.to_owned();
        let machine = lines.next()?.strip_prefix("machine ")?.to_owned();
        let part = |line: &str| {
            let (name, count) = line.split_once(' ')?;
            Some((name.to_owned(), count.parse().ok()?))
        };
        Some(Self {
            compiler,
            machine,
            parts: lines.map(part).collect::<Option<_>>()?,
        })
    }

    fn text(&self) -> String {
        let mut text = format!(
            "# Instructions of the tick path for a player and tick; 10 % more in any part is an error in `cargo xtask test`.\n\
             # Renewed by: {RENEW}\ncompiler {}\nmachine {}\n",
            self.compiler, self.machine
        );
        for (part, count) in &self.parts {
            let _ = writeln!(text, "{part} {count:.1}");
        }
        text
    }
}

/// The growth in percent.
fn growth(then: f64, now: f64) -> f64 {
    (now / then - 1.0) * 100.0
}

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("instructions.txt")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(parts: &[(&str, f64)]) -> Figures {
        Figures {
            compiler: "rustc 1".to_owned(),
            machine: "x86_64-linux".to_owned(),
            parts: parts
                .iter()
                .map(|(name, count)| ((*name).to_owned(), *count))
                .collect(),
        }
    }

    #[test]
    fn figures_are_read_as_written() {
        let written = figures(&[("step", 1234.5), ("write", 0.1)]);
        assert_eq!(Figures::parse(&written.text()), Some(written));
    }

    #[test]
    fn growth_by_more_than_a_tenth_is_reported() {
        let check = |now: &[(&str, f64)], expected: &[&str]| {
            let before = figures(&[("step", 1000.0), ("write", 100.0), ("journal", 10.0)]);
            assert_eq!(figures(now).grown_since(&before), expected, "{now:?}");
        };
        check(&[("step", 1000.0), ("write", 100.0)], &[]);
        check(&[("step", 1099.0), ("write", 109.0)], &[]);
        check(&[("step", 1.0), ("write", 111.0)], &["write"]);
        check(&[("step", 1200.0), ("write", 100.0)], &["step", SUM]);
        check(&[("journal", 14.0)], &[]);
        check(&[("journal", 16.0)], &["journal"]);
        check(&[("new", 1.0)], &["new"]);
    }
}
