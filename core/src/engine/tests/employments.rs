//! What the end of one employment takes, while another goes on.

use super::bench::Bench;
use super::identity::{NAME, NUMBER, last_decision, named, remarks};
use crate::decode::Item;
use crate::engine::rehearse::Rehearsal;
use crate::engine::settings::Timing;
use crate::engine::state::Baseline;
use crate::engine::{Record, will::wish};
use crate::model::event::{Calendar, Event};
use crate::model::event_kind::EventKind;
use crate::model::ids::{GroupName, TargetName, TenantName};
use crate::model::{AliasKind, Membership, Presence, RawRecord, Wish};
use crate::rules::{RuleFile, RuleSet};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

const STARTER: &str = include_str!("../../../../config/rules/starter.yaml");

fn at(hour: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + hour * 3_600).unwrap()
}

struct Told {
    run: Rehearsal,
    hour: i64,
}

impl Told {
    fn new() -> Self {
        let file = RuleFile { name: "starter.yaml".to_owned(), text: STARTER.to_owned() };
        let rules = Arc::new(RuleSet::load(&[file]).unwrap());
        let topics = vec!["hr".to_owned()];
        let run = Rehearsal::new(TenantName::new("acme"), topics, rules, Timing::default());
        Self { run, hour: 0 }
    }

    /// An hour later HR says it of an employment: its id, and its type.
    fn says(&mut self, kind: &str, employment: (&str, &str), names: &[(AliasKind, &str)]) {
        self.says_from(kind, employment, names, None);
    }

    fn says_from(
        &mut self,
        kind: &str,
        (id, of): (&str, &str),
        names: &[(AliasKind, &str)],
        from: Option<i64>,
    ) {
        self.hour += 1;
        let event = Event {
            source: "hr".to_owned(),
            id: format!("e-{}", self.hour),
            kind: EventKind::parse(kind).unwrap(),
            time: at(self.hour),
            is_timed: true,
            sequence: None,
            aliases: Vec::new(),
            employment_id: Some(id.to_owned()),
            detection_id: None,
            effective_at: from.map(at),
            calendar: Calendar::default(),
            correlation_id: None,
            trace: None,
            data: json!({"employment": {"id": id, "type": of}}),
            remarks: Vec::new(),
        };
        let raw = RawRecord {
            topic: "hr".to_owned(),
            partition: 0,
            offset: self.hour,
            timestamp: at(self.hour),
            key: None,
            value: None,
            headers: Vec::new(),
        };
        let items = vec![Item::Event(Box::new(named(event, names)))];
        self.run.take(Record { raw: Arc::new(raw), items });
    }

    /// What the one person should have so many hours from the start.
    fn wish(&self, hour: i64) -> Wish {
        let people: Vec<_> = self.run.people().collect();
        assert_eq!(people.len(), 1, "{people:#?}");
        let (main, before) = (TargetName::new("main"), Baseline::default());
        wish::asked(people[0], &main, &BTreeSet::new(), &before, at(hour)).wish
    }
}

fn group(wish: &Wish, name: &str) -> Option<Membership> {
    wish.groups.get(&GroupName::new(name)).copied()
}

const CONTRACT: (&str, &str) = ("E-1", "contractor");
const EMPLOYMENT: (&str, &str) = ("E-2", "employee");

#[test]
fn whose_contract_has_ended_leaves_the_contractors_though_the_conversion_is_linked_later() {
    let mut told = Told::new();
    told.says("worker.hired", CONTRACT, &[(NUMBER, "C-17"), (NAME, "kim")]);
    told.says("worker.hired", EMPLOYMENT, &[(NUMBER, "1"), (NAME, "kim")]);
    told.says("worker.terminated", CONTRACT, &[(NUMBER, "C-17")]);
    told.says("worker.updated", EMPLOYMENT, &[(NUMBER, "1"), (NUMBER, "C-17")]);
    let wish = told.wish(9);
    assert_eq!(group(&wish, "Contractors"), None, "{wish:?}");
    assert_eq!(group(&wish, "VPN_Allowed"), Some(Membership::Member));
    assert_eq!((wish.active, wish.account), (None, Some(Presence::Present)));
}

