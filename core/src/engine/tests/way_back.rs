//! What becomes of a field when its last claim ends.

use super::bench::Bench;
use super::peer::Peer;
use super::words::{is_removal, lists, unanswered};
use crate::engine::record::Kept;
use crate::engine::record::decode;
use crate::engine::state::{Before, Stage};
use crate::model::code::Code;
use crate::model::decision::NoteWord;
use crate::model::ids::{GroupName, ScimId};
use crate::model::{
    AttributeName, Call, Membership, Operation, Outcome, Reply, Request, Value, Wanted,
};
use jiff::SignedDuration;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn of_kim() -> serde_json::Value {
    json!({"worker": {"user_name": "kim@example.com"}})
}

fn kim() -> ScimId {
    ScimId::new("a-kim@example.com")
}

/// A provider with Kim's account and two groups, of which somebody else may be no good.
pub(super) struct Provider {
    pub(super) peer: Peer,
    pub(super) writes: Vec<Operation>,
    /// Whether lists of members are answered.
    pub(super) lists: bool,
    /// The groups that lists of members show Kim in, if they are old.
    shows_groups: Option<BTreeSet<String>>,
    /// Whether writes are done; if not, they have no answer either.
    lands: bool,
}

impl Provider {
    pub(super) fn with_kim(groups: &[&str]) -> Self {
        let mut peer = Peer::with_kim();
        peer.members("VPN").clear();
        for group in groups {
            peer.members(group).insert(kim());
        }
        Self { peer, writes: Vec::new(), lists: true, shows_groups: None, lands: true }
    }

    fn answer(&mut self, call: &Call) -> Option<Outcome> {
        if let Request::Write(operation) = &call.request {
            self.writes.push(operation.clone());
            if !self.lands {
                return Some(unanswered());
            }
        }
        if let Request::ReadMembers { group } = &call.request {
            if !self.lists {
                return None;
            }
            if let Some(shown) = &self.shows_groups {
                let is_in = shown.contains(group.name.as_str());
                return Some(Outcome::Done(Reply::Members(is_in.then(kim).into_iter().collect())));
            }
        }
        Some(Outcome::Done(self.peer.reply(&call.request)))
    }

    /// Answers the first call that it has an answer for; whether there was one.
    fn answer_one(&mut self, bench: &mut Bench) -> bool {
        let calls = bench.calls.clone();
        let answered = calls.iter().find_map(|call| Some((call, self.answer(call)?)));
        let Some((call, outcome)) = answered else { return false };
        bench.answer(call, outcome);
        true
    }

    /// Answers what it does for so long, and until nothing more is asked.
    pub(super) fn serve(&mut self, bench: &mut Bench, minutes: i64) {
        let end = bench.now + SignedDuration::from_mins(minutes);
        loop {
            bench.commit_all();
            if !self.answer_one(bench) {
                if bench.now >= end {
                    return;
                }
                bench.wait(SignedDuration::from_secs(3));
            }
        }
    }

    /// A shard that knows Kim, of whom no claim speaks, and a new owner of it that has read no group.
    pub(super) fn new_owner(&mut self) -> Bench {
        let mut bench = Bench::ready(&[]);
        bench.event("worker.updated", of_kim());
        self.serve(&mut bench, 1);
        self.lists = false;
        let mut next = bench.next_owner();
        self.serve(&mut next, 1);
        next
    }

    fn is_in(&mut self, group: &str) -> bool {
        self.peer.is_in(group, "kim@example.com")
    }

    pub(super) fn attributes(&mut self) -> &mut BTreeMap<AttributeName, Value> {
        &mut self.peer.kim().attributes
    }
}

pub(super) fn asks_for_the_way_back(bench: &Bench) -> bool {
    bench.notes(NoteWord::Held).iter().any(|note| note.why.code == Code::BaselineUnknown)
}

fn seat_stage(bench: &Bench) -> Stage {
    bench.seat().stage.clone()
}

