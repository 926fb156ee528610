//! The log of a function: JSON lines on standard output, filtered by `LOG`, without tokens.

use tracing_subscriber::EnvFilter;

/// These targets write headers and payloads, and so tokens, at verbose levels: they stay at `warn`
/// whatever `LOG` says.
const VERBOSE_TARGETS: [&str; 5] = [
    "lambda_runtime",
    "lambda_http",
    "hyper",
    "aws_smithy_runtime",
    "aws_runtime",
];

/// Starts the log; an invalid filter counts as `info`.
pub fn init() {
    edge::log_json(
        filter(&std::env::var("LOG").unwrap_or_default()),
        std::io::stdout,
    );
}

fn filter(text: &str) -> EnvFilter {
    let text = if text.is_empty() { "info" } else { text };
    let filter = EnvFilter::try_new(text).unwrap_or_else(|_| EnvFilter::new("info"));
    VERBOSE_TARGETS
        .iter()
        .filter_map(|name| format!("{name}=warn").parse().ok())
        .fold(filter, EnvFilter::add_directive)
}
