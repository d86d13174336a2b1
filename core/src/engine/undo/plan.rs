//! What an undo comes to for one person.

use super::fate::{Fate, LeftOut, Nothing};
use super::meant::{self, Meant};
use super::row::{Change, PlannedRow, seen};
use crate::command::instruction::{CommandId, Many, Row, Undone};
use crate::engine::deeds::groups::Group;
use crate::engine::said::claims::Span;
use crate::engine::said::mutes::{Mute, OrderedBy};
use crate::engine::state::{Baseline, Override, Person, Seat};
use crate::engine::will::wish::{self, Asked};
use crate::model::claim::{By, ClaimName, Precedence};
use crate::model::ids::{GroupName, PersonId, TargetName};
use crate::model::wish::{Facet, Wanted};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What is undone, and which rows of it.
#[derive(Clone, Copy, Debug)]
pub struct Undo<'a> {
    pub what: &'a Undone,
    /// Only these, whatever keeps a row out that nobody names. None: all.
    pub rows: Option<&'a Many<Row>>,
    /// Not these.
    pub leave_out: Option<&'a Many<Row>>,
    /// By whose order.
    pub order: &'a OrderedBy,
    /// The time of the people.
    pub now: Timestamp,
}

/// Where somebody has an account, or may have one.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub target: &'a TargetName,
    pub restricting: &'a BTreeSet<GroupName>,
    pub seat: Option<&'a Seat>,
    /// Who is in which group, as far as whoever asks knows it.
    pub groups: &'a BTreeMap<GroupName, Group>,
    /// The configuration protects the person there.
    pub is_protected: bool,
    /// Whoever orders it is the person.
    pub is_own: bool,
}

/// What an undo comes to for one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub person: PersonId,
    pub rows: Vec<PlannedRow>,
    pub deed: Deed,
}

/// What changes in what is kept of the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Nothing, for no row is undone.
    Nothing,
    Mute(Vec<Mute>),
    /// What this command muted counts again, there; none: at each target.
    Lift {
        command: CommandId,
        targets: Option<BTreeSet<TargetName>>,
    },
}

impl Undo<'_> {
    /// Whether it has to do with somebody at all.
    pub fn concerns(&self, person: &Person) -> bool {
        !self.meant(person).is_empty() || self.overridden(person).next().is_some()
    }

    /// What comes of it for one person; `None`: it has nothing to do with them.
    pub fn plan(&self, person: &Person, places: &[Place<'_>]) -> Option<Plan> {
        if !self.concerns(person) {
            return None;
        }
        let meant = self.meant(person);
        let after = self.without(person, &meant);
        let look = Look { undo: self, person, meant: &meant, after: after.as_ref() };
        let concerned: Vec<&Place<'_>> = places
            .iter()
            .filter(|place| {
                meant.iter().any(|it| it.concerns(place.target))
                    || self.overridden(person).any(|target| target == place.target)
            })
            .collect();
        let named =
            concerned.iter().filter(|place| self.names(person, place.target) != Some(false));
        let mut rows: Vec<PlannedRow> = named.map(|place| look.row(place)).collect();
        let is_whole = rows.len() == concerned.len() && rows.iter().all(PlannedRow::is_undone);
        let deed = match self.what {
            Undone::Command { id } => lift(*id, &meant, &mut rows, is_whole),
            Undone::Decision { .. } | Undone::Event { .. } | Undone::Rule { .. } => {
                let targets =
                    rows.iter().filter(|row| row.is_undone()).map(|row| row.target.clone());
                self.mute(&meant, (!is_whole).then(|| targets.collect()))
            }
        };
        Some(Plan { person: person.id.clone(), rows, deed })
    }

    fn meant<'b>(&self, person: &'b Person) -> Vec<Meant<'b>> {
        match self.what {
            Undone::Command { id } => meant::muted_by(person, *id),
            what @ (Undone::Decision { .. } | Undone::Event { .. } | Undone::Rule { .. }) => {
                meant::to_mute(person, what)
            }
        }
    }

    /// Where the command that is to be undone keeps the person in or out.
    fn overridden<'b>(&self, person: &'b Person) -> impl Iterator<Item = &'b TargetName> {
        let command = match self.what {
            Undone::Command { id } => Some(*id),
            Undone::Decision { .. } | Undone::Event { .. } | Undone::Rule { .. } => None,
        };
        let all = person.overrides.iter();
        all.filter(move |it| Some(it.order.command) == command).map(|it| &it.target)
    }

    /// Whether `rows` names it; `None`: nothing is named.
    fn names(&self, person: &Person, target: &TargetName) -> Option<bool> {
        Some(is_among(self.rows?, person, target))
    }

    /// The person as they are once it is undone everywhere; `None`: their record takes no more of it.
    fn without(&self, person: &Person, meant: &[Meant<'_>]) -> Option<Person> {
        let mut after = person.clone();
        match self.what {
            Undone::Command { id } => {
                after.end_order(*id, None);
            }
            Undone::Decision { .. } | Undone::Event { .. } | Undone::Rule { .. } => {
                after.mutes.add(self.mutes(meant, None)).ok()?;
            }
        }
        Some(after)
    }

    /// `targets`: only there; none: everywhere.
    fn mute(&self, meant: &[Meant<'_>], targets: Option<Vec<TargetName>>) -> Deed {
        let mutes: Vec<Mute> = match targets {
            None => self.mutes(meant, None),
            Some(targets) => {
                targets.iter().flat_map(|target| self.mutes(meant, Some(target))).collect()
            }
        };
        if mutes.is_empty() { Deed::Nothing } else { Deed::Mute(mutes) }
    }

    fn mutes(&self, meant: &[Meant<'_>], target: Option<&TargetName>) -> Vec<Mute> {
        let mute = |it: &Meant<'_>| Mute {
            claim: it.instance.name.clone(),
            by: it.instance.by.clone(),
            words: it.ids(),
            target: target.cloned(),
            // Whoever said it says it again at times, and it must stay undone.
            until: None,
            order: self.order.clone(),
        };
        meant.iter().map(mute).collect()
    }
}

/// Lifts what can be lifted. What was muted everywhere at once is lifted everywhere or nowhere.
fn lift(command: CommandId, meant: &[Meant<'_>], rows: &mut [PlannedRow], is_whole: bool) -> Deed {
    let is_one = meant.iter().any(|it| it.target.is_none());
    if is_one && !is_whole {
        for row in rows.iter_mut().filter(|row| row.is_undone()) {
            row.fate = Fate::LeftOut(LeftOut::WholeOnly);
        }
    }
    let targets: BTreeSet<TargetName> =
        rows.iter().filter(|row| row.is_undone()).map(|row| row.target.clone()).collect();
    if targets.is_empty() {
        return Deed::Nothing;
    }
    Deed::Lift { command, targets: (!is_one).then_some(targets) }
}

/// A row may name a record that became part of the person's since.
fn is_among(rows: &Many<Row>, person: &Person, target: &TargetName) -> bool {
    rows.iter().any(|row| person.has_been(row.person.id()) && row.target == *target)
}

/// One person, before and after.
struct Look<'a> {
    undo: &'a Undo<'a>,
    person: &'a Person,
    meant: &'a [Meant<'a>],
    after: Option<&'a Person>,
}

