//! What an address of HTTP must be, wherever the configuration has one.

use url::Url;

/// What is wrong with the address at `key`; each begins with the key.
pub(super) fn problems(key: &str, url: &Url) -> Vec<String> {
    let mut problems = Vec::new();
    if !matches!(url.scheme(), "http" | "https") {
        problems.push(format!("{key}: begins with {}:, not with https:", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        problems.push(format!("{key}: holds a user name or password; take it out of the address"));
    }
    problems
}
