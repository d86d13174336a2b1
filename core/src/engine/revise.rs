//! Claims → wish → revision: what a person should have is looked at again, and a change begins a
//! new revision.

use super::doubts;
use super::drive;
use super::facets;
use super::settings::Mode;
use super::settle::Judged;
use super::shard::{Here, Shard, here};
use super::showing;
use super::state::{Baseline, Binding, Person, Seat, Stage};
use super::target::Target;
use super::tell;
use super::tries::{self, Kind};
use super::waiting;
use super::wish::{self, Asked};
use crate::model::Urgency;
use crate::model::decision::{Cause, ResultWord};
use crate::model::ids::{PersonId, TargetName};
use crate::model::wish::Wish;
use jiff::Timestamp;
use std::collections::BTreeMap;

impl Shard {
    /// Looks at the claims of a person again, at every target.
    pub(super) fn reconsider(&mut self, id: &PersonId, cause: Option<&Cause>) {
        self.forget_hearsay(id);
        let lost = self.let_go_of_disproved(id);
        let Some(person) = self.people.get(id) else {
            return;
        };
        let Some(tenant) = self.tenants.get(&person.tenant) else {
            return;
        };
        let targets: Vec<TargetName> = tenant.targets.keys().cloned().collect();
        for target in &targets {
            let is_to_drive = self.revise(id, target, cause);
            let is_lost = lost.contains(target);
            if is_lost && !self.is_open_revision(id, target) {
                self.correct_drift(id, target);
            }
            if is_to_drive || is_lost {
                self.consider(id, target);
            }
        }
        self.set_wake(id);
    }

    /// Compares the wish with the revision's. Says whether there is a seat to drive.
    fn revise(&mut self, id: &PersonId, target: &TargetName, cause: Option<&Cause>) -> bool {
        let now = self.now;
        let Some(asked) = self.asked(id, target) else { return false };
        let enforced = self.mode_of(id, target) == Some(Mode::Enforce);
        let Some(person) = self.people.get_mut(id) else { return false };
        if !person.seats.contains_key(target) {
            if asked.wish.is_empty() {
                return false;
            }
            person.seats.insert(target.clone(), Seat::new(now));
        }
        let Some(seat) = person.seats.get_mut(target) else {
            return false;
        };
        seat.urgency = asked.urgency.unwrap_or(Urgency::Normal);
        let returns_alike = asked.unreturnable == seat.unreturnable;
        seat.unreturnable = asked.unreturnable;
        // What was only observed is owed as soon as the target is enforced.
        let is_owed = enforced && seat.stage == Stage::AtRest { word: ResultWord::Observed };
        if asked.wish == seat.wish && returns_alike && !is_owed {
            return !seat.is_settled();
        }
        self.begin(id, target, asked.wish, cause);
        true
    }

    /// Who is said once more to be cut is looked at: somebody may have given access back by hand since.
    pub(super) fn look_whether_cut(&mut self, id: &PersonId) {
        let Some(person) = self.people.get(id) else { return };
        for target in person.seats.keys().cloned().collect::<Vec<_>>() {
            self.moment += 1;
            let moment = self.moment;
            let found = here(&mut self.people, &mut self.tenants, (id, &target));
            let Some(Here { seat, target: known, .. }) = found else { continue };
            let rests = matches!(seat.stage, Stage::AtRest { .. }) && seat.account().is_some();
            if rests && drive::wants_cut(seat, &known.settings) {
                seat.need_all(moment);
                self.consider(id, &target);
            }
        }
        self.set_wake(id);
    }

    fn mode_of(&self, id: &PersonId, target: &TargetName) -> Option<Mode> {
        let tenant = self.tenants.get(&self.people.get(id)?.tenant)?;
        Some(tenant.targets.get(target)?.settings.mode)
    }

    /// What the claims ask of one target now.
    pub(super) fn asked(&self, id: &PersonId, target: &TargetName) -> Option<Asked> {
        let person = self.people.get(id)?;
        let settings = &self.tenants.get(&person.tenant)?.targets.get(target)?.settings;
        let seat = person.seats.get(target);
        let nothing = Baseline::default();
        let baseline = seat.map_or(&nothing, |seat| &seat.baseline);
        Some(wish::asked(person, target, &settings.restricting_groups, baseline, self.today()))
    }

