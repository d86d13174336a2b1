//! Operators and their commands: what they send, and what must come of it.
//!
//! What is known here is known from outside: records of the control topic, lines of the audit, and the
//! rows that `usher held` would show.

/// What operators do, by chance.
mod errands;
/// What some send who are none, and what comes late or twice.
mod forging;
/// What may not be called, whatever is wanted.
mod guard;
/// Who is kept in or out.
mod overriding;
/// What each command must come to.
mod ruling;
/// What was parked is read again.
mod replaying;
/// What is undone.
mod undoing;
/// Who is one, and who is another.
mod who_is_who;
/// Whose accounts are.
mod whose;

use super::company::Company;
use super::happening::Happening;
use super::limits::Guards;
use super::log::PartitionName;
use super::manners::{Manner, Manners};
use super::settings::ENFORCED;
use super::world::World;
use crate::command::instruction::{CommandKind, Keep, Reasserted, Scope, Undone};
use crate::command::signers::AllowedSigners;
use crate::command::{Group, Operators, Signers, Tenants, Touch};
use crate::engine::Record;
use crate::model::code::WrittenCode;
use crate::model::{
    Deployment, Effect, EventPosition, Hold, HoldDigest, PersonId, RawRecord, ScimId, StateWrite,
    TargetName, TenantName,
};
use crate::pen::Pen;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The topic of commands.
pub const CONTROL: &str = "usher.control";
/// The deployment that the world is.
const DEPLOYMENT: &str = "world";

/// Whose state a shard of this world has.
pub fn deployment() -> Deployment {
    Deployment { id: DEPLOYMENT.to_owned(), shards: 1 }
}

/// What a command says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    Approve(BTreeSet<HoldDigest>),
    Reject(BTreeSet<HoldDigest>),
    Pause(Scope),
    Resume(Scope),
    Retry,
    Override {
        person: PersonId,
        target: Option<TargetName>,
        keep: Keep,
        until: Timestamp,
    },
    Undo(Undone),
    Reassert(Reasserted),
    /// Removals go on, where they were stopped.
    Release,
    /// All that the target has is read.
    Refresh,
    /// That account is that person's.
    Bind {
        person: PersonId,
        account: ScimId,
    },
    /// One event of a parked record is read again.
    Replay {
        place: EventPosition,
        /// What its source has spoilt was put right.
        is_mended: bool,
        record: Value,
    },
    /// These are one.
    Link([PersonId; 2]),
    /// Each of these is another.
    Part([PersonId; 2]),
    /// The account that usher takes for theirs is not.
    Unbind(PersonId),
    /// What nobody says who knows better: that two are one, say, or that one is two.
    Forged {
        word: &'static str,
        args: Value,
    },
}

impl Said {
    /// Its word and its arguments.
    fn words(&self) -> (&'static str, Value) {
        match self {
            Self::Approve(holds) => ("approve", json!({ "holds": holds })),
            Self::Reject(holds) => ("reject", json!({ "holds": holds, "for": "2h" })),
            Self::Pause(scope) => ("pause", json!({ "scope": scope })),
            Self::Resume(scope) => ("resume", json!({ "scope": scope })),
            Self::Retry => ("retry", json!({ "target": enforced() })),
            Self::Reassert(meant) => ("reassert", json!(meant)),
            Self::Release => ("release", json!({ "target": enforced() })),
            Self::Refresh => ("refresh", json!({ "target": enforced() })),
            Self::Bind { person, account } => {
                ("bind", json!({ "person": person, "target": enforced(), "account": account }))
            }
            Self::Replay { record, .. } => ("replay", json!({ "records": [record] })),
            Self::Link(persons) => ("link", json!({ "persons": persons })),
            Self::Part(persons) => ("part", json!({ "persons": persons })),
            Self::Unbind(person) => ("unbind", json!({ "person": person, "target": enforced() })),
            Self::Forged { word, args } => (word, args.clone()),
            Self::Undo(what) => ("undo", json!({ "what": what })),
            Self::Override { person, target, keep, until } => {
                let until = until.to_string();
                let mut args = json!({ "person": person, "keep": keep, "until": until });
                if let (Some(target), Some(args)) = (target, args.as_object_mut()) {
                    args.insert("target".to_owned(), json!(target));
                }
                ("override", args)
            }
        }
    }
}

/// A record of the control topic, and what it is.
#[derive(Clone, Debug)]
struct Sent {
    id: String,
    tenant: Option<TenantName>,
    operator: String,
    said: Said,
    /// It is as it should be, and comes for the first time.
    is_good: bool,
    raw: RawRecord,
}

/// What operators have said of a row.
#[derive(Clone, Debug, Default)]
struct Verdict {
    /// Who said yes, and when.
    yes: Vec<(String, Timestamp)>,
    /// It may be called.
    is_let_go: bool,
    /// It is not to be called before that, and then somebody is asked again.
    rejected_until: Option<Timestamp>,
    /// It was called since.
    is_called: bool,
}