#[test]
fn groups_unread_at_a_start_and_a_risk_that_comes_and_goes_leave_nobody_in_quarantine() {
    let mut provider = Provider::with_kim(&["VPN"]);
    let mut bench = provider.new_owner();
    bench.event("risk.raised", json!({}));
    provider.serve(&mut bench, 1);
    assert!(provider.is_in("Quarantine") && !provider.is_in("VPN"), "the cuts wait for no list");
    provider.lists = true;
    bench.event("risk.cleared", json!({}));
    provider.serve(&mut bench, 10);
    assert!(!provider.is_in("Quarantine"), "no claim wants it any more");
    // Nobody saw whether Kim was in the VPN before: that is a row for somebody, and left alone.
    assert!(asks_for_the_way_back(&bench));
    assert_eq!(seat_stage(&bench), Stage::Held);
    let writes = provider.writes.len();
    bench.event("worker.updated", of_kim());
    provider.serve(&mut bench, 10);
    let mut next = bench.next_owner();
    provider.serve(&mut next, 10);
    assert_eq!(provider.writes[writes..], [], "what no claim speaks of is left alone");
    assert!(!provider.is_in("VPN"));
}

#[test]
fn an_operator_who_gives_back_by_hand_what_nobody_knew_settles_the_row_and_is_not_reverted() {
    let mut provider = Provider::with_kim(&["VPN"]);
    let mut bench = provider.new_owner();
    bench.event("risk.raised", json!({}));
    provider.serve(&mut bench, 1);
    provider.lists = true;
    bench.event("risk.cleared", json!({}));
    provider.serve(&mut bench, 1);
    assert_eq!(seat_stage(&bench), Stage::Held);
    provider.peer.members("VPN").insert(kim());
    let writes = provider.writes.len();
    provider.serve(&mut bench, 30);
    assert!(matches!(seat_stage(&bench), Stage::AtRest { .. }), "{:?}", seat_stage(&bench));
    // Nor is one who takes Kim out of both by hand.
    for group in ["VPN", "Quarantine"] {
        provider.peer.members(group).clear();
    }
    bench.event("worker.updated", of_kim());
    provider.serve(&mut bench, 30);
    let mut next = bench.next_owner();
    provider.serve(&mut next, 30);
    assert_eq!(provider.writes[writes..], []);
}

#[test]
fn a_cut_that_never_landed_is_not_made_after_the_only_claim_was_cleared() {
    let mut provider = Provider::with_kim(&["VPN"]);
    let mut bench = provider.new_owner();
    provider.lands = false;
    bench.event("risk.raised", json!({}));
    for _ in 0..20 {
        bench.commit_all();
        while provider.answer_one(&mut bench) {}
        bench.wait(SignedDuration::from_millis(200));
    }
    assert!(!provider.writes.is_empty(), "the cuts were tried");
    let writes = provider.writes.len();
    bench.event("risk.cleared", json!({}));
    (provider.lands, provider.lists) = (true, true);
    provider.serve(&mut bench, 30);
    assert_eq!(provider.writes[writes..], [], "nobody wants a cut any more");
    assert!(provider.is_in("VPN") && !provider.is_in("Quarantine"));
    assert!(matches!(seat_stage(&bench), Stage::AtRest { .. }), "{:?}", seat_stage(&bench));
}

#[test]
fn a_reading_beside_the_cut_shows_the_way_back() {
    let mut provider = Provider::with_kim(&["VPN"]);
    let mut bench = provider.new_owner();
    bench.event("risk.raised", json!({}));
    for _ in 0..40 {
        bench.commit_all();
        if bench.calls.iter().any(is_removal) {
            break;
        }
        if !provider.answer_one(&mut bench) {
            bench.wait(SignedDuration::from_secs(1));
        }
    }
    // The removal is under way; a list that was asked for before still shows Kim in it.
    let list = bench.open(|call| lists(call, "VPN"));
    bench.done(&list, Reply::Members(vec![kim()]));
    bench.commit_all();
    let before = bench.seat().baseline.group(&GroupName::new("VPN"));
    assert_eq!(before, Some(&Before::Was(Wanted::Group(Membership::Member))));
    provider.lists = true;
    provider.serve(&mut bench, 1);
    bench.event("risk.cleared", json!({}));
    provider.serve(&mut bench, 10);
    assert!(provider.is_in("VPN") && !provider.is_in("Quarantine"));
    assert!(!asks_for_the_way_back(&bench));
}

