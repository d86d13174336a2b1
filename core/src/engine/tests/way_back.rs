//! What becomes of a field when its last claim ends, and of one that HR clears.

use super::bench::Bench;
use crate::engine::Input;
use crate::engine::record::Kept;
use crate::engine::record::decode;
use crate::engine::settings::Mode;
use crate::engine::state::{Before, Stage};
use crate::model::code::Code;
use crate::model::decision::NoteWord;
use crate::model::ids::{GroupName, ScimId};
use crate::model::{
    Account, AttributeName, AuditEntry, Call, Failure, Field, GroupRef, Landed, Membership,
    Operation, Outcome, Reply, Request, ResultWord, Value, Verdict, Wanted,
};
use jiff::SignedDuration;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// A provider with Kim's account and two groups.
struct Provider {
    active: bool,
    attributes: BTreeMap<AttributeName, Value>,
    /// The groups that Kim is in.
    groups: BTreeSet<String>,
    writes: Vec<Operation>,
    /// Whether lists of members are answered.
    lists: bool,
    /// The groups that lists of members show Kim in, if they are old.
    shows_groups: Option<BTreeSet<String>>,
    /// Whether writes are done; if not, they have no answer either.
    lands: bool,
}

impl Provider {
    fn with_kim(groups: &[&str]) -> Self {
        let name = (AttributeName::USER_NAME, Value::Text("kim@example.com".to_owned()));
        Self {
            active: true,
            attributes: [name].into(),
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            writes: Vec::new(),
            lists: true,
            shows_groups: None,
            lands: true,
        }
    }

    fn kim(&self) -> Account {
        Account {
            id: ScimId::new("a-kim"),
            active: Some(self.active),
            attributes: self.attributes.clone(),
            groups: None,
        }
    }

    fn answer(&mut self, call: &Call) -> Option<Outcome> {
        Some(Outcome::Done(match &call.request {
            Request::FindAccounts { .. } => Reply::Accounts(vec![self.kim()]),
            Request::ReadAccount { .. } => Reply::Account(self.kim()),
            Request::FindGroups { name } => {
                let id = ScimId::new(format!("g-{name}"));
                Reply::Groups(vec![GroupRef { name: name.clone(), id }])
            }
            Request::ReadMembers { .. } if !self.lists => return None,
            Request::ReadMembers { group } => {
                let shown = self.shows_groups.as_ref().unwrap_or(&self.groups);
                let is_in = shown.contains(group.name.as_str());
                Reply::Members(is_in.then(|| ScimId::new("a-kim")).into_iter().collect())
            }
            Request::Write(operation) => {
                self.writes.push(operation.clone());
                if !self.lands {
                    return Some(unanswered());
                }
                self.write(operation);
                Reply::Changed
            }
            Request::AddMembers { .. } => Reply::Changed,
        }))
    }

    fn write(&mut self, operation: &Operation) {
        match operation {
            Operation::Change { active, attributes, .. } => {
                self.active = active.unwrap_or(self.active);
                for (name, field) in attributes {
                    match field {
                        Field::Set(value) => self.attributes.insert(name.clone(), value.clone()),
                        Field::Clear => self.attributes.remove(name),
                    };
                }
            }
            Operation::AddMember { group, .. } => {
                self.groups.insert(group.name.to_string());
            }
            Operation::RemoveMember { group, .. } => {
                self.groups.remove(group.name.as_str());
            }
            Operation::Create { .. } | Operation::CreateGroup { .. } | Operation::Delete { .. } => {
                panic!("{operation:?}")
            }
        }
    }

    /// Answers what it does for so long, and until nothing more is asked.
    fn serve(&mut self, bench: &mut Bench, minutes: i64) {
        let end = bench.now + SignedDuration::from_mins(minutes);
        loop {
            bench.commit_all();
            let calls = bench.calls.clone();
            let answered = calls.iter().find_map(|call| Some((call, self.answer(call)?)));
            match answered {
                Some((call, outcome)) => bench.answer(call, outcome),
                None if bench.now >= end => return,
                None => bench.wait(SignedDuration::from_secs(3)),
            }
        }
    }

    /// A shard that knows Kim, of whom no claim speaks, and a new owner of it that has read no group.
    fn new_owner(&mut self) -> Bench {
        let mut bench = Bench::ready(&[]);
        bench.event("worker.updated", json!({"worker": {"user_name": "kim@example.com"}}));
        self.serve(&mut bench, 1);
        self.lists = false;
        let mut next = Bench::own(Mode::Enforce, bench.state.clone(), bench.now);
        self.serve(&mut next, 1);
        next
    }

    fn is_in(&self, group: &str) -> bool {
        self.groups.contains(group)
    }
}

fn unanswered() -> Outcome {
    Outcome::Failed(Failure {
        verdict: Verdict::Retry { after: None },
        landed: Landed::Maybe,
        what: "no answer in time".to_owned(),
    })
}

fn asks_for_the_way_back(bench: &Bench) -> bool {
    let asks = |entry: &AuditEntry| {
        matches!(entry, AuditEntry::Note(note)
            if note.word == NoteWord::Held && note.why.code == Code::BaselineUnknown)
    };
    bench.audit.iter().any(asks)
}

