//! What is kept of people and of their places at targets.
//!
//! Everything a new owner needs is here; what is not serialised is rebuilt by reading.

mod contest;
mod drive;
mod facts;
pub mod overrides;
mod parted;
mod person;
mod ruling;
mod seat;
mod shard;
mod tried;
pub mod way_back;

pub use contest::Contest;
pub use drive::Drive;
pub use facts::Facts;
pub use overrides::{Override, Overrides};
pub use parted::{PARTED_MOST, Parted};
pub use person::{
    LastWord, LegalHold, MERGED_KEPT, Person, ProfileMark, RECENT_EVENTS, Seen, Sleep,
};
pub use ruling::{RULED_OUT_MOST, Ruling};
pub use seat::{
    Awaited, Binding, CALLS_KEPT, Known, LeftOut, Seat, Seats, Stage, Trouble, Unanswered,
};
pub use shard::{ShardRecord, TopicRecord};
pub use tried::{Kind, Try};
pub use way_back::{Baseline, Before};
