//! Who is kept in or out by operators, where, until when, and why.

use crate::command::instruction::{CommandId, Keep};
use crate::engine::said::mutes::OrderedBy;
use crate::model::ids::TargetName;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// So long before its end an override is told to end soon.
const SOON: SignedDuration = SignedDuration::from_hours(24);

/// Somebody is kept in or out at one target for a time, whatever rules say.
///
/// Whom it keeps in has mutes beside it, by the same command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    pub target: TargetName,
    pub keep: Keep,
    /// The first instant after it.
    pub until: Timestamp,
    pub order: OrderedBy,
    /// It was told that it ends soon.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_announced: bool,
}

impl Override {
    /// When it is told that it ends soon; none: it is, or lasts no longer than that.
    fn announced_at(&self) -> Option<Timestamp> {
        let at = self.until.checked_sub(SOON).ok()?;
        (!self.is_announced && self.order.at < at).then_some(at)
    }
}

/// An override that does not count any more, because the person turned out to have another at its target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GaveWay {
    pub lost: Override,
    /// The one that counts.
    pub kept: Override,
    /// The claims of which words do not count all the same, until the lost one was to end; none: "".
    pub muted: String,
    pub reason: Reason,
}

/// Why an override gives way to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It was over.
    Over,
    /// Nobody gets in by being found to be somebody else, too.
    KeepsOut,
    /// The other was ordered later.
    Later,
}

impl Reason {
    fn of(lost: &Override, kept: &Override, now: Timestamp) -> Self {
        if lost.until <= now {
            Self::Over
        } else if kept.keep == Keep::Out && lost.keep == Keep::In {
            Self::KeepsOut
        } else {
            Self::Later
        }
    }
}

impl fmt::Display for GaveWay {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lost, kept, muted, reason } = self;
        let told = |it: &Override| {
            format!("the override `{}` by {} until {}", word(it.keep), it.order.operator, it.until)
        };
        let reason = match reason {
            Reason::Over => "for it was over",
            Reason::KeepsOut => {
                "for the person is one of two who were overridden, and what keeps out counts"
            }
            Reason::Later => {
                "for the person is one of two who were overridden, and the later counts"
            }
        };
        write!(out, "{} gives way to {}, {reason}", told(lost), told(kept))?;
        if muted.is_empty() {
            return Ok(());
        }
        write!(
            out,
            "; what it muted does not count until {} all the same: {muted}; undo command {} to end that",
            lost.until, lost.order.command
        )
    }
}

/// As the command says it.
pub fn word(keep: Keep) -> &'static str {
    match keep {
        Keep::In => "in",
        Keep::Out => "out",
    }
}

/// All overrides of one person: at each target one at the most.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Overrides(Vec<Override>);

impl Overrides {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Override> {
        self.0.iter()
    }

    /// The one that counts at a target.
    pub fn at(&self, target: &TargetName, now: Timestamp) -> Option<&Override> {
        self.0.iter().find(|it| it.target == *target && now < it.until)
    }

    /// The same, if it keeps the person out.
    pub fn keeps_out(&self, target: &TargetName, now: Timestamp) -> Option<&Override> {
        self.at(target, now).filter(|it| it.keep == Keep::Out)
    }

    /// Puts one in the place of what was said at its target before.
    pub fn put(&mut self, new: Override) {
        self.0.retain(|it| it.target != new.target);
        self.0.push(new);
    }

    /// Ends what a command has ordered, at these targets; none: at each. Gives what is ended.
    pub fn end(
        &mut self,
        command: CommandId,
        targets: Option<&BTreeSet<TargetName>>,
    ) -> Vec<Override> {
        let is_there = |it: &Override| targets.is_none_or(|targets| targets.contains(&it.target));
        self.take(|it| it.order.command == command && is_there(it))
    }

    /// Takes out what is over by now.
    pub fn take_over(&mut self, now: Timestamp) -> Vec<Override> {
        self.take(|it| it.until <= now)
    }

    fn take(&mut self, is_meant: impl Fn(&Override) -> bool) -> Vec<Override> {
        let all = std::mem::take(&mut self.0).into_iter();
        let (gone, kept) = all.partition(is_meant);
        self.0 = kept;
        gone
    }

    /// What ends soon and was not told so; from here on it was.
    pub fn announce(&mut self, now: Timestamp) -> Vec<Override> {
        let is_due = |it: &&mut Override| it.announced_at().is_some_and(|at| at <= now);
        let due = self.0.iter_mut().filter(is_due);
        let announced = due.map(|it| {
            it.is_announced = true;
            it.clone()
        });
        announced.collect()
    }

    /// When they end, and when that is told.
    pub fn edges(&self) -> impl Iterator<Item = Timestamp> {
        self.0.iter().flat_map(|it| std::iter::once(it.until).chain(it.announced_at()))
    }

    /// Takes in what was ordered for another record of the same person: of two at one target the one that
    /// keeps out, for nobody gets in by being found to be somebody else, too; of two alike the later. Gives
    /// those that gave way.
    pub fn unite(&mut self, other: &Self, now: Timestamp) -> Vec<GaveWay> {
        let rank = |it: &Override| (now < it.until, it.keep == Keep::Out, it.order.at);
        let mut gone = Vec::new();
        for theirs in &other.0 {
            let own = self.0.iter().find(|it| it.target == theirs.target).cloned();
            let (kept, lost) = match own {
                Some(own) if rank(&own) >= rank(theirs) => (own, Some(theirs.clone())),
                own => (theirs.clone(), own),
            };
            let lost = lost.filter(|lost| lost.order.command != kept.order.command);
            gone.extend(lost.map(|lost| GaveWay {
                reason: Reason::of(&lost, &kept, now),
                lost,
                kept: kept.clone(),
                muted: String::new(),
            }));
            self.put(kept);
        }
        gone
    }

    /// What was ordered for a target is so under its new name.
    pub fn rename(&mut self, former: &TargetName, name: &TargetName) -> bool {
        let renamed = self.0.iter_mut().find(|it| it.target == *former);
        renamed.map(|it| it.target = name.clone()).is_some()
    }
}
