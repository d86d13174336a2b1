//! The nouns that every room shares; `docs/glossary.md` as types.
//!
//! Nothing here does I/O, reads a clock or knows a wire format. What can be wrong is refused by
//! `parse` at the edge, so that behind it no check is repeated.

pub mod account;
pub mod alias;
pub mod call;
pub mod call_record;
#[cfg(test)]
pub(crate) mod checked;
pub mod claim;
pub mod code;
pub mod commit;
pub mod decision;
pub mod deployment;
pub mod event;
pub mod event_kind;
pub mod fields;
pub mod hold;
pub mod ids;
pub mod length;
pub mod listing;
pub mod operation;
pub mod ordered;
pub mod pause;
mod placeholder;
pub mod position;
pub mod schema;
pub mod spelling;
pub mod text;
pub mod wish;
pub mod zone;

pub use account::{Account, AttributeName, CustomLimits, ShownGroups, Value};
pub use alias::{Alias, AliasKind};
pub use call::{
    Answer, Call, CallId, Failure, Landed, Outcome, RateLimits, Reply, Request, Urgency, Verdict,
};
pub use call_record::{Action, CallOutcome, CallRecord};
pub use claim::{Assertion, By, ClaimName, Precedence, Stage, Statement, Want};
pub use code::Code;
pub use commit::{Commit, CommitId, Parked, StateWrite};
pub use decision::{
    AuditEntry, Decision, DecisionRecord, NoteRecord, NoteWord, ResultRecord, ResultWord,
};
pub use deployment::Deployment;
pub use event::{AccountRef, Calendar, Event, EventClass, OrderKey, TraceContext};
pub use event_kind::EventKind;
pub use hold::{Effect, Hold, HoldDigest};
pub use ids::{GroupName, PersonId, RuleName, ScimId, ShardNumber, TargetName, TenantName};
pub use listing::{ListedAccount, ListedGroup, Page};
pub use operation::{Field, GroupRef, Operation};
pub use pause::Pause;
pub use position::{EventPosition, Extent, Found, Mark, Passed, Position, RawRecord, Sight};
pub use wish::{Facet, Membership, Presence, Wanted, Wish};
pub use zone::Zone;

#[cfg(test)]
mod tests;
