//! Accounts that are there and not shown: new ones that show late, inactive ones that are hidden.

use super::bench::Bench;
use crate::engine::deeds::plan::Plan;
use crate::engine::deeds::showing::{changed, never_opened, reopening, seen};
use crate::engine::deeds::tries;
use crate::engine::desk::take_over_account;
use crate::engine::state::{Before, Binding, Facts, Seat};
use crate::model::code::Code;
use crate::model::{
    Account, Action, Call, Facet, Failure, GroupName, Landed, Membership, Operation, Outcome,
    Presence, Reply, Request, ResultWord, ScimId, Verdict, Wanted,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// A provider with one account, Kim's, that shows it when told.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
struct Provider {
    is_there: bool,
    is_shown: bool,
    is_active: bool,
    tells_active: bool,
    /// A hidden account is known by its id to a PATCH.
    hides_inactive: bool,
    vpn: BTreeSet<String>,
    written: Vec<Operation>,
    /// How often a reading still shows an account active that is not.
    late_looks: u32,
    /// How often the account was read.
    looks: u32,
    /// How often it says yes to an opening and does nothing.
    openings_ignored: u32,
}

impl Provider {
    fn new() -> Self {
        Self {
            is_there: false,
            is_shown: true,
            is_active: true,
            tells_active: true,
            hides_inactive: false,
            vpn: BTreeSet::new(),
            written: Vec::new(),
            late_looks: 0,
            looks: 0,
            openings_ignored: 0,
        }
    }

    fn shows(&self) -> bool {
        self.is_there && self.is_shown && (self.is_active || !self.hides_inactive)
    }

    fn kim(&self) -> Account {
        let active = self.tells_active.then_some(self.is_active);
        Account { active, ..Bench::kim(self.is_active) }
    }

    fn reply(&mut self, request: &Request) -> Reply {
        self.looks += u32::from(matches!(request, Request::ReadAccount { .. }));
        match request {
            Request::FindAccounts { .. } => {
                Reply::Accounts(self.shows().then(|| self.kim()).into_iter().collect())
            }
            Request::ReadAccount { .. } if !self.is_active && self.late_looks > 0 => {
                self.late_looks -= 1;
                Reply::Account(Bench::kim(true))
            }
            Request::ReadAccount { .. } if self.shows() => Reply::Account(self.kim()),
            Request::ReadAccount { .. } => Reply::Gone,
            Request::Write(operation) => {
                self.written.push(operation.clone());
                self.write(operation)
            }
            other @ (Request::FindGroups { .. }
            | Request::ReadMembers { .. }
            | Request::AddMembers { .. }) => panic!("{other:?}"),
        }
    }

    fn write(&mut self, operation: &Operation) -> Reply {
        let is_reached = self.is_there && (self.is_shown || self.hides_inactive);
        match operation {
            Operation::Create { .. } if self.is_there => Reply::Exists,
            Operation::Create { active, .. } => {
                (self.is_there, self.is_active) = (true, *active);
                Reply::Account(self.kim())
            }
            _ if !is_reached => Reply::Gone,
            Operation::Change { active: Some(true), .. } if self.openings_ignored > 0 => {
                self.openings_ignored -= 1;
                Reply::Changed
            }
            Operation::Change { active, .. } => {
                self.is_active = active.unwrap_or(self.is_active);
                Reply::Changed
            }
            Operation::AddMember { account, .. } => {
                self.vpn.insert(account.to_string());
                Reply::Changed
            }
            Operation::RemoveMember { account, .. } => {
                self.vpn.remove(account.as_str());
                Reply::Changed
            }
            Operation::CreateGroup { .. } | Operation::Delete { .. } => {
                panic!("nothing is deleted, and no group is made")
            }
        }
    }

    /// Answers everything for `time`, second by second.
    fn serve(&mut self, bench: &mut Bench, time: SignedDuration) {
        for _ in 0..time.as_secs().max(1) {
            self.answer_all(bench);
            bench.wait(SignedDuration::from_secs(1));
        }
        self.answer_all(bench);
    }

    fn answer_all(&mut self, bench: &mut Bench) {
        for _ in 0..50 {
            bench.commit_all();
            let members: Vec<&str> = self.vpn.iter().map(String::as_str).collect();
            bench.read_groups(&members, &[]);
            let Some(call) = bench.calls.first().cloned() else { return };
            let reply = self.reply(&call.request);
            bench.done(&call, reply);
        }
        panic!("it never comes to rest: {:?}", self.written);
    }

    fn is_cut(operation: &Operation) -> bool {
        matches!(operation, Operation::Change { active: Some(false), .. })
    }

    fn creations(&self) -> usize {
        self.written.iter().filter(|it| matches!(it, Operation::Create { .. })).count()
    }
}

/// Kim's account is told to be active, or inactive.
fn told(active: bool) -> Operation {
    let account = ScimId::new("a-kim");
    Operation::Change { account, active: Some(active), attributes: BTreeMap::new() }
}

fn hire(bench: &mut Bench) {
    bench.event("worker.hired", json!({"worker": {"user_name": "kim@example.com"}}));
}

#[test]
fn a_new_account_that_shows_after_25_seconds_is_made_once_and_goes_on_within_seconds() {
    let mut bench = Bench::ready(&[]);
    let mut provider = Provider { is_shown: false, ..Provider::new() };
    hire(&mut bench);
    provider.serve(&mut bench, SignedDuration::from_secs(25));
    provider.is_shown = true;
    provider.serve(&mut bench, SignedDuration::from_secs(8));
    assert_eq!(provider.creations(), 1);
    assert_eq!(bench.results(), [(1, ResultWord::Applied)]);
    assert!(provider.vpn.contains("a-kim"));
}

#[test]
fn who_is_terminated_before_the_new_account_shows_is_cut_by_its_id_at_once_and_when_it_shows() {
    let mut bench = Bench::ready(&[]);
    let mut provider = Provider { is_shown: false, ..Provider::new() };
    hire(&mut bench);
    provider.serve(&mut bench, SignedDuration::from_secs(5));
    bench.event("worker.terminated", json!({}));
    provider.answer_all(&mut bench);
    assert!(provider.written.iter().any(Provider::is_cut), "tried at once");
    provider.serve(&mut bench, SignedDuration::from_secs(20));
    assert!(provider.is_active);
    provider.is_shown = true;
    provider.serve(&mut bench, SignedDuration::from_secs(8));
    assert!(!provider.is_active);
    assert_eq!(provider.creations(), 1);
    assert_eq!(bench.last_result().word, ResultWord::Applied);
}

#[test]
fn an_account_that_the_target_says_is_there_is_looked_for_until_it_shows() {
    let mut bench = Bench::ready(&[]);
    let mut provider = Provider { is_there: true, is_shown: false, ..Provider::new() };
    hire(&mut bench);
    provider.serve(&mut bench, SignedDuration::from_secs(25));
    assert_eq!(provider.creations(), 1, "a 409 is not asked for again and again");
    bench.event("worker.terminated", json!({}));
    provider.serve(&mut bench, SignedDuration::from_secs(5));
    provider.is_shown = true;
    provider.serve(&mut bench, SignedDuration::from_secs(8));
    assert!(!provider.is_active);
}

#[test]
fn an_account_that_is_there_by_a_409_and_never_shows_is_a_failure_that_somebody_sees() {
    let mut bench = Bench::ready(&[]);
    let mut provider = Provider { is_there: true, is_shown: false, ..Provider::new() };
    hire(&mut bench);
    provider.serve(&mut bench, SignedDuration::from_mins(5));
    let result = bench.last_result();
    assert_eq!(result.word, ResultWord::Failed);
    assert_eq!(result.why.as_ref().unwrap().code, Code::AccountUnproved);
    assert!(provider.creations() <= 3);
}

#[test]
fn a_new_account_that_never_shows_is_not_waited_for_for_ever() {
    let mut bench = Bench::ready(&[]);
    let mut provider = Provider { is_shown: false, ..Provider::new() };
    hire(&mut bench);
    provider.serve(&mut bench, SignedDuration::from_mins(12));
    assert_eq!(bench.last_result().word, ResultWord::Failed);
}

#[test]
fn a_new_owner_waits_for_the_account_that_the_last_one_made() {
    let mut bench = Bench::ready(&[]);
    let mut provider = Provider { is_shown: false, ..Provider::new() };
    hire(&mut bench);
    provider.serve(&mut bench, SignedDuration::from_secs(3));
    let mut next =
        Bench::own(crate::engine::settings::Mode::Enforce, bench.state.clone(), bench.now);
    next.event("worker.terminated", json!({}));
    provider.serve(&mut next, SignedDuration::from_secs(10));
    provider.is_shown = true;
    provider.serve(&mut next, SignedDuration::from_secs(8));
    assert!(!provider.is_active);
    assert_eq!(provider.creations(), 1);
}

/// Kim was hired and terminated at a provider that hides who is inactive.
fn cut_and_hidden() -> (Bench, Provider) {
    cut_and_hidden_at(Provider::new())
}

fn cut_and_hidden_at(provider: Provider) -> (Bench, Provider) {
    let mut bench = Bench::ready(&[]);
    let mut provider = Provider { hides_inactive: true, ..provider };
    hire(&mut bench);
    provider.serve(&mut bench, SignedDuration::from_secs(3));
    bench.event("worker.terminated", json!({}));
    provider.serve(&mut bench, SignedDuration::from_secs(3));
    assert!(!provider.is_active);
    (bench, provider)
}

#[test]
fn a_cut_after_which_the_account_is_hidden_is_done_and_says_how_that_is_known() {
    let (bench, _provider) = cut_and_hidden();
    let result = bench.last_result();
    assert_eq!(result.word, ResultWord::Applied);
    assert_eq!(result.why.as_ref().unwrap().code, Code::AccountHidden);
}

#[test]
fn a_rehire_opens_the_hidden_account_by_its_id_and_makes_no_second_one() {
    let (mut bench, mut provider) = cut_and_hidden();
    bench.event("worker.termination.cancelled", json!({}));
    provider.serve(&mut bench, SignedDuration::from_secs(6));
    assert!(provider.is_active);
    assert_eq!(provider.creations(), 1, "{:?}", provider.written);
    assert_eq!(bench.last_result().word, ResultWord::Applied);
    assert!(provider.vpn.contains("a-kim"));
}

#[test]
fn what_asks_for_an_account_decides_that_a_hidden_one_is_opened_if_no_way_back_does() {
    // Nobody has ever seen whether it was active.
    let unseen = Provider { tells_active: false, ..Provider::new() };
    let (mut bench, mut provider) = cut_and_hidden_at(unseen);
    bench.event("worker.termination.cancelled", json!({}));
    provider.serve(&mut bench, SignedDuration::from_secs(6));
    assert!(provider.is_active);
    let result = bench.last_result();
    assert_eq!(result.word, ResultWord::Applied);
    assert!(result.calls.iter().any(|call| call.action == Action::Activate), "{:?}", result.calls);
    let mut warrants = result.warrants.iter().map(|warrant| &warrant.fields);
    let decided = warrants.find(|fields| fields.contains(&"active".to_owned()));
    assert!(decided.unwrap().contains(&"account".to_owned()), "{:?}", result.warrants);
}

#[test]
fn a_cut_without_an_answer_that_has_hidden_the_account_leads_to_no_second_one() {
    let mut bench = Bench::ready(&[]);
    let mut provider = Provider { hides_inactive: true, ..Provider::new() };
    hire(&mut bench);
    provider.serve(&mut bench, SignedDuration::from_secs(3));
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    let is_cut = |call: &&Call| {
        matches!(call.request, Request::Write(Operation::Change { active: Some(false), .. }))
    };
    let cut = bench.calls.iter().find(is_cut).cloned().unwrap();
    provider.reply(&cut.request);
    bench.event("worker.termination.cancelled", json!({}));
    let no_answer = Failure {
        verdict: Verdict::Retry { after: None },
        landed: Landed::Maybe,
        what: "no answer in time".to_owned(),
    };
    bench.answer(&cut, Outcome::Failed(no_answer));
    provider.serve(&mut bench, SignedDuration::from_secs(10));
    assert_eq!(provider.creations(), 1, "{:?}", provider.written);
    assert!(provider.is_active);
}

/// Some providers say yes and do nothing.
#[test]
fn a_hidden_account_whose_opening_was_answered_with_yes_and_not_done_is_opened_in_seconds() {
    let (mut bench, mut provider) = cut_and_hidden();
    provider.openings_ignored = 1;
    bench.event("worker.termination.cancelled", json!({}));
    provider.serve(&mut bench, SignedDuration::from_secs(40));
    assert!(provider.is_active, "{:?}", provider.written);
    assert_eq!(provider.creations(), 1);
    assert_eq!(bench.last_result().word, ResultWord::Applied);
}

#[test]
fn a_hidden_account_that_is_opened_and_never_shows_is_a_failure_that_somebody_sees() {
    let (mut bench, mut provider) = cut_and_hidden();
    provider.is_shown = false;
    bench.event("worker.termination.cancelled", json!({}));
    provider.serve(&mut bench, SignedDuration::from_mins(7));
    let result = bench.last_result();
    assert_eq!(result.word, ResultWord::Failed);
    assert_eq!(result.why.as_ref().unwrap().code, Code::ChangeDoesNotStick);
    assert_eq!(provider.creations(), 1, "{:?}", provider.written);
    // It is tried again, and shows at last.
    provider.is_shown = true;
    provider.serve(&mut bench, SignedDuration::from_hours(25));
    assert_eq!(bench.last_result().word, ResultWord::Applied);
}

/// Some providers answer 404 to every call about a hidden account but the one that opens it.
#[test]
fn a_hidden_account_that_is_not_there_to_be_cut_again_is_kept_and_one_that_cannot_be_opened_is_not()
{
    let kim = ScimId::new("a-kim");
    let mut seat = Seat::new(Timestamp::UNIX_EPOCH);
    changed(&mut seat, &told(false), &Reply::Gone);
    assert_eq!(seat.shut, None, "it was never shut");
    changed(&mut seat, &told(false), &Reply::Changed);
    changed(&mut seat, &told(false), &Reply::Gone);
    assert_eq!(seat.shut, Some(kim.clone()));
    changed(&mut seat, &told(true), &Reply::Gone);
    assert_eq!(seat.shut, None);
}

/// Two records become one; the one that goes knew what the hidden account was before the cut.
#[test]
fn the_way_back_of_a_hidden_account_goes_with_it_to_the_record_that_stays() {
    let mut own = Seat::new(Timestamp::UNIX_EPOCH);
    let mut gone = Seat::new(Timestamp::UNIX_EPOCH);
    gone.shut = Some(ScimId::new("a-kim"));
    gone.baseline.before.insert(Facet::Active, Before::Was(Wanted::Active(true)));
    gone.facts = Some(Facts::of(&Bench::kim(true)));
    take_over_account(&mut own, gone.clone());
    assert_eq!(own.shut, gone.shut);
    assert_eq!(own.baseline, gone.baseline);
    assert!(own.facts == gone.facts);
}

/// The one has lost the account, and what it saw before may be what the other had done.
#[test]
fn what_two_records_do_not_both_say_of_before_is_doubted_whichever_stays() {
    let vpn = GroupName::new("VPN");
    let knows = |membership| {
        let mut seat = Seat::new(Timestamp::UNIX_EPOCH);
        let before = Before::Was(Wanted::Group(membership));
        seat.baseline.before.insert(Facet::Group(vpn.clone()), before);
        seat
    };
    for bound_stays in [true, false] {
        let mut bound = knows(Membership::Outside);
        bound.binding = Binding::Bound(ScimId::new("a-kim"));
        let lost = knows(Membership::Member);
        let (mut own, gone) = if bound_stays { (bound, lost) } else { (lost, bound) };
        take_over_account(&mut own, gone);
        assert_eq!(own.baseline.group(&vpn), Some(&Before::Unknown), "{bound_stays}");
    }
}

#[test]
fn a_rehire_whose_account_was_removed_gets_a_new_one() {
    let (mut bench, mut provider) = cut_and_hidden();
    (provider.is_there, provider.hides_inactive) = (false, false);
    bench.event("worker.termination.cancelled", json!({}));
    provider.serve(&mut bench, SignedDuration::from_secs(6));
    assert!(provider.is_there && provider.is_active);
    assert_eq!(bench.last_result().word, ResultWord::Applied);
}

#[test]
fn an_account_under_the_hidden_ones_name_is_no_hidden_account() {
    let (mut bench, mut provider) = cut_and_hidden();
    bench.event(
        "worker.updated",
        json!({"worker": {"user_name": "kim@example.com"}, "profile": {"title": "Lead"}}),
    );
    for _ in 0..30 {
        bench.commit_all();
        bench.read_groups(&[], &[]);
        let Some(call): Option<Call> = bench.calls.first().cloned() else {
            bench.wait(SignedDuration::from_secs(1));
            continue;
        };
        let newcomer = Account { id: ScimId::new("a-new"), ..Bench::kim(true) };
        if matches!(call.request, Request::FindAccounts { .. }) {
            bench.answer(&call, Outcome::Done(Reply::Accounts(vec![newcomer])));
        } else {
            let reply = provider.reply(&call.request);
            bench.done(&call, reply);
        }
    }
    let touches = |it: &Operation| matches!(it, Operation::Change { account, .. } if account.as_str() == "a-new");
    assert!(!provider.written.iter().any(touches));
}

#[test]
fn who_is_terminated_while_a_hidden_account_may_be_opened_is_cut_by_its_id() {
    let mut bench = Bench::ready(&[]);
    let mut provider = Provider { hides_inactive: true, ..Provider::new() };
    hire(&mut bench);
    provider.serve(&mut bench, SignedDuration::from_secs(5));
    bench.event("worker.terminated", json!({}));
    provider.serve(&mut bench, SignedDuration::from_secs(20));
    assert!(!provider.is_active);
    bench.event("worker.termination.cancelled", json!({}));
    // The activation has no answer, and is done.
    let is_opening = |call: &Call| {
        matches!(call.request, Request::Write(Operation::Change { active: Some(true), .. }))
    };
    for _ in 0..50 {
        bench.commit_all();
        bench.read_groups(&[], &[]);
        let Some(call) = bench.calls.first().cloned() else {
            bench.wait(SignedDuration::from_secs(1));
            continue;
        };
        if is_opening(&call) {
            let no_answer = Failure {
                verdict: Verdict::Retry { after: None },
                landed: Landed::Maybe,
                what: "no answer in time".to_owned(),
            };
            bench.answer(&call, Outcome::Failed(no_answer));
            break;
        }
        let reply = provider.reply(&call.request);
        bench.done(&call, reply);
    }
    bench.event("worker.terminated", json!({}));
    bench.calls.clear();
    provider.is_active = true;
    let cuts = provider.written.iter().filter(|it| Provider::is_cut(it)).count();
    provider.serve(&mut bench, SignedDuration::from_secs(10));
    let after = provider.written.iter().filter(|it| Provider::is_cut(it)).count();
    assert!(after > cuts, "{:?}", provider.written);
    assert!(!provider.is_active);
}

/// Answers all for `time`, and gives openings of the hidden account no answer; they are done or not.
fn without_an_answer(
    bench: &mut Bench,
    provider: &mut Provider,
    (openings, are_done): (usize, bool),
) {
    let mut left = openings;
    for _ in 0..120 {
        bench.commit_all();
        bench.read_groups(&[], &[]);
        let Some(call) = bench.calls.first().cloned() else {
            if left == 0 {
                return;
            }
            bench.wait(SignedDuration::from_secs(1));
            continue;
        };
        let is_opening =
            matches!(call.request, Request::Write(Operation::Change { active: Some(true), .. }));
        if left == 0 {
            return;
        } else if is_opening {
            let no_answer = Failure {
                verdict: Verdict::Retry { after: None },
                landed: Landed::Maybe,
                what: "no answer in time".to_owned(),
            };
            bench.answer(&call, Outcome::Failed(no_answer));
            left -= 1;
            if are_done {
                provider.is_active = true;
            }
        } else {
            let reply = provider.reply(&call.request);
            bench.done(&call, reply);
        }
    }
    panic!("{left} openings were not made: {:?}", provider.written);
}

#[test]
fn a_hidden_account_is_told_again_to_be_active_if_nobody_answers() {
    let (mut bench, mut provider) = cut_and_hidden();
    bench.event("worker.termination.cancelled", json!({}));
    without_an_answer(&mut bench, &mut provider, (2, false));
    assert!(!provider.is_active);
    provider.serve(&mut bench, SignedDuration::from_secs(60));
    assert!(provider.is_active, "{:?}", provider.written);
    assert_eq!(provider.creations(), 1);
    assert_eq!(bench.last_result().word, ResultWord::Applied);
}

#[test]
fn who_is_cut_while_an_opening_may_still_land_is_cut_by_the_id() {
    let (mut bench, mut provider) = cut_and_hidden();
    bench.event("worker.termination.cancelled", json!({}));
    without_an_answer(&mut bench, &mut provider, (2, false));
    bench.wait(SignedDuration::from_secs(1));
    provider.written.clear();
    bench.event("worker.terminated", json!({}));
    provider.serve(&mut bench, SignedDuration::from_secs(5));
    assert!(provider.written.iter().any(Provider::is_cut), "{:?}", provider.written);
}

#[test]
fn an_opening_that_lands_after_the_next_cut_is_found_and_cut() {
    let (mut bench, mut provider) = cut_and_hidden();
    bench.event("worker.termination.cancelled", json!({}));
    without_an_answer(&mut bench, &mut provider, (1, false));
    bench.event("worker.terminated", json!({}));
    provider.serve(&mut bench, SignedDuration::from_secs(60));
    assert!(!provider.is_active);
    provider.is_active = true;
    provider.serve(&mut bench, SignedDuration::from_mins(8));
    assert!(!provider.is_active, "{:?}", provider.written);
}

/// Answers everything, and refuses to make an account active.
fn refuse_to_open(bench: &mut Bench, provider: &mut Provider) {
    for _ in 0..60 {
        bench.commit_all();
        bench.read_groups(&[], &[]);
        let Some(call) = bench.calls.first().cloned() else {
            bench.wait(SignedDuration::from_secs(1));
            continue;
        };
        if matches!(call.request, Request::Write(Operation::Change { active: Some(true), .. })) {
            let what = "HTTP 400".to_owned();
            let refused = Failure { verdict: Verdict::Stuck, landed: Landed::No, what };
            bench.answer(&call, Outcome::Failed(refused));
        } else {
            let reply = provider.reply(&call.request);
            bench.done(&call, reply);
        }
    }
}

#[test]
fn who_is_to_be_let_in_and_whose_opening_is_refused_is_never_called_done() {
    let mut bench = Bench::ready(&[]);
    let mut provider = Provider { is_there: true, hides_inactive: true, ..Provider::new() };
    bench.event("worker.terminated", json!({}));
    provider.serve(&mut bench, SignedDuration::from_secs(3));
    bench.event("worker.termination.cancelled", json!({}));
    refuse_to_open(&mut bench, &mut provider);
    let result = bench.last_result();
    assert_eq!(result.word, ResultWord::Failed, "{result:?}");
}

#[test]
fn nobody_gets_a_second_account_because_the_hidden_one_may_not_be_opened() {
    let unseen = Provider { tells_active: false, ..Provider::new() };
    let (mut bench, mut provider) = cut_and_hidden_at(unseen);
    let before = provider.creations();
    bench.event("worker.termination.cancelled", json!({}));
    refuse_to_open(&mut bench, &mut provider);
    assert_eq!(provider.creations(), before, "{:?}", provider.written);
    assert_eq!(bench.last_result().word, ResultWord::Failed);
}

/// Kim was hired, and terminated before any reading has shown the new account; it is reached by its id.
fn cut_before_it_shows() -> (Bench, Provider) {
    let mut bench = Bench::ready(&[]);
    let mut provider = Provider { is_shown: false, hides_inactive: true, ..Provider::new() };
    hire(&mut bench);
    provider.serve(&mut bench, SignedDuration::from_secs(5));
    bench.event("worker.terminated", json!({}));
    provider.serve(&mut bench, SignedDuration::from_secs(5));
    assert!(!provider.is_active, "the cut waits for nothing");
    (bench, provider)
}

#[test]
fn who_is_cut_before_the_new_account_shows_is_looked_at_when_it_does() {
    let (mut bench, mut provider) = cut_before_it_shows();
    assert_eq!(bench.results(), [(1, ResultWord::Superseded)], "nobody has seen the cut");
    // An earlier call has landed late, and only now readings show the account.
    (provider.is_shown, provider.hides_inactive, provider.is_active) = (true, false, true);
    provider.serve(&mut bench, SignedDuration::from_secs(30));
    assert!(!provider.is_active);
    assert_eq!(provider.creations(), 1);
    let result = bench.last_result();
    assert_eq!((result.word, result.why.as_ref()), (ResultWord::Applied, None));
}

#[test]
fn a_new_account_that_was_cut_and_never_shows_is_hidden_after_its_time() {
    let (mut bench, mut provider) = cut_before_it_shows();
    provider.serve(&mut bench, SignedDuration::from_mins(6));
    let result = bench.last_result();
    assert_eq!(result.word, ResultWord::Applied);
    assert_eq!(result.why.as_ref().unwrap().code, Code::AccountHidden);
}

#[test]
fn however_much_is_said_an_account_that_does_not_show_is_looked_at_no_more_often() {
    let (mut bench, mut provider) = cut_before_it_shows();
    provider.looks = 0;
    for _ in 0..15 {
        bench.event("worker.rehired", json!({}));
        provider.serve(&mut bench, SignedDuration::from_secs(2));
        bench.event("worker.terminated", json!({}));
        provider.serve(&mut bench, SignedDuration::from_secs(2));
    }
    assert!(provider.looks <= 18, "{} looks in a minute", provider.looks);
    assert!(!provider.is_active);
}

/// Kim, whom no rule gives an account, had one before.
#[test]
fn a_hidden_account_that_was_there_before_is_opened_when_the_cut_ends() {
    for late_looks in [0, 1, 2] {
        let mut bench = Bench::ready(&[]);
        let new = Provider { is_there: true, hides_inactive: true, ..Provider::new() };
        let mut provider = Provider { late_looks, ..new };
        bench.event("worker.terminated", json!({}));
        provider.serve(&mut bench, SignedDuration::from_secs(9));
        assert!(!provider.is_active);
        bench.event("worker.termination.cancelled", json!({}));
        provider.serve(&mut bench, SignedDuration::from_secs(6));
        assert!(provider.is_active, "{late_looks}: {:?}", provider.written);
        assert_eq!(provider.creations(), 0);
        assert_eq!(bench.last_result().word, ResultWord::Applied);
    }
}

#[test]
fn a_hidden_account_that_is_to_be_deleted_is_not_opened_though_it_was_active_before() {
    let mut seat = Seat::new(Timestamp::UNIX_EPOCH);
    seat.shut = Some(ScimId::new("a-kim"));
    seat.wish.active = Some(true);
    assert!(reopening(&seat, &Plan::default()).is_some());
    seat.wish.account = Some(Presence::Absent);
    assert_eq!(reopening(&seat, &Plan::default()), None);
}

/// The cut is done, the one that is made again is refused, and then a reading is older than the first.
#[test]
fn a_hidden_account_is_not_forgotten_for_a_late_reading_while_it_is_to_be_inactive() {
    let mut seat = Seat::new(Timestamp::UNIX_EPOCH);
    seat.wish.active = Some(false);
    changed(&mut seat, &told(false), &Reply::Changed);
    seen(&mut seat, Some(true));
    seat.wish.active = Some(true);
    assert!(reopening(&seat, &Plan::default()).is_some());
    seen(&mut seat, Some(true));
    assert!(reopening(&seat, &Plan::default()).is_none(), "it shows");
}

/// A late reading showed the account, so that nobody awaited it; then it is not there.
#[test]
fn an_opening_that_a_late_reading_has_hidden_is_made_again() {
    let kim = ScimId::new("a-kim");
    let mut seat = Seat::new(Timestamp::UNIX_EPOCH);
    changed(&mut seat, &told(false), &Reply::Changed);
    tries::said_yes(&mut seat, &told(true), None, Timestamp::UNIX_EPOCH);
    assert_eq!(seat.awaited, None);
    assert!(tries::pauses(&seat, &told(true), Timestamp::UNIX_EPOCH).is_some());
    assert!(never_opened(&mut seat, &kim).is_none(), "it may show yet");
    assert!(tries::pauses(&seat, &told(true), Timestamp::UNIX_EPOCH).is_none());
}

/// The target opened the account, and shows that after a minute; meanwhile the person leaves again.
#[test]
fn who_is_cut_while_an_opening_does_not_show_is_cut_by_the_id() {
    let (mut bench, mut provider) = cut_and_hidden();
    provider.is_shown = false;
    bench.event("worker.termination.cancelled", json!({}));
    for _ in 0..400 {
        bench.commit_all();
        bench.read_groups(&[], &[]);
        let Some(call) = bench.calls.first().cloned() else {
            bench.wait(SignedDuration::from_millis(100));
            continue;
        };
        if provider.is_active && matches!(call.request, Request::FindAccounts { .. }) {
            break;
        }
        let reply = provider.reply(&call.request);
        bench.done(&call, reply);
    }
    assert!(provider.is_active, "{:?}", provider.written);
    bench.event("worker.terminated", json!({}));
    provider.serve(&mut bench, SignedDuration::from_secs(30));
    provider.is_shown = true;
    provider.serve(&mut bench, SignedDuration::from_mins(2));
    assert!(!provider.is_active, "{:?}", provider.written);
}
