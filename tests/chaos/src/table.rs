//! The result of a run, as two columns of text.

use std::fmt::Write as _;

/// A count or a text.
pub(crate) struct Cell(String);

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<usize> for Cell {
    fn from(count: usize) -> Self {
        Self(count.to_string())
    }
}

/// The rows in order, and whether each of them is right.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<(String, String, bool)>,
}

impl Table {
    /// Adds a row for information.
    pub(crate) fn info(&mut self, name: &str, value: impl Into<Cell>) {
        self.rows.push((name.to_owned(), value.into().0, true));
    }

    /// Adds a row that must satisfy a condition; it is marked if it does not.
    pub(crate) fn must(&mut self, name: &str, value: impl Into<Cell>, fine: bool) {
        self.rows.push((name.to_owned(), value.into().0, fine));
    }

    /// Adds a count that must be 0.
    pub(crate) fn zero(&mut self, name: &str, count: usize) {
        self.must(name, count, count == 0);
    }

    /// Whether every row is right.
    pub(crate) fn is_fine(&self) -> bool {
        self.rows.iter().all(|(.., fine)| *fine)
    }

    /// The text.
    pub(crate) fn text(&self) -> String {
        let width = self.rows.iter().map(|(name, ..)| name.len()).max();
        let width = width.unwrap_or(0);
        let mut text = String::new();
        for (name, value, fine) in &self.rows {
            let mark = if *fine { "" } else { "   <-- WRONG" };
            let _ = writeln!(text, "{name:width$}  {value}{mark}");
        }
        text
    }
}

/// p50, p99 and maximum: `3 / 5 / 6`; `-` if there are no numbers.
pub(crate) fn spread(mut values: Vec<u64>) -> String {
    if values.is_empty() {
        return "-".to_owned();
    }
    values.sort_unstable();
    let last = values.len() - 1;
    let at = |percent: usize| values[(last * percent).div_ceil(100)];
    format!("{} / {} / {}", at(50), at(99), values[last])
}
