//! The commands there are, each with what it needs to know.

use super::replayed::Records;
use super::scope::{Keep, Retried, Row, Scope, Undone};
use super::values::{self, Length, Many, PersonRef};
use crate::model::HoldDigest;
use crate::model::ids::{RuleName, ScimId, TargetName};
use crate::model::schema;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What is wanted. People are named by their ids alone, for their names may be several people's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "command", content = "args", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// These held operations may be made.
    Approve { holds: Many<HoldDigest> },
    /// These held operations are not to be made for so long.
    Reject {
        holds: Many<HoldDigest>,
        #[serde(default, rename = "for")]
        length: Length,
    },
    /// Nothing more is written there until it is resumed.
    Pause { scope: Scope },
    /// The end of such a pause.
    Resume { scope: Scope },
    /// Keeps somebody in or out, whatever rules say.
    Override {
        person: PersonRef,
        /// None: at each target of the tenant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target: Option<TargetName>,
        keep: Keep,
        #[serde(with = "values::instant")]
        #[schemars(with = "schema::Instant")]
        until: Timestamp,
    },
    /// Brings back what was before.
    Undo {
        what: Undone,
        /// Only these, those among them, too, that somebody else has changed since. None: all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rows: Option<Many<Row>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        leave_out: Option<Many<Row>>,
    },
    /// Tries at once what would be tried later.
    Retry(Retried),
    /// Reads parked records again.
    Replay { records: Records },
    /// Brings accounts to what is wanted again, though nothing has changed. One of the two is said.
    Reassert(Reasserted),
    /// All these are one person.
    Link { persons: Many<PersonRef, 2> },
    /// Each of these is somebody else.
    Part { persons: Many<PersonRef, 2> },
    /// This account is that person's.
    Bind { person: PersonRef, target: TargetName, account: ScimId },
    /// That account is not that person's.
    Unbind { person: PersonRef, target: TargetName },
    /// Forgets what is known of somebody.
    Erase { person: PersonRef },
    /// Lets removals go on at a target at which they were stopped.
    Release { target: TargetName },
    /// Reads all that a target has.
    Refresh { target: TargetName },
}

/// Whom a reassertion is about: who has claims of a rule, some people, or who is both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Asked")]
pub struct Reasserted {
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<RuleName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    persons: Option<Many<PersonRef>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(default)]
    rule: Option<RuleName>,
    #[serde(default)]
    persons: Option<Many<PersonRef>>,
}

impl Reasserted {
    /// # Errors
    ///
    /// If neither is said: everybody is not meant by saying nothing.
    pub fn new(
        rule: Option<RuleName>,
        persons: Option<Many<PersonRef>>,
    ) -> Result<Self, &'static str> {
        match (&rule, &persons) {
            (None, None) => Err("a `rule`, or `persons`, or both"),
            _ => Ok(Self { rule, persons }),
        }
    }

    /// Who has claims of this rule; none: whatever rules made.
    pub fn rule(&self) -> Option<&RuleName> {
        self.rule.as_ref()
    }

    /// These people; none: everybody whom the rule is about.
    pub fn persons(&self) -> Option<&Many<PersonRef>> {
        self.persons.as_ref()
    }
}

impl TryFrom<Asked> for Reasserted {
    type Error = &'static str;

    fn try_from(asked: Asked) -> Result<Self, &'static str> {
        Self::new(asked.rule, asked.persons)
    }
}

impl Command {
    pub fn kind(&self) -> CommandKind {
        match self {
            Self::Approve { .. } => CommandKind::Approve,
            Self::Reject { .. } => CommandKind::Reject,
            Self::Pause { .. } => CommandKind::Pause,
            Self::Resume { .. } => CommandKind::Resume,
            Self::Override { .. } => CommandKind::Override,
            Self::Undo { .. } => CommandKind::Undo,
            Self::Retry(_) => CommandKind::Retry,
            Self::Replay { .. } => CommandKind::Replay,
            Self::Reassert(_) => CommandKind::Reassert,
            Self::Link { .. } => CommandKind::Link,
            Self::Part { .. } => CommandKind::Part,
            Self::Bind { .. } => CommandKind::Bind,
            Self::Unbind { .. } => CommandKind::Unbind,
            Self::Erase { .. } => CommandKind::Erase,
            Self::Release { .. } => CommandKind::Release,
            Self::Refresh { .. } => CommandKind::Refresh,
        }
    }

    /// Whether it names no tenant, because it is for each.
    pub(super) fn is_for_all_tenants(&self) -> bool {
        let everything = &Scope::Everything;
        matches!(self, Self::Pause { scope } | Self::Resume { scope } if scope == everything)
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $word:literal,)*) => {
        /// A command without its arguments: what an operator may say is a set of these.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum CommandKind { $($(#[$doc])* $kind,)* }

        impl CommandKind {
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// As commands and configurations write it.
            pub fn word(self) -> &'static str {
                match self { $(Self::$kind => $word,)* }
            }
        }

        impl fmt::Display for CommandKind {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(self.word())
            }
        }
    };
}

kinds! {
    Approve = "approve",
    Reject = "reject",
    Pause = "pause",
    Resume = "resume",
    Override = "override",
    Undo = "undo",
    Retry = "retry",
    Replay = "replay",
    Reassert = "reassert",
    Link = "link",
    Part = "part",
    Bind = "bind",
    Unbind = "unbind",
    Erase = "erase",
    Release = "release",
    Refresh = "refresh",
}
