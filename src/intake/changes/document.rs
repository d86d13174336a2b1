//! The description of what programs may ask for (`OpenAPI` 3.1); a test compares it with real answers.

/// With addresses as they are at `usher receive`.
pub(in crate::intake) const DOCUMENT: &str = include_str!("openapi.json");