fn seat_stage(bench: &Bench) -> Stage {
    bench.seat().stage.clone()
}

fn attribute(name: &str) -> AttributeName {
    AttributeName::parse(name).unwrap()
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
    bench.event("worker.updated", json!({"worker": {"user_name": "kim@example.com"}}));
    provider.serve(&mut bench, 10);
    let mut next = Bench::own(Mode::Enforce, bench.state.clone(), bench.now);
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
    provider.groups.insert("VPN".to_owned());
    let writes = provider.writes.len();
    provider.serve(&mut bench, 30);
    assert!(matches!(seat_stage(&bench), Stage::AtRest { .. }), "{:?}", seat_stage(&bench));
    // Nor is one who takes Kim out of both by hand.
    provider.groups.clear();
    bench.event("worker.updated", json!({"worker": {"user_name": "kim@example.com"}}));
    provider.serve(&mut bench, 30);
    let mut next = Bench::own(Mode::Enforce, bench.state.clone(), bench.now);
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
        for call in bench.calls.clone() {
            if let Some(outcome) = provider.answer(&call) {
                bench.answer(&call, outcome);
            }
        }
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
    let kim = || vec![ScimId::new("a-kim")];
    bench.event("risk.raised", json!({}));
    for _ in 0..40 {
        bench.commit_all();
        let is_the_cut =
            |call: &&Call| matches!(&call.request, Request::Write(Operation::RemoveMember { .. }));
        if bench.calls.iter().any(|call| is_the_cut(&call)) {
            break;
        }
        let calls = bench.calls.clone();
        let answered = calls.iter().find_map(|call| Some((call, provider.answer(call)?)));
        match answered {
            Some((call, outcome)) => bench.answer(call, outcome),
            None => bench.wait(SignedDuration::from_secs(1)),
        }
    }
    // The removal is under way; a list that was asked for before still shows Kim in it.
    let of_vpn = |call: &&Call| matches!(&call.request, Request::ReadMembers { group } if group.name.as_str() == "VPN");
    let list = bench.calls.iter().find(of_vpn).cloned().expect("the list is asked for beside it");
    bench.done(&list, Reply::Members(kim()));
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
    let of_vpn = |call: &&Call| matches!(&call.request, Request::ReadMembers { group } if group.name.as_str() == "VPN");
    let is_removal =
        |call: &Call| matches!(&call.request, Request::Write(Operation::RemoveMember { .. }));
    let mut is_listed = false;
    while !bench.calls.iter().any(is_removal) {
        let is_ahead = bench.commit.as_ref().is_some_and(|commit| {
            let records = commit.state.iter().filter(|write| write.key == bench.person_key());
            let people =
                records.filter_map(|write| decode::<Kept>(&write.key, write.value.as_ref()?).ok());
            people.flat_map(|it| it.seats.into_values()).any(|seat| !seat.pending.is_empty())
        });
        let list = bench.calls.iter().find(of_vpn).cloned();
        if let Some(list) = list.filter(|_| is_ahead && !is_listed) {
            is_listed = true;
            bench.done(&list, Reply::Members(vec![ScimId::new("a-kim")]));
        }
        bench.commit_all();
        let calls = bench.calls.clone();
        let mut others = calls.iter().filter(|call| !is_removal(call));
        match others.find_map(|call| Some((call, provider.answer(call)?))) {
            Some((call, outcome)) => bench.answer(call, outcome),
            None => bench.wait(SignedDuration::from_secs(1)),
        }
    }
    assert!(is_listed, "the list came in time");
    // The removal lands, and whoever sent it is no more.
    provider.groups.remove("VPN");
    provider.lists = true;
    let mut next = Bench::own(Mode::Enforce, bench.state.clone(), bench.now);
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
    bench.commit_all();
    let change = bench.only_call();
    bench.answer(&change, unanswered());
    provider.lands = true;
    bench.event("worker.terminated", json!({}));
    provider.serve(&mut bench, 30);
    assert!(!provider.active);
    bench.event("worker.termination.cancelled", json!({}));
    provider.serve(&mut bench, 30);
    assert!(provider.active && provider.is_in("VPN"));
    assert!(!asks_for_the_way_back(&bench));
}

#[test]
fn an_attribute_that_had_no_value_before_a_claim_has_none_after_it() {
    let mut provider = Provider::with_kim(&[]);
    let mut bench = provider.new_owner();
    provider.lists = true;
    bench.event("worker.leave.started", json!({}));
    provider.serve(&mut bench, 1);
    assert_eq!(provider.attributes[&attribute("nickName")], Value::Text("Away".to_owned()));
    bench.event("worker.leave.ended", json!({}));
    provider.serve(&mut bench, 1);
    assert_eq!(provider.attributes.get(&attribute("nickName")), None);
    assert_eq!(bench.last_result().word, ResultWord::Applied);
    assert_eq!(bench.last_result().calls[0].cleared, ["nickName"]);
    assert!(!asks_for_the_way_back(&bench));
    let writes = provider.writes.len();
    provider.attributes.insert(attribute("nickName"), Value::Text("K".to_owned()));
    bench.event("worker.updated", json!({"worker": {"user_name": "kim@example.com"}}));
    provider.serve(&mut bench, 1);
    assert_eq!(provider.writes[writes..], [], "it is nobody's again");
}

