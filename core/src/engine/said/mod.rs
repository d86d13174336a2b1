//! What sources said of a person, each in its own order: claims, employments and attributes.

/// One claim over time.
pub mod claims;
/// Words that do not count, because operators have said so.
pub mod mutes;
/// Which employments go on.
pub mod employment;
/// What sources said of attributes, and from when.
pub mod profile;
