//! What somebody should have: claims and the profile at an instant, ranked, and the way back of what no
//! claim speaks of any more.
//!
//! Pure functions of what is kept. They know no target but its name and its restricting groups.

/// Where two states of a person want something else.
pub mod compare;
/// Who wins a facet, and why.
pub mod explain;
/// What an override goes against.
pub mod overriding;
/// Held claims in the words of other rules.
pub mod restate;
/// What claims do next.
mod turns;
/// Claims at an instant → wish.
pub mod wish;
