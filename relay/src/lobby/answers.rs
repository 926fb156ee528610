//! Counts the results in the answers of functions.

use lobby::Sweep;
use serde_json::Value;

use crate::metrics::Metrics;

/// Counts the results in the answer of a function; for the sweep also its repairs.
pub(crate) fn count(metrics: &Metrics, function: &str, answer: &Value) {
    if function != "sweep" {
        metrics.count_results(function, answer);
        if answer["seated"].as_u64().is_some_and(|seated| seated > 0) {
            let waited_ms = answer["waited_ms"].as_u64().unwrap_or_default();
            metrics.seat_wait.observe(waited_ms as f64 / 1e3);
        }
        return;
    }
    for (pool, counts) in answer.as_object().into_iter().flatten() {
        metrics.count_results(function, counts);
        count_repairs(metrics, pool, counts);
    }
}

/// Counts the sweep's repairs in a pool, `{kind: count}`. Each repair points to a bug.
fn count_repairs(metrics: &Metrics, pool: &str, counts: &Value) {
    for (kind, count) in counts.as_object().into_iter().flatten() {
        let count = count.as_u64().unwrap_or_default();
        if count > 0 && Sweep::is_repair(kind) {
            metrics
                .invariant_repairs
                .with_label_values(&[kind])
                .inc_by(count);
            tracing::error!(pool, kind, count, "invariant violation repaired");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The series of a metric after these answers, without series that are 0.
    fn series(name: &str, answers: &[(&str, Value)]) -> Vec<String> {
        let metrics = Metrics::new();
        for (function, answer) in answers {
            count(&metrics, function, answer);
        }
        let shown = metrics.render();
        let lines = shown.lines().filter_map(|line| line.strip_prefix(name));
        let counted = lines.filter(|line| !line.ends_with(" 0"));
        counted.map(str::to_owned).collect()
    }

    fn swept() -> Value {
        json!({
            "main": { "room_orphan": 2, "listing_wrong": 0, "seated": 7, "pushed": 9 },
            "other": { "room_orphan": 1, "seat_without_record": 3, "pushed": 1 },
        })
    }

    #[test]
    fn repairs_are_counted_by_kind() {
        let answers = [("sweep", swept()), ("sweep", Value::Null)];
        assert_eq!(
            series("skirmish_invariant_repairs_total", &answers),
            [
                r#"{kind="room_orphan"} 3"#,
                r#"{kind="seat_without_record"} 3"#
            ]
        );
    }

    #[test]
    fn only_results_are_counted_by_function_and_kind() {
        let answers = [
            (
                "deliver",
                json!({ "pushed": 2, "gone": 0, "failed": 1, "remainder": true }),
            ),
            (
                "deliver",
                json!({ "pushed": 3, "failed": "many", "other": 9 }),
            ),
            ("expire", json!({ "relays": 1 })),
            ("sweep", swept()),
            ("assign", json!([])),
        ];
        assert_eq!(
            series("skirmish_function_results_total", &answers),
            [
                r#"{function="deliver",kind="failed"} 1"#,
                r#"{function="deliver",kind="pushed"} 5"#,
                r#"{function="expire",kind="relays"} 1"#,
                r#"{function="sweep",kind="pushed"} 10"#,
                r#"{function="sweep",kind="seated"} 7"#,
            ]
        );
    }

    #[test]
    fn a_wait_is_observed_only_if_a_player_was_seated() {
        let answers = [
            ("assign", json!({ "seated": 0, "waited_ms": 0 })),
            ("assign", json!({ "seated": 4, "waited_ms": 310 })),
        ];
        let wait = "skirmish_seat_wait_seconds_";
        let of = |name: &str| series(&format!("{wait}{name}"), &answers);
        assert_eq!(
            (of("sum"), of("count")),
            (vec![" 0.31".to_owned()], vec![" 1".to_owned()])
        );
    }
}
