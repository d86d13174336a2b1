//! Rows for what waits for somebody, beside whatever else is done.

use super::{Desk, Turn};
use crate::engine::brakes::{Withheld, halt};
use crate::engine::deeds::tell;
use crate::engine::people::Whom;
use crate::engine::settings::Mode;
use crate::engine::state::{Binding, Seat};
use crate::engine::will::explain::{self, Decider, Voice};
use crate::model::AuditEntry;
use crate::model::code::Code;
use crate::model::decision::{NoteWord, Why};
use crate::model::hold::{Effect, Hold, HoldDigest, Verdict};
use crate::model::ids::PersonId;
use crate::model::wish::Facet;
use crate::rules::RuleSet;
use jiff::Timestamp;
use std::collections::BTreeSet;

impl Desk {
    /// Keeps a row for all that a look found to wait, and tells of what is new, be it what the first row
    /// names `besides`. `is_whole`: the look saw all that there is, so a row that it did not find has ended.
    pub(super) fn keep_rows(
        &mut self,
        id: &PersonId,
        (withheld, besides, is_whole): (&[Withheld], &[Why], bool),
        turn: &mut Turn<'_>,
    ) {
        let today = turn.books.today();
        let Some(whom) = turn.people.whom(id) else { return };
        let is_paused = turn.orders.halt(&self.tenant, &self.settings.name).is_paused();
        let is_over = |kept: &Hold| !is_paused && is_of_a_pause(kept);
        let Some(seat) = self.seats.get(id).filter(|seat| seat.is_open()) else { return };
        // What is only observed, or of nobody knows which account, is not seen whole.
        let is_seen = self.settings.mode == Mode::Enforce && seat.binding != Binding::Unknown;
        let is_whole = is_whole && is_seen;
        let is_over_for_one = seat.holds.iter().any(is_over);
        if withheld.is_empty() && !is_over_for_one && (seat.holds.is_empty() || !is_whole) {
            return;
        }
        let rows = self.rows(&whom, seat, withheld, today);
        let place = (&self.tenant, &self.settings.name, id);
        let warrants = self.warrants(&whom, today);
        let Some(seat) = self.seats.get_mut(id) else { return };
        let before = seat.holds.clone();
        let is_kept = |row: &Hold| seat.holds.iter().any(|kept| kept.digest == row.digest);
        let first_new = rows.iter().find(|row| !is_kept(row)).map(|row| row.why.clone());
        // A row that waits already would name nothing that has come about since.
        let named = name_besides(seat, rows.first(), besides);
        let first_new = named.or(first_new);
        let kept = seat.holds.len();
        if is_whole {
            // What operators have said of an effect lasts while another brake keeps it.
            let is_kept = |kept: &Hold, row: &Hold| {
                row.digest == kept.digest || outlasts(kept) && row.effect == kept.effect
            };
            seat.holds.retain(|kept| rows.iter().any(|row| is_kept(kept, row)));
        } else {
            // What is read anew may show that a row has ended; until then it stands, in one form.
            seat.holds.retain(|kept| {
                let is_other = |row: &Hold| row.digest == kept.digest || row.effect != kept.effect;
                outlasts(kept) || rows.iter().all(is_other)
            });
        }
        // Of whom nobody knows the account no look is whole, and the pause is over all the same.
        seat.holds.retain(|kept| !is_over(kept));
        let has_ended = seat.holds.len() < kept;
        for row in rows {
            if !seat.holds.iter().any(|kept| kept.digest == row.digest) {
                let same = seat.rejected.iter().position(|it| it.digest == row.digest);
                let same = same.map(|at| seat.rejected.remove(at));
                seat.holds.push(same.filter(|it| it.is_rejected(today)).unwrap_or(row));
            }
        }
        let is_over = |it: &Hold| seat.holds.iter().all(|kept| kept.digest != it.digest);
        let ended: Vec<Hold> = before.into_iter().filter(is_over).collect();
        seat.remember_rejected(ended, today);
        if let Some(why) = first_new {
            let word = tell::word_of(&why);
            seat.note(word, &why.code);
            let mut entry = tell::note(place, seat, word, why, turn.books.now);
            if let AuditEntry::Note(note) = &mut entry {
                note.warrants = warrants;
            }
            turn.books.tell(entry);
            turn.books.touch(id);
        } else if has_ended {
            turn.books.touch(id);
        }
    }