/// A row as it was first seen.
#[derive(Clone, Debug)]
struct Known {
    person: Option<usize>,
    target: TargetName,
    effect: Effect,
    code: WrittenCode,
}

/// All that was sent, and what came of it.
#[derive(Debug, Default)]
pub struct Orders {
    pens: Vec<Pen>,
    /// Whom nobody knows.
    stranger: Option<Pen>,
    /// By offset.
    sent: BTreeMap<i64, Sent>,
    decided: BTreeSet<i64>,
    /// How many refused ones were told in one line with others.
    summed_up: u64,
    pauses: BTreeSet<(Option<TenantName>, Scope)>,
    /// What waits, as it is committed.
    rows: BTreeMap<(PersonId, TargetName), Vec<Hold>>,
    known: BTreeMap<HoldDigest, Known>,
    verdicts: BTreeMap<HoldDigest, Verdict>,
    /// Of whom some row was approved at some time.
    once_let_go: BTreeSet<PersonId>,
    /// Who is kept in or out.
    pub(in crate::simulation) overridden: overriding::Overridden,
    /// What was read again, as it is since.
    pub(in crate::simulation) reread: BTreeMap<(PartitionName, i64), Record>,
    /// Whose accounts operators have ever said not to be theirs.
    unbound: Vec<who_is_who::Unbound>,
    /// How many commands have been made.
    made: u64,
    flooded_at: Option<Timestamp>,
}

impl Orders {
    /// The operators of a world, one of whom is also a person there; nobody, if none send commands.
    pub fn draw(manners: &mut Manners, company: &Company) -> Self {
        if !manners.has(Manner::Commands) {
            return Self::default();
        }
        let seed = manners.braking.below(u64::MAX);
        let insider = company.people.first().and_then(|person| person.emails.first().cloned());
        let names = ["ann@example.com".to_owned(), "bob@example.com".to_owned()];
        let names = names.into_iter().chain(insider);
        let pens: Vec<Pen> = names.filter_map(|name| Pen::new(name, seed)).collect();
        let stranger = Pen::new("eve@example.com".to_owned(), seed);
        Self { pens, stranger, ..Self::default() }
    }

    /// Whether anybody sends commands.
    pub fn are_sent(&self) -> bool {
        !self.pens.is_empty()
    }

    /// Where commands are written, if any are.
    pub fn partition(&self) -> Option<PartitionName> {
        self.are_sent().then(errands::control)
    }

    /// Whether a record is of somebody of whom a row was approved at some time.
    pub fn has_let_go_of(&self, write: &StateWrite) -> bool {
        write
            .key
            .rsplit_once('/')
            .is_some_and(|(_, id)| self.once_let_go.contains(&PersonId::new(id)))
    }

    /// Whether anything is paused.
    pub fn pause_anything(&self) -> bool {
        !self.pauses.is_empty()
    }

    /// Who may say what, as the configuration has it.
    pub fn operators(&self) -> Operators {
        let file: String = self.pens.iter().map(Pen::line).collect();
        let Ok(file) = AllowedSigners::parse(file.as_bytes()) else { return Operators::default() };
        let may = [
            CommandKind::Approve,
            CommandKind::Reject,
            CommandKind::Pause,
            CommandKind::Resume,
            CommandKind::Retry,
            CommandKind::Override,
            CommandKind::Undo,
            CommandKind::Reassert,
            CommandKind::Release,
            CommandKind::Refresh,
            CommandKind::Bind,
            CommandKind::Unbind,
            CommandKind::Link,
            CommandKind::Part,
            CommandKind::Replay,
        ];
        let group = Group {
            name: "analysts".to_owned(),
            signers: Signers::Fresh(file),
            may: may.into(),
            tenants: Tenants::All,
            touch: Touch::Optional,
        };
        Operators::new(vec![group]).unwrap_or_default()
    }
}

impl World {
    /// Operators do something at these times.
    pub(super) fn plan_commands(&mut self) {
        if !self.orders.are_sent() {
            return;
        }
        let span = self.settings.faults_end.duration_since(self.settings.start);
        let span = i64::try_from(span.as_millis()).unwrap_or(0);
        for _ in 0..self.manners.braking.between(6, 40) {
            let at = self.settings.start + self.manners.braking.millis(0, span);
            self.plan(at, Happening::Command(errands::Errand::Any));
        }
    }
}

pub(super) use errands::Errand;

fn enforced() -> TargetName {
    TargetName::new(ENFORCED)
}

impl Guards {
    /// Tells the guards who may send commands.
    pub(super) fn hear(&mut self, orders: &Orders) {
        self.operators = orders.are_sent().then(|| orders.operators());
    }
}
