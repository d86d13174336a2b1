//! What undoing would do for one person: the words that are passed over, and row by row what becomes of
//! the accounts.
//!
//! Pure. Whoever previews an undo and whoever carries it out ask the same plan.
//!
//! An undo acts on claims, never on accounts: what an event, a rule or a command made is muted, so the
//! wish changes, and the account goes back by the ordinary way, past all brakes. So nothing asserts again
//! what was undone; and lifting the mutes undoes the undo.

mod fate;
mod meant;
mod plan;
mod row;

pub use fate::{Fate, LeftOut};
pub use plan::{Deed, Place, Plan, Undo};
pub use row::{Change, PlannedRow};
