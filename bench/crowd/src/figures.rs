//! Medians, ranges, percentiles, and tables of them.

/// The median; of an even number of values, the mean of the middle two.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}

/// The median, or a dash without values.
pub fn middle(values: &[f64], digits: usize) -> String {
    if values.is_empty() {
        return "–".to_owned();
    }
    format!("{:.digits$}", median(values))
}

/// `median (least–most)`.
pub fn spread(values: &[f64], digits: usize) -> String {
    if values.is_empty() {
        return "–".to_owned();
    }
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!(
        "{:.digits$} ({least:.digits$}–{most:.digits$})",
        median(values)
    )
}

/// The value below which this share of the values lies, 0 to 1.
pub fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

/// `p50/p99`, or a dash without values.
pub fn middle_and_tail(values: &[f64]) -> String {
    if values.is_empty() {
        return "–".to_owned();
    }
    let (p50, p99) = (percentile(values, 0.5), percentile(values, 0.99));
    format!("{p50:.1}/{p99:.1}")
}

/// Prints rows with a header, as Markdown.
pub fn table(head: &[&str], rows: &[Vec<String>]) {
    println!("| {} |", head.join(" | "));
    println!("|{}", "---|".repeat(head.len()));
    for row in rows {
        println!("| {} |", row.join(" | "));
    }
}

/// The slope of the line of best fit through the points (x, y).
pub fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len().max(1) as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x0, y0) = (mean(|point| point.0), mean(|point| point.1));
    let rise: f64 = points.iter().map(|(x, y)| (x - x0) * (y - y0)).sum();
    let run: f64 = points.iter().map(|(x, _)| (x - x0) * (x - x0)).sum();
    rise / run
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_without_values_are_a_dash() {
        let shown = [middle(&[], 1), spread(&[], 1), middle_and_tail(&[])];
        assert_eq!(shown, ["–", "–", "–"]);
        let shown = [middle(&[1.0, 4.0], 1), spread(&[1.0, 4.0], 0)];
        assert_eq!(shown, ["2.5", "2 (1–4)"]);
    }
}