    /// Starts the next revision; the one before, if it was not final, is superseded.
    pub(super) fn begin(
        &mut self,
        id: &PersonId,
        target: &TargetName,
        wish: Wish,
        cause: Option<&Cause>,
    ) {
        self.moment += 1;
        let (now, moment, timing) = (self.now, self.moment, self.timing);
        let Some(person) = self.people.get_mut(id) else {
            return;
        };
        let tenant = person.tenant.clone();
        let Some(seat) = person.seats.get_mut(target) else {
            return;
        };
        if seat.revision > 0
            && matches!(seat.stage, Stage::Working | Stage::Held | Stage::Unverified { .. })
        {
            let record =
                tell::result((&tenant, target, id), seat, ResultWord::Superseded, None, now);
            self.ledger.tell(record);
        }
        let mut known = self.tenants.get_mut(&tenant).and_then(|it| it.targets.get_mut(target));
        if let Some(known) = &mut known {
            // Read once more when it must show.
            for operation in tries::unshown(seat, &known.groups) {
                doubts::may_land_late(seat, operation, now, timing.late_window);
            }
            tries::distrust(seat, &mut known.groups);
        }
        // A call that may still land may have undone since what was read before.
        let settled = matches!(seat.stage, Stage::AtRest { .. }) && seat.unanswered.is_empty();
        let before = std::mem::replace(&mut seat.wish, wish);
        seat.revision += 1;
        seat.stage = Stage::Working;
        seat.cause = cause.cloned();
        seat.began_at = now;
        seat.calls.clear();
        seat.notes.clear();
        let account = seat.account().cloned();
        seat.start_afresh(Judged { now, moment, timing: &timing, salt: id.as_str() });
        if let Some(known) = known {
            known.note_owner(id, seat, account.as_ref());
        }
        if !settled || before == seat.wish {
            seat.need_all(moment);
        } else {
            seat.need_changed(&before, moment);
        }
        self.ledger.touch(id);
        self.wakes.set_by(id, waiting::first_look(now));
    }

    /// People whose claims begin, end or reach a stage now, or who are to be looked at again.
    ///
    /// However many there are, a commit must stay one that can be written in its time.
    pub(super) fn wake_due(&mut self) {
        while !self.ledger.is_full() {
            let Some(id) = self.wakes.pop_due(self.now) else { break };
            if self.forget_if_over(&id) {
                continue;
            }
            self.try_again(&id);
            self.reconsider(&id, None);
            self.tell_waiting(&id);
        }
    }

    /// What failed is tried again as a new revision; who could not be found is looked up again.
    fn try_again(&mut self, id: &PersonId) {
        let now = self.now;
        let Some(person) = self.people.get_mut(id) else {
            return;
        };
        let Some(tenant) = self.tenants.get(&person.tenant) else {
            return;
        };
        let mut retried = Vec::new();
        for (target, seat) in &mut person.seats {
            if !tenant.targets.contains_key(target) {
                continue;
            }
            match seat.stage {
                Stage::Stuck { again_at, .. } if again_at <= now => {
                    retried.push((target.clone(), seat.wish.clone()));
                }
                Stage::Unverified { again_at, .. } if again_at <= now => {
                    if seat.account().is_none() {
                        seat.binding = Binding::Unknown;
                        seat.drive.begin_round();
                    }
                }
                Stage::AtRest { .. }
                | Stage::Working
                | Stage::Held
                | Stage::Stuck { .. }
                | Stage::Unverified { .. } => {}
            }
        }
        for (target, wish) in retried {
            self.begin(id, &target, wish, None);
        }
    }

