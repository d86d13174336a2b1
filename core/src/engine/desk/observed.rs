//! What rules that are only observed would do is told, and nothing of it is done.
//!
//! The wish without their claims is what is driven. What they would change besides is a difference, told
//! once for each change of it, when all else is done; nobody is asked for it, and nothing waits.

use super::{Desk, Turn};
use crate::engine::deeds::calls;
use crate::engine::deeds::manager;
use crate::engine::deeds::plan;
use crate::engine::deeds::tell;
use crate::engine::people::Whom;
use crate::engine::said::claims::Word;
use crate::engine::state::{Baseline, Binding, Person, Seat, Stage};
use crate::engine::will::wish;
use crate::model::code::Code;
use crate::model::decision::{AuditEntry, Cause, NoteWord, Why};
use crate::model::ids::{PersonId, RuleName};
use crate::model::wish::{Facet, Wish};
use jiff::Timestamp;
use std::collections::BTreeSet;

impl Desk {
    /// Tells what observed rules would change for somebody, if that is not what was told last.
    /// `cause`: the event that brings it about, if not the one behind the revision.
    pub(super) fn tell_observed(
        &mut self,
        id: &PersonId,
        cause: Option<&Cause>,
        turn: &mut Turn<'_>,
    ) {
        let Some(whom) = turn.people.whom(id) else { return };
        let kept = self.seats.get(id).and_then(|seat| seat.observed.as_ref());
        if kept.is_none() && !is_observed(whom.person) {
            return;
        }
        let (now, today) = (turn.books.now, turn.books.today());
        let would = self.would_want(&whom, today);
        if would.as_ref() == kept {
            return;
        }
        let seat = self.seats.entry(id.clone()).or_insert_with(|| Seat::new(now));
        // What is under way is told first.
        if matches!(seat.stage, Stage::Working | Stage::Unverified { .. }) && would.is_some() {
            return;
        }
        seat.observed.clone_from(&would);
        if let Some(would) = would {
            let rules = rules_observed(whom.person, today);
            let rules: Vec<&str> = rules.iter().map(RuleName::as_str).collect();
            let would = self.in_words(&whom, &would);
            let text = format!(
                "nothing is called, for what asks for it is only observed (rules: {}); it would: {would}",
                rules.join(", ")
            );
            let place = (&self.tenant, &self.settings.name, id);
            let why = Why::new(Code::RuleObserved, None, text);
            if let Some(seat) = self.seats.get(id) {
                let mut entry = tell::note(place, seat, NoteWord::Observed, why, now);
                if let (AuditEntry::Note(note), Some(cause)) = (&mut entry, cause) {
                    note.cause = Some(cause.clone());
                }
                turn.books.tell(entry);
            }
        }
        turn.books.touch(id);
    }

    /// What would be wanted if observed rules were enforced; `None`: nothing else than is.
    fn would_want(&self, whom: &Whom<'_>, today: Timestamp) -> Option<Wish> {
        let nothing = Baseline::default();
        let baseline = self.seats.get(&whom.person.id).map_or(&nothing, |seat| &seat.baseline);
        let restricting = &self.settings.restricting_groups;
        let (person, target) = (whom.person, self.target());
        let is = wish::asked(person, target, restricting, baseline, today).wish;
        let would = wish::asked_if_enforced(person, target, restricting, baseline, today).wish;
        (would != is).then_some(would)
    }

    /// What would be called besides; where the account is not known, what would be asked of it.
    fn in_words(&self, whom: &Whom<'_>, would: &Wish) -> String {
        let Some(seat) = self.seats.get(&whom.person.id) else { return String::new() };
        let words = if is_known(seat) {
            let manager = self.known_manager(whom);
            let plan = |wish: &Wish| {
                let wish = manager::resolved(wish, manager.as_ref());
                let around = (&self.settings.restricting_groups, &self.groups);
                plan::build(seat, &wish, around).operations()
            };
            let done = plan(&seat.wish);
            let besides = plan(would).into_iter().filter(|operation| !done.contains(operation));
            let words = besides.map(|operation| {
                let call = calls::describe(&operation, seat.began_at);
                [&[call.action.word().to_owned()], call.touched.as_slice()].concat().join(" ")
            });
            words.collect::<Vec<_>>()
        } else {
            let asks = |facet: &Facet| would.wanted(facet) != seat.wish.wanted(facet);
            let facets: BTreeSet<Facet> = would.facets().chain(seat.wish.facets()).collect();
            facets.into_iter().filter(asks).map(|facet| said(&facet, would)).collect()
        };
        if words.is_empty() { "change nothing now".to_owned() } else { words.join(", ") }
    }
}

/// Whether it can be planned what would be called.
fn is_known(seat: &Seat) -> bool {
    match seat.binding {
        Binding::Unknown => false,
        Binding::NoAccount => true,
        Binding::Bound(_) => seat.known.as_ref().is_some_and(|known| known.attributes.is_some()),
    }
}

/// Names, never values of attributes.
fn said(facet: &Facet, would: &Wish) -> String {
    match (facet, would.wanted(facet)) {
        (Facet::Attribute(_), _) | (_, None) => facet.to_string(),
        (Facet::Account | Facet::Active | Facet::Group(_), Some(wanted)) => {
            format!("{facet}: {wanted}")
        }
    }
}

fn is_observed(person: &Person) -> bool {
    let mut marks = person.claims.iter().flat_map(|claim| &claim.marks);
    marks.any(|mark| matches!(&mark.word, Word::Assert(it) if it.observed))
}

/// The observed rules whose claims are in force.
fn rules_observed(person: &Person, today: Timestamp) -> BTreeSet<RuleName> {
    let standing = wish::standing(person, today).into_iter();
    let observed = standing.filter(|claim| claim.span.assertion.observed);
    observed.map(|claim| claim.span.assertion.rule.clone()).collect()
}
