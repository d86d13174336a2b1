//! Everything that a target has: its accounts and groups, read page by page, and kept as a whole or
//! not at all.
//!
//! A reading proves nothing if it may be cut short: then the last whole one stays what is known, with
//! its age, and the reason is told beside it. Nothing is ever concluded from an account that is missing
//! in a list; the account itself is read before anything is done.

mod guard;
mod days;
mod head;
mod kept;
mod reading;
mod record;
mod row;
/// What a token may let one read besides.
pub mod scope;
mod scopes;

pub use days::{DAYS_KEPT, Day, day_key};
pub use head::{Count, Flaw, Head, Slot, Taken, Try};
pub use kept::{Inventory, Keeper, Unfit};
pub use reading::{Filled, Next, Reading};
pub use record::Record;
pub(crate) use row::schemas;
pub use row::{Row, head_key, part_key};
pub use scopes::{ScopeTaken, Shown, Wanted, plain};

#[cfg(test)]
mod tests;
