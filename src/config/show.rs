//! The effective configuration for people: every key, its value, and where that came from.

use super::Settings;
use super::origins::{Origins, element, field};
use serde_json::Value as Json;

/// YAML that can be loaded again, but for the secrets.
pub(super) fn render(settings: &Settings, origins: &Origins) -> String {
    let mut page = Page { text: String::new(), origins };
    // Settings have string keys only and no field that refuses, so this cannot fail.
    if let Ok(Json::Object(sections)) = serde_json::to_value(settings) {
        for (key, value) in &sections {
            page.write(0, &format!("{key}:"), key, value);
        }
    }
    page.text
}

struct Page<'a> {
    text: String,
    origins: &'a Origins,
}

impl Page<'_> {
    /// Writes what stands at `path`, after `label` (`name:`, or `-` for an element of a list).
    fn write(&mut self, indent: usize, label: &str, path: &str, value: &Json) {
        match value {
            Json::Object(fields) if !fields.is_empty() => {
                self.line(indent, label);
                for (key, value) in fields {
                    self.write(indent + 2, &format!("{key}:"), &field(path, key), value);
                }
            }
            Json::Array(elements) if !elements.is_empty() => {
                self.line(indent, label);
                for (index, value) in elements.iter().enumerate() {
                    self.write(indent + 2, "-", &element(path, index), value);
                }
            }
            leaf => {
                let origin = self.origins.find(path);
                self.line(indent, &format!("{label} {}  # {origin}", plain(leaf)));
            }
        }
    }

    fn line(&mut self, indent: usize, content: &str) {
        self.text.push_str(&" ".repeat(indent));
        self.text.push_str(content);
        self.text.push('\n');
    }
}

/// JSON is YAML; simple words need no quotes.
fn plain(value: &Json) -> String {
    match value {
        Json::String(text) if is_plain(text) => text.clone(),
        other => other.to_string(),
    }
}

fn is_plain(text: &str) -> bool {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || "._/-".contains(letter);
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(is_word)
        && !reserved.contains(&text.to_lowercase().as_str())
}