#[test]
fn whose_contract_ends_leaves_the_contractors_on_that_day_and_not_before() {
    let mut told = Told::new();
    let kim = [(NUMBER, "1"), (NAME, "kim")];
    told.says("worker.hired", CONTRACT, &kim);
    told.says("worker.hired", EMPLOYMENT, &kim);
    told.says_from("worker.terminated", CONTRACT, &kim, Some(20));
    assert_eq!(group(&told.wish(19), "Contractors"), Some(Membership::Member));
    assert_eq!(group(&told.wish(20), "Contractors"), None);
    assert_eq!(group(&told.wish(20), "VPN_Allowed"), Some(Membership::Member));
}

/// The rules give nothing anew to who is converted; what the hire gave stays.
#[test]
fn who_was_converted_keeps_what_the_first_employment_gave_when_that_ends() {
    let mut told = Told::new();
    let kim = [(NUMBER, "1"), (NAME, "kim")];
    told.says("worker.hired", CONTRACT, &kim);
    told.says("worker.converted", EMPLOYMENT, &kim);
    told.says("worker.terminated", CONTRACT, &kim);
    let wish = told.wish(9);
    assert_eq!(group(&wish, "Contractors"), None);
    assert_eq!(group(&wish, "VPN_Allowed"), Some(Membership::Member));
    assert_eq!((wish.active, wish.account), (None, Some(Presence::Present)));
}

#[test]
fn leave_from_an_employment_that_has_ended_keeps_nobody_out() {
    let mut told = Told::new();
    let kim = [(NUMBER, "1"), (NAME, "kim")];
    told.says("worker.hired", CONTRACT, &kim);
    told.says("worker.leave.started", CONTRACT, &kim);
    told.says("worker.hired", EMPLOYMENT, &kim);
    assert_eq!(told.wish(4).active, Some(false));
    told.says("worker.terminated", CONTRACT, &kim);
    assert_eq!(told.wish(9).active, None);
}

#[test]
fn revoked_access_is_not_set_aside_by_another_employment() {
    let mut told = Told::new();
    let kim = [(NUMBER, "1"), (NAME, "kim")];
    told.says("worker.hired", CONTRACT, &kim);
    told.says("worker.hired", EMPLOYMENT, &kim);
    told.says("worker.access.revoked", CONTRACT, &kim);
    let wish = told.wish(4);
    assert_eq!(wish.active, Some(false));
    assert_eq!(group(&wish, "VPN_Allowed"), Some(Membership::Outside));
}

/// HR revokes at once, and then says the last day.
#[test]
fn revoked_access_is_not_given_back_until_the_day_of_the_termination() {
    let mut told = Told::new();
    let kim = [(NUMBER, "1"), (NAME, "kim")];
    told.says("worker.hired", EMPLOYMENT, &kim);
    told.says("worker.access.revoked", EMPLOYMENT, &kim);
    told.says_from("worker.terminated", EMPLOYMENT, &kim, Some(100));
    for hour in [4, 50, 99, 100, 200] {
        assert_eq!(told.wish(hour).active, Some(false), "hour {hour}");
    }
    told.says("worker.termination.cancelled", EMPLOYMENT, &kim);
    assert_eq!(told.wish(200).active, None, "cancelled, it gives back all");
}

/// The employment's claims are taken as they are, also after the revoked one was cancelled.
#[test]
fn revocation_that_is_cancelled_or_followed_by_a_rehire_lets_in_again() {
    for back in ["worker.termination.cancelled", "worker.rehired"] {
        let mut told = Told::new();
        let kim = [(NUMBER, "1"), (NAME, "kim")];
        told.says("worker.hired", CONTRACT, &kim);
        told.says("worker.hired", EMPLOYMENT, &kim);
        told.says("worker.access.revoked", CONTRACT, &kim);
        told.says(back, CONTRACT, &kim);
        assert_eq!(told.wish(9).active, None, "{back}");
    }
}

