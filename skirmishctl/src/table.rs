//! Plain tables: columns are as wide as their longest text.

use std::fmt::Write as _;

/// A table with this head. Empty columns stay.
pub(crate) fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let widths: [usize; N] = std::array::from_fn(|i| {
        let cells = rows.iter().map(|row| row[i].chars().count());
        cells.max().unwrap_or(0).max(head[i].chars().count())
    });
    let line = |cells: [&str; N]| {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            let _ = write!(line, "{cell:<width$}  ");
        }
        format!("{}\n", line.trim_end())
    };
    let rows = rows
        .iter()
        .map(|row| line(row.each_ref().map(String::as_str)));
    line(head) + &rows.collect::<String>()
}

/// Names with their values, one a line.
pub(crate) fn list(pairs: &[(&str, String)]) -> String {
    let width = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut lines = String::new();
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(lines, "{name:<width$}  {value}");
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let row = |a: &str, b: &str| [a.to_owned(), b.to_owned()];
        let text = table(["ROOM", "N"], &[row("main.a", "12"), row("é", "")]);
        assert_eq!(text, "ROOM    N\nmain.a  12\né\n");
        let pairs = [
            ("state", "open".to_owned()),
            ("a", "1".to_owned()),
            ("b", String::new()),
        ];
        assert_eq!(list(&pairs), "state  open\na      1\n");
    }
}
