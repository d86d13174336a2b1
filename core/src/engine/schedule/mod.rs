//! Who may be called next, and when: one gate and one queue for each target.
//!
//! All of it is rebuilt by a new owner; nothing here decides about a person.

/// Whether one more call may start.
pub mod gate;
/// Whether a new account may be made.
pub mod creations;
/// How long to wait.
pub mod retry;
/// Who is next.
pub mod queue;
/// When to look at a person again.
pub mod wakes;
/// Many people, one group, one call.
pub mod joint;
/// Is it the person that is refused, or everybody?
pub mod suspicion;