#[test]
fn what_an_ended_employment_asked_for_does_not_count_again_when_its_end_is_old() {
    let mut told = Told::new();
    let kim = [(NUMBER, "1"), (NAME, "kim")];
    told.says("worker.hired", CONTRACT, &kim);
    told.says("worker.leave.started", CONTRACT, &kim);
    told.says("worker.hired", EMPLOYMENT, &kim);
    told.says("worker.terminated", CONTRACT, &kim);
    // Beyond the replay horizon.
    told.hour += 24 * 40;
    told.says("worker.updated", EMPLOYMENT, &kim);
    let wish = told.wish(told.hour + 1);
    assert_eq!(wish.active, None, "the leave was from an employment that has ended");
    assert_eq!(group(&wish, "Contractors"), None);
    assert_eq!(group(&wish, "VPN_Allowed"), Some(Membership::Member));
}

/// HR says it of an employment of Kim's; then what is remarked.
fn remarked(bench: &mut Bench, kind: &str, id: &str, from: Option<Timestamp>) -> Vec<String> {
    bench.wait(SignedDuration::from_mins(1));
    let data = json!({"worker": {"user_name": "kim"}});
    let event = named(bench.event_about("kim", kind, data), &[(NUMBER, "1"), (NAME, "kim")]);
    bench.tell(Event { employment_id: Some(id.to_owned()), effective_at: from, ..event });
    bench.commit_all();
    remarks(bench)
}

#[test]
fn id_of_an_employment_is_compared_without_capitals_and_blanks() {
    let kim = [(NUMBER, "1"), (NAME, "kim")];
    for id in ["e-2", "E-2 ", "\u{a0}E-2", "Ｅ-2"] {
        let mut told = Told::new();
        told.says("worker.hired", EMPLOYMENT, &kim);
        told.says("worker.terminated", (id, "employee"), &kim);
        assert_eq!(told.wish(9).active, Some(false), "{id}");
        told.says("worker.termination.cancelled", EMPLOYMENT, &kim);
        assert_eq!(told.wish(9).active, None, "{id}");
        let mut bench = Bench::ready(&[]);
        remarked(&mut bench, "worker.hired", "E-2", None);
        assert!(remarked(&mut bench, "worker.terminated", id, None).is_empty(), "{id}");
    }
}

#[test]
fn end_of_an_employment_that_never_began_is_told_as_what_it_is() {
    let mut bench = Bench::ready(&[]);
    let never_began = ["employment.never_began"];
    remarked(&mut bench, "worker.hired", "E-2", None);
    assert_eq!(remarked(&mut bench, "worker.terminated", "E-3", None), never_began);
    assert_eq!(last_decision(&bench).0, "asserted", "it is not set aside");
    let friday = Some(bench.now + SignedDuration::from_hours(100));
    assert_eq!(remarked(&mut bench, "worker.terminated", "E-4", friday), never_began);
    // Both are real, and one of them ends.
    remarked(&mut bench, "worker.hired", "E-3", None);
    assert_eq!(remarked(&mut bench, "worker.terminated", "e-3", None), ["employment.goes_on"]);
}

#[test]
fn end_that_takes_what_it_should_is_remarked_by_nothing() {
    let mut bench = Bench::ready(&[]);
    assert!(remarked(&mut bench, "worker.terminated", "E-2", None).is_empty(), "none goes on");
    let mut bench = Bench::ready(&[]);
    remarked(&mut bench, "worker.hired", "E-2", None);
    let friday = bench.now + SignedDuration::from_hours(100);
    assert!(remarked(&mut bench, "worker.terminated", "E-2", Some(friday)).is_empty());
    let later = Some(friday + SignedDuration::from_hours(1));
    assert!(
        remarked(&mut bench, "worker.terminated", "E-3", later).is_empty(),
        "none goes on then"
    );
}
