//! What sources said of a person, each in its own order: claims, employments and attributes.

/// One claim over time.
pub mod claims;
/// Which employments go on.
pub mod employment;
/// What sources said of attributes, and from when.
pub mod profile;