    /// A person without an account has another name now: what ended without one is looked up anew.
    pub(super) fn look_up_again(&mut self, id: &PersonId, cause: &Cause) {
        let Some(person) = self.people.get_mut(id) else {
            return;
        };
        let mut anew = Vec::new();
        for (target, seat) in &mut person.seats {
            if seat.account().is_some() || seat.wish.is_empty() {
                continue;
            }
            match seat.stage {
                Stage::AtRest { .. } | Stage::Stuck { .. } => {
                    anew.push((target.clone(), seat.wish.clone()));
                }
                Stage::Working | Stage::Held | Stage::Unverified { .. } => {
                    seat.binding = Binding::Unknown;
                    seat.drive.look_up_anew();
                }
            }
        }
        for (target, wish) in anew {
            self.begin(id, &target, wish, Some(cause));
        }
        self.reconsider(id, None);
    }

    /// Sets when to look at a person again.
    pub(super) fn set_wake(&mut self, id: &PersonId) {
        // One that is due and waits for a commit with room is still to come.
        if self.wakes.of(id).is_some_and(|due| due <= self.now) {
            return;
        }
        let Some(person) = self.people.get(id) else {
            return;
        };
        let Some(tenant) = self.tenants.get(&person.tenant) else {
            return;
        };
        // While nobody knows what time it is, nothing begins or ends by it.
        let today = (!self.is_time_in_question()).then(|| self.today());
        let forgotten_at =
            today.and_then(|today| person.forgotten_at(self.timing.replay_horizon, today));
        let next = next_wake(person, &tenant.targets, (self.now, today));
        let next = next.into_iter().chain(forgotten_at).min();
        self.wakes.set(id, next);
    }
}

impl Seat {
    /// A new revision asks again for what the last was refused; the pauses go on.
    fn start_afresh(&mut self, judged: Judged<'_>) {
        // A revision that cuts does not wait for an opening to show.
        let may_be_open = tries::is_turning(self, true);
        tries::begin_anew(self, judged.now);
        if self.drive.creation > 0 {
            tries::refused(self, Kind::Create, judged);
        }
        if !showing::goes_on(self, judged.now) {
            self.drive.read_soon(judged.now);
        }
        let drive = &mut self.drive;
        drive.inherited_at = None;
        drive.given_up.clear();
        drive.refused = None;
        drive.together_most = None;
        drive.apart = None;
        drive.creation = 0;
        showing::may_open_yet(self, may_be_open, judged.now);
        if self.binding == Binding::NoAccount {
            self.binding = Binding::Unknown;
        }
        if self.binding == Binding::Unknown {
            self.drive.begin_round();
        }
    }

    /// Nothing is to be done and nothing is in doubt.
    fn is_settled(&self) -> bool {
        matches!(self.stage, Stage::AtRest { .. } | Stage::Stuck { .. })
            && self.unanswered.is_empty()
    }

    /// What the new wish asks differently must have been read since.
    fn need_changed(&mut self, before: &Wish, moment: u64) {
        let wish = &self.wish;
        // A group shows ids; whose they are the account says.
        self.drive.account_need = moment;
        self.drive.met_need = moment;
        let changed =
            wish.groups.iter().filter(|(name, wanted)| before.groups.get(*name) != Some(wanted));
        self.drive.group_needs.extend(changed.map(|(name, _)| (name.clone(), moment)));
    }
}

/// A seat at a target that is not configured any more waits for nothing: whoever woke for it could
/// do nothing, and would wake again at once.
fn next_wake(
    person: &Person,
    targets: &BTreeMap<TargetName, Target>,
    (now, today): (Timestamp, Option<Timestamp>),
) -> Option<Timestamp> {
    let seats = person.seats.iter().filter(|(target, _)| targets.contains_key(*target));
    let seats = seats.flat_map(|(_, seat)| {
        let stage = match seat.stage {
            Stage::Stuck { again_at, .. } => Some(again_at),
            Stage::Unverified { again_at, .. } => Some(again_at).filter(|at| *at > now),
            Stage::Working => waiting::next_look(seat, now),
            // Whoever is held stands in no line: nobody else comes by when time brings something.
            Stage::Held => {
                let due = facets::next_due(seat, now).into_iter();
                due.chain(tries::next_look(seat, now)).min()
            }
            Stage::AtRest { .. } => None,
        };
        stage.into_iter().chain(doubts::next_due(seat))
    });
    seats.chain(today.and_then(|today| wish::next_edge(person, today))).min()
}
