//! What is to be called for one seat: the next step from the wish and what is known, and what answers
//! teach.
//!
//! Pure functions of a seat and of what its desk knows. A desk takes the steps, and nothing here sees
//! more than one seat.

/// How old a reading may be when something ends by it.
pub mod ageing;
/// The way back.
pub mod baseline;
/// What was called, in the words of the audit.
pub mod calls;
/// Calls that may still land.
pub mod doubts;
/// What another writer keeps changing back.
pub mod contests;
/// The next step for one person at one target.
pub mod drive;
/// What is said when nothing is left to do.
pub mod ending;
/// One part that is refused keeps back no other.
pub mod facets;
/// Groups of a target.
pub mod groups;
/// What a target would refuse is left out.
pub mod limits;
/// By what an account is looked for.
pub mod look;
/// When a yes that does not show is looked at.
pub mod looks;
/// Groups that are not there, and may be made.
pub mod making;
/// Managers as targets know them.
pub mod manager;
/// What the readings of a group show.
pub mod membership;
/// A call on its way.
pub mod open_call;
/// Wish × account → operations.
pub mod plan;
/// What was read after it was written.
pub mod proof;
/// Why somebody is not settled.
pub mod reason;
/// What answers teach.
pub mod settle;
/// Whether somebody is protected.
pub mod shielding;
/// Accounts that are there and not shown.
pub mod showing;
/// The steps there are, and how a drive ends.
pub mod step;
/// Lines of the audit about revisions.
pub mod tell;
/// How often an operation was tried, and when it may be again.
pub mod tries;
/// Whose an account is, as far as it says so itself.
pub mod whose;