impl Look<'_> {
    fn row(&self, place: &Place<'_>) -> PlannedRow {
        let is_lifted = matches!(self.undo.what, Undone::Command { .. });
        let here = self.meant.iter().filter(|it| it.concerns(place.target));
        let row = PlannedRow {
            person: self.person.id.clone(),
            target: place.target.clone(),
            fate: Fate::LeftOut(LeftOut::TooMuch),
            changes: Vec::new(),
            stays: Vec::new(),
            unknown: Vec::new(),
            against: here.filter_map(Meant::precedence).max().filter(|_| !is_lifted),
            is_lifted,
        };
        let Some(after) = self.after else { return row };
        let (was, is) = (self.asked(self.person, place), self.asked(after, place));
        let changes = changes(&was, &is, place);
        let is_claimed = |facet: &Facet| changes.iter().all(|it| it.facet != *facet);
        let stays = self.spoken_of(place.target).into_iter();
        let stays = stays.filter(|facet| is.claimed.contains(facet) && is_claimed(facet)).collect();
        let unknown = is.unreturnable.difference(&was.unreturnable).cloned().collect();
        let fate = self.fate(place, &changes, after);
        PlannedRow { fate, changes, stays, unknown, ..row }
    }

    fn asked(&self, person: &Person, place: &Place<'_>) -> Asked {
        let nothing = Baseline::default();
        let baseline = place.seat.map_or(&nothing, |seat| &seat.baseline);
        wish::asked(person, place.target, place.restricting, baseline, self.undo.now)
    }

    fn fate(&self, place: &Place<'_>, changes: &[Change], after: &Person) -> Fate {
        let (person, target) = (self.person, place.target);
        let is_named = self.undo.names(person, target) == Some(true);
        let others = changes.iter().filter(|it| it.is_others()).map(|it| it.facet.clone());
        let others: Vec<Facet> = others.filter(|_| !is_named).collect();
        if self.undo.leave_out.is_some_and(|rows| is_among(rows, person, target)) {
            Fate::LeftOut(LeftOut::Asked)
        } else if place.is_own {
            Fate::LeftOut(LeftOut::OwnAccount)
        } else if place.is_protected {
            Fate::LeftOut(LeftOut::Protected)
        } else if self.is_muted(target) {
            Fate::Nothing(Nothing::Already)
        } else if self.to_come(self.person, target) == self.to_come(after, target) {
            Fate::Nothing(Nothing::Over)
        } else if !is_named && self.ends_a_termination(target) {
            Fate::LeftOut(LeftOut::Termination)
        } else if !others.is_empty() {
            Fate::LeftOut(LeftOut::ChangedSince(others))
        } else {
            Fate::Undone
        }
    }

    /// The facets that what is to be muted speaks of there now.
    fn spoken_of(&self, target: &TargetName) -> BTreeSet<Facet> {
        let now = self.undo.now;
        let spans = self.spans(target).into_iter();
        let reached = spans.flat_map(|span| wish::stages(&span, now).collect::<Vec<_>>());
        let reached = reached.filter(|(begins, _)| *begins <= now).map(|(_, want)| want);
        let here = reached.filter(|want| want.target.as_ref().is_none_or(|only| only == target));
        here.flat_map(|want| want.sayings().map(|(facet, _)| facet)).collect()
    }

    /// What is in force there by a word that is meant.
    fn spans(&self, target: &TargetName) -> Vec<Span<'_>> {
        let (now, claims) = (self.undo.now, &self.person.claims);
        let hearing = self.person.mutes.hearing(target, now);
        let is_meant = |span: &Span<'_>| {
            let mut assertions = self.meant.iter().flat_map(Meant::assertions);
            assertions.any(|own| std::ptr::eq(own, span.assertion))
        };
        let spans = claims.iter().flat_map(|instance| hearing.spans(instance, claims));
        spans.filter(|span| span.is_in_force(now) && is_meant(span)).collect()
    }

    /// Whether all that is meant is muted there already, until somebody lifts it.
    fn is_muted(&self, target: &TargetName) -> bool {
        let is_there = |mute: &&Mute| {
            mute.until.is_none() && mute.target.as_ref().is_none_or(|only| only == target)
        };
        let is_covered = |it: &Meant<'_>| {
            let mutes =
                self.person.mutes.iter().filter(is_there).filter(|mute| mute.is_of(it.instance));
            let muted: BTreeSet<_> = mutes.flat_map(|mute| mute.words.iter().cloned()).collect();
            it.ids().is_subset(&muted)
        };
        match self.undo.what {
            Undone::Command { .. } => false,
            Undone::Decision { .. } | Undone::Event { .. } | Undone::Rule { .. } => {
                self.meant.iter().filter(|it| it.concerns(target)).all(is_covered)
            }
        }
    }

    /// All that is in force at a target, or will be, and what operators say of it. What is muted for a
    /// time and is to be undone counts as if it were not: it will be again.
    fn to_come(&self, person: &Person, target: &TargetName) -> (Vec<Coming>, Option<Override>) {
        let mut person = person.clone();
        match self.undo.what {
            Undone::Command { .. } => {}
            Undone::Decision { .. } | Undone::Event { .. } | Undone::Rule { .. } => {
                person.mutes.lift(|mute| mute.until.is_some());
            }
        }
        let now = self.undo.now;
        let hearing = person.mutes.hearing(target, now);
        let mut coming = Vec::new();
        for instance in &person.claims {
            let spans = hearing.spans(instance, &person.claims).into_iter();
            let is_over = |until: Option<Timestamp>| until.is_some_and(|until| until <= now);
            coming.extend(spans.filter(|span| !is_over(span.ends(now))).map(|span| Coming {
                claim: instance.name.clone(),
                by: instance.by.clone(),
                said_at: span.said_at,
                from: span.from,
                until: span.until,
            }));
        }
        (coming, person.overrides.at(target, now).cloned())
    }

    /// Whether a rule's work is undone of which a termination is in force.
    fn ends_a_termination(&self, target: &TargetName) -> bool {
        let Undone::Rule { .. } = self.undo.what else { return false };
        let mut spans = self.spans(target).into_iter();
        spans
            .any(|span| !span.assertion.observed && span.assertion.precedence == Precedence::Leaver)
    }
}

/// A claim in force, or one to come.
#[derive(Debug, PartialEq, Eq)]
struct Coming {
    claim: ClaimName,
    by: By,
    said_at: Timestamp,
    from: Timestamp,
    until: Option<Timestamp>,
}

/// Facet by facet: what usher was to write, what is wanted then, and what is there.
fn changes(was: &Asked, is: &Asked, place: &Place<'_>) -> Vec<Change> {
    let facets: BTreeSet<Facet> = was.wish.facets().chain(is.wish.facets()).collect();
    let change = |facet: Facet| {
        let (written, back): (Option<Wanted>, Option<Wanted>) =
            (was.wish.wanted(&facet), is.wish.wanted(&facet));
        let now = seen(&facet, place.seat, place.groups);
        (written != back).then_some(Change { facet, written, back, now })
    };
    facets.into_iter().filter_map(change).collect()
}
