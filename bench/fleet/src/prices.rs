//! Prices, read from the only table that has them: "What it costs" in infra/README.md.

use anyhow::{Context, Result};

const README: &str = include_str!("../../../infra/README.md");

/// The price of one unit of this resource in USD.
pub(crate) fn price(resource: &str) -> Result<f64> {
    let row = README
        .lines()
        .find_map(|line| line.strip_prefix(&format!("| {resource} | ")));
    let text = row.and_then(|row| row.split(" |").next());
    let text = text.with_context(|| format!("infra/README.md has no price of {resource}"))?;
    text.trim()
        .parse()
        .with_context(|| format!("the price of {resource}"))
}