/// The first change is on its way into the log, and the second with it.
#[test]
fn a_list_that_comes_while_the_cuts_are_written_ahead_shows_the_next_owner_the_way_back() {
    let mut provider = Provider::with_kim(&["VPN"]);
    let mut bench = provider.new_owner();
    bench.event("risk.raised", json!({}));
    let mut is_listed = false;
    while !bench.calls.iter().any(is_removal) {
        let is_ahead = bench.commit.as_ref().is_some_and(|commit| {
            let records = commit.state.iter().filter(|write| write.key == bench.person_key());
            let people =
                records.filter_map(|write| decode::<Kept>(&write.key, write.value.as_ref()?).ok());
            people.flat_map(|it| it.seats.into_values()).any(|seat| !seat.pending.is_empty())
        });
        let list = bench.calls.iter().find(|call| lists(call, "VPN")).cloned();
        if let Some(list) = list.filter(|_| is_ahead && !is_listed) {
            is_listed = true;
            bench.done(&list, Reply::Members(vec![kim()]));
        }
        bench.commit_all();
        if !bench.calls.iter().any(is_removal) && !provider.answer_one(&mut bench) {
            bench.wait(SignedDuration::from_secs(1));
        }
    }
    assert!(is_listed, "the list came in time");
    // The removal lands, and whoever sent it is no more.
    provider.peer.members("VPN").clear();
    provider.lists = true;
    let mut next = bench.next_owner();
    provider.serve(&mut next, 5);
    next.event("risk.cleared", json!({}));
    provider.serve(&mut next, 10);
    assert!(provider.is_in("VPN") && !provider.is_in("Quarantine"));
}

#[test]
fn an_attribute_in_doubt_does_not_make_it_unknown_whether_the_account_was_active() {
    let mut provider = Provider::with_kim(&["VPN"]);
    let mut bench = provider.new_owner();
    provider.lists = true;
    provider.serve(&mut bench, 1);
    provider.lands = false;
    bench.event(
        "worker.updated",
        json!({"worker": {"user_name": "kim@example.com"}, "profile": {"title": "Clerk"}}),
    );
    let change = bench.called();
    bench.answer(&change, unanswered());
    provider.lands = true;
    bench.event("worker.terminated", json!({}));
    provider.serve(&mut bench, 30);
    assert!(provider.peer.kim().active == Some(false));
    bench.event("worker.termination.cancelled", json!({}));
    provider.serve(&mut bench, 30);
    assert!(provider.peer.kim().active == Some(true) && provider.is_in("VPN"));
    assert!(!asks_for_the_way_back(&bench));
}

#[test]
fn a_quarantine_that_shows_only_after_the_risk_is_over_is_taken_back_all_the_same() {
    let mut provider = Provider::with_kim(&["VPN"]);
    let mut bench = Bench::ready(&["a-kim@example.com"]);
    bench.event("worker.updated", of_kim());
    provider.serve(&mut bench, 1);
    provider.shows_groups = Some(["VPN".to_owned()].into());
    bench.event("risk.raised", json!({}));
    provider.serve(&mut bench, 0);
    assert!(provider.is_in("Quarantine"));
    bench.event("risk.cleared", json!({}));
    provider.serve(&mut bench, 1);
    provider.shows_groups = None;
    // The late window is over.
    provider.serve(&mut bench, 10);
    assert!(!provider.is_in("Quarantine") && provider.is_in("VPN"));
}

#[test]
fn what_was_given_for_a_claim_ends_with_it_and_shows_nothing_of_what_was_before() {
    let mut provider = Provider::with_kim(&[]);
    let mut bench = provider.new_owner();
    bench.event("risk.raised", json!({}));
    provider.serve(&mut bench, 1);
    provider.lists = true;
    bench.event("worker.transferred", json!({}));
    bench.event("risk.cleared", json!({}));
    provider.serve(&mut bench, 10);
    assert!(provider.is_in("VPN") && !provider.is_in("Quarantine"), "a claim asks for it");
    assert!(!asks_for_the_way_back(&bench));
    bench.event("worker.hire.cancelled", json!({}));
    provider.serve(&mut bench, 10);
    assert!(!provider.is_in("VPN"), "what was given for a claim ends with it");
    assert!(asks_for_the_way_back(&bench));
    assert_eq!(seat_stage(&bench), Stage::Held);
    // Nor does a later cut take what usher gave for what was there before.
    bench.event("risk.raised", json!({}));
    provider.serve(&mut bench, 1);
    bench.event("risk.cleared", json!({}));
    provider.serve(&mut bench, 10);
    assert!(!provider.is_in("VPN") && !provider.is_in("Quarantine"));
    assert_eq!(seat_stage(&bench), Stage::Held);
    // Whoever gives it by hand has said what is right.
    provider.peer.members("VPN").insert(kim());
    let writes = provider.writes.len();
    provider.serve(&mut bench, 30);
    assert!(matches!(seat_stage(&bench), Stage::AtRest { .. }), "{:?}", seat_stage(&bench));
    let mut next = bench.next_owner();
    provider.serve(&mut next, 30);
    assert_eq!(provider.writes[writes..], []);
}