    /// Lets go of rows whose effects are not what they were: what is wanted now is judged anew. If only a
    /// rule was edited, the row waits on as another one, of which nobody has said anything. Says whether
    /// there were any.
    pub(super) fn supersede(&mut self, whom: &Whom<'_>, today: Timestamp) -> bool {
        let id = &whom.person.id;
        let is_asked = |seat: &&Seat| !seat.holds.is_empty() && seat.binding != Binding::Unknown;
        let Some(seat) = self.seats.get(id).filter(is_asked) else { return false };
        let demands = self.demands(whom, seat, today);
        let (mut kept, mut ended, mut has_changed) = (Vec::new(), Vec::new(), false);
        for hold in &seat.holds {
            let now = self.now(whom, seat, hold, &demands);
            has_changed |= now.digest != hold.digest;
            if now.digest == hold.digest {
                kept.push(hold.clone());
            } else if now.heard() == hold.heard() {
                kept.push(now);
            } else {
                ended.push(hold.clone());
            }
        }
        if let Some(seat) = self.seats.get_mut(id).filter(|_| has_changed) {
            seat.holds = kept;
            seat.remember_rejected(ended, today);
        }
        has_changed
    }

    /// What was rejected, of which no row is left, and which would have the same digest now.
    pub(super) fn still_rejected(
        &self,
        (whom, seat): (&Whom<'_>, &Seat),
        today: Timestamp,
    ) -> Vec<Hold> {
        if seat.rejected.is_empty() {
            return Vec::new();
        }
        let demands = self.demands(whom, seat, today);
        let is_so = |hold: &&Hold| {
            hold.is_rejected(today) && self.now(whom, seat, hold, &demands).digest == hold.digest
        };
        seat.rejected.iter().filter(is_so).cloned().collect()
    }

    fn rows(
        &self,
        whom: &Whom<'_>,
        seat: &Seat,
        withheld: &[Withheld],
        today: Timestamp,
    ) -> Vec<Hold> {
        if withheld.is_empty() {
            return Vec::new();
        }
        let demands = self.demands(whom, seat, today);
        let row = |withheld: &Withheld| {
            let (digest, as_heard) = self.digest(whom, seat, withheld, &demands);
            let Withheld { effect, why } = withheld.clone();
            let (cause, verdict) = (seat.cause.clone(), Verdict::Open);
            Hold { digest, as_heard, effect, why, since: today, cause, verdict }
        };
        withheld.iter().map(row).collect()
    }

    /// The row as it would be made now, of which nobody has said anything.
    fn now(&self, whom: &Whom<'_>, seat: &Seat, hold: &Hold, demands: &[Demand]) -> Hold {
        let withheld = Withheld { effect: hold.effect.clone(), why: hold.why.clone() };
        let (digest, as_heard) = self.digest(whom, seat, &withheld, demands);
        Hold { digest, as_heard, verdict: Verdict::Open, ..hold.clone() }
    }

    /// What demands each facet, in words that stay the same for as long as it does.
    fn demands(&self, whom: &Whom<'_>, seat: &Seat, today: Timestamp) -> Vec<Demand> {
        let (target, restricting) = (self.target(), &self.settings.restricting_groups);
        let judged = explain::judge(whom.person, target, restricting, &seat.baseline, today);
        judged.into_iter().map(|it| Demand::of(it.facet, &it.decider, whom.rules)).collect()
    }

    /// And what it would be as each rule was heard, if one says something else today.
    fn digest(
        &self,
        whom: &Whom<'_>,
        seat: &Seat,
        withheld: &Withheld,
        demands: &[Demand],
    ) -> (HoldDigest, Option<HoldDigest>) {
        // An account is the same, whoever its owner turns out to be.
        let whose = seat.account().map_or(whom.person.id.as_str(), |account| account.as_str());
        let effect = serde_json::to_vec(&withheld.effect).unwrap_or_default();
        let facets = facets(&withheld.effect);
        let demands: Vec<&Demand> =
            demands.iter().filter(|it| facets.contains(&it.facet)).collect();
        let who = [self.tenant.as_str(), self.target().as_str(), whose];
        let parts = who.into_iter().chain([withheld.why.code.as_str()]).map(str::as_bytes);
        let heard = demands.iter().map(|it| it.heard.as_bytes());
        let parts = parts.chain([effect.as_slice()]).chain(heard);
        let edited: Vec<&[u8]> =
            demands.iter().filter_map(|it| Some(it.edited.as_ref()?.as_bytes())).collect();
        let as_heard = HoldDigest::of(parts.clone());
        if edited.is_empty() {
            return (as_heard, None);
        }
        (HoldDigest::of(parts.chain(edited)), Some(as_heard))
    }
}

/// What the first row names besides, if that was not told of the revision yet; the row says it from now on.
fn name_besides(seat: &mut Seat, first: Option<&Hold>, besides: &[Why]) -> Option<Why> {
    let news = besides.iter().filter(|why| seat.note(NoteWord::Waiting, &why.code)).count();
    let first = first.filter(|_| news > 0)?;
    for kept in seat.holds.iter_mut().filter(|kept| kept.digest == first.digest) {
        kept.why = first.why.clone();
    }
    Some(first.why.clone())
}

/// Whether it waits for a pause to end, and nobody has said anything of it.
fn is_of_a_pause(kept: &Hold) -> bool {
    let is_of_one = |code| matches!(code, Code::PauseOrdered | Code::PauseFile);
    kept.verdict.is_open() && kept.why.code.known().is_some_and(is_of_one)
}

/// Whether a row stays while another brake keeps the same: what operators have said of it, and that a
/// limit was reached, is so still when that brake is gone.
fn outlasts(kept: &Hold) -> bool {
    !kept.verdict.is_open() || kept.why.code.known().is_some_and(Code::is_of_a_limit)
}

/// What an effect is about.
fn facets(effect: &Effect) -> BTreeSet<Facet> {
    match effect {
        Effect::Operation(operation) => halt::facets(operation).into_iter().collect(),
        Effect::WayBack(facet) => [facet.clone()].into(),
        Effect::Identity => BTreeSet::new(),
    }
}

/// What demands a facet.
struct Demand {
    facet: Facet,
    /// The claim and the rule's text of then, not the event that was heard last.
    heard: String,
    /// What the rule says today, if that is something else.
    edited: Option<String>,
}

impl Demand {
    fn of(facet: Facet, decider: &Decider<'_>, rules: &RuleSet) -> Self {
        let heard = match decider {
            Decider::Claim(voice) => return Self::of_claim(facet, voice, rules),
            Decider::Profile(_) => "profile".to_owned(),
            Decider::Override(order) => format!("override {}", order.order.command),
            Decider::WayBack | Decider::NoWayBack => "way back".to_owned(),
            Decider::Nobody => String::new(),
        };
        Self { facet, heard, edited: None }
    }

    fn of_claim(facet: Facet, voice: &Voice<'_>, rules: &RuleSet) -> Self {
        let assertion = voice.assertion;
        let (claim, rule) = (&voice.instance.name, &assertion.rule);
        let heard = format!("claim {claim} {rule} {} {}", assertion.rule_hash, voice.since);
        let edited = match rules.hash_of(rule) {
            None => Some("the rule is gone".to_owned()),
            Some(today) if today == assertion.rule_hash => None,
            Some(today) => Some(format!("the rule is {today}")),
        };
        Self { facet, heard, edited }
    }
}