#[test]
fn what_hr_clears_is_cleared_and_the_result_says_so() {
    for empty in [json!(null), json!(""), json!(" \u{a0}\u{200b}")] {
        let mut provider = Provider::with_kim(&["VPN"]);
        let mut bench = provider.new_owner();
        provider.lists = true;
        let of_hr = |title: &serde_json::Value, badge: &serde_json::Value| {
            json!({"worker": {"user_name": "kim@example.com", "badge": badge},
                "profile": {"title": title, "manager": title}})
        };
        provider.attributes.insert(AttributeName::MANAGER, Value::Text("a-lee".to_owned()));
        bench.event("worker.updated", of_hr(&json!("Clerk"), &json!("B7")));
        provider.serve(&mut bench, 1);
        assert_eq!(provider.attributes[&attribute("title")], Value::Text("Clerk".to_owned()));
        // What the event does not speak of is left alone.
        bench.event("worker.updated", json!({"worker": {"user_name": "kim@example.com"}}));
        provider.serve(&mut bench, 1);
        assert_eq!(provider.attributes[&attribute("custom.badge")], Value::Text("B7".to_owned()));
        bench.event("worker.updated", of_hr(&empty, &empty));
        provider.serve(&mut bench, 1);
        let left: Vec<&str> = provider.attributes.keys().map(AttributeName::as_str).collect();
        assert_eq!(left, ["userName"], "{empty}");
        assert_eq!(bench.last_result().word, ResultWord::Applied);
        let cleared = &bench.last_result().calls[0].cleared;
        assert_eq!(*cleared, ["custom.badge", "enterprise.manager", "title"], "{empty}");
        // Said once, it is no drift: a new owner has nothing to do.
        let writes = provider.writes.len();
        let mut next = Bench::own(Mode::Enforce, bench.state.clone(), bench.now);
        provider.serve(&mut next, 1);
        assert_eq!(provider.writes[writes..], []);
    }
}

#[test]
fn an_account_that_usher_makes_is_made_without_what_hr_says_is_empty() {
    let mut bench = Bench::ready(&[]);
    bench.event(
        "worker.hired",
        json!({"worker": {"user_name": "kim@example.com"}, "profile": {"title": null}}),
    );
    bench.commit_all();
    let find = bench.only_call();
    bench.done(&find, Reply::Accounts(Vec::new()));
    bench.commit_all();
    let creation = bench.only_call();
    let Request::Write(Operation::Create { attributes, .. }) = creation.request else {
        panic!("{creation:?}")
    };
    assert_eq!(attributes.keys().collect::<Vec<_>>(), [&AttributeName::USER_NAME]);
}

#[test]
fn what_was_kept_before_anything_could_be_cleared_is_read_as_it_was() {
    let mut provider = Provider::with_kim(&[]);
    let mut bench = provider.new_owner();
    bench.event(
        "worker.updated",
        json!({"worker": {"user_name": "kim@example.com"}, "profile": {"title": "Clerk"}}),
    );
    provider.serve(&mut bench, 1);
    let key = bench.person_key();
    let written = String::from_utf8(bench.state[&key].clone()).unwrap();
    assert!(written.contains(r#""value":"Clerk""#), "{written}");
    assert!(written.contains(r#""title":"Clerk""#), "{written}");
    let read: Kept = decode(&key, written.as_bytes()).unwrap();
    let title = &read.person.profile[&attribute("title")][0].value;
    assert_eq!(*title, Field::Set(Value::Text("Clerk".to_owned())));
    let cleared = written.replace(r#""value":"Clerk""#, r#""value":null"#);
    let read: Kept = decode(&key, cleared.as_bytes()).unwrap();
    assert_eq!(read.person.profile[&attribute("title")][0].value, Field::Clear);
    bench.step(Input::Tick);
}

#[test]
fn a_quarantine_that_shows_only_after_the_risk_is_over_is_taken_back_all_the_same() {
    let mut provider = Provider::with_kim(&["VPN"]);
    let mut bench = Bench::ready(&["a-kim"]);
    bench.event("worker.updated", json!({"worker": {"user_name": "kim@example.com"}}));
    provider.serve(&mut bench, 1);
    provider.shows_groups = Some(provider.groups.clone());
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
    provider.groups.insert("VPN".to_owned());
    let writes = provider.writes.len();
    provider.serve(&mut bench, 30);
    assert!(matches!(seat_stage(&bench), Stage::AtRest { .. }), "{:?}", seat_stage(&bench));
    let mut next = Bench::own(Mode::Enforce, bench.state.clone(), bench.now);
    provider.serve(&mut next, 30);
    assert_eq!(provider.writes[writes..], []);
}
