//! What the outside may see of a running usher: figures, health and logs, never personal data.

/// Every metric, once.
pub mod metrics;
/// Ready and alive, and where to ask.
pub mod health;
/// What is logged, and how.
pub mod logging;
/// Traces, and where they go.
pub mod traces;

use std::error::Error;

/// An error with everything that led to it, in one line.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
