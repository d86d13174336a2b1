//! The stage by itself: what is told to it, and what it shows.

use super::{STARTER, rules};
use crate::decode::{Item, decode};
use crate::engine::brakes::limits::Limits;
use crate::engine::brakes::protect::Protected;
use crate::engine::settings::{Mode, Quota, TargetSettings, TenantSettings};
use crate::engine::state::Stage as Standing;
use crate::model::event::Event;
use crate::model::operation::Operation;
use crate::model::{
    AttributeName, AuditEntry, CustomLimits, GroupName, RawRecord, ScimId, TargetName, TenantName,
    Value,
};
use crate::story::Manner;
use crate::trial::{Newcomer, Stage, StageSettings};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

fn main_target() -> TargetName {
    TargetName::new("main")
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn settings() -> StageSettings {
    let target = TargetSettings {
        name: main_target(),
        mode: Mode::Enforce,
        restricting_groups: [GroupName::new("Quarantine_HighRisk")].into(),
        lookup: vec![AttributeName::USER_NAME],
        custom_attributes: Some(CustomLimits::default()),
        concurrency: 4,
        quota: Quota::per_second(20.0),
        members_per_call: 100,
        create_groups: false,
        formerly: Vec::new(),
        limits: Limits::default(),
        protected: Protected::default(),
        inventory_every: None,
        reads: crate::inventory::Wanted::default(),
        imported_policies: None,
    };
    let tenant = TenantSettings {
        name: TenantName::new("acme"),
        rules: rules(STARTER),
        topics: vec!["hr".to_owned()],
        targets: vec![target],
    };
    StageSettings::new(tenant, at("2026-09-01T08:00:00Z"))
}

fn event(id: &str, kind: &str, time: Timestamp, effective_at: Option<Timestamp>) -> Event {
    event_of("kim@example.com", id, kind, (time, effective_at))
}

/// As a source would have sent it, decoded.
fn event_of(
    name: &str,
    id: &str,
    kind: &str,
    (time, effective_at): (Timestamp, Option<Timestamp>),
) -> Event {
    let cloud_event = json!({
        "specversion": "1.0",
        "id": id,
        "source": "src",
        "type": format!("io.usher.{kind}.v1"),
        "time": time,
        "data": {
            "worker": { "user_name": name },
            "risk": { "level": "high" },
            "effective_at": effective_at,
        },
    });
    let raw = RawRecord {
        topic: "hr".to_owned(),
        partition: 0,
        offset: 0,
        timestamp: time,
        key: None,
        value: Some(cloud_event.to_string().into_bytes()),
        headers: Vec::new(),
    };
    let source = json!({ "topic": "hr", "format": "cloudevents", "types": ["*"] });
    match decode(&raw, &serde_json::from_value(source).unwrap()).remove(0) {
        Item::Event(event) => *event,
        other => panic!("no event: {other:?}"),
    }
}

fn in_the_vpn(name: &str) -> Newcomer {
    let attributes = [(AttributeName::USER_NAME, Value::Text(name.to_owned()))].into();
    Newcomer { active: true, attributes, groups: [GroupName::new("VPN_Allowed")].into() }
}

/// Kim works here, and usher does not know it yet.
fn with_kim() -> (Stage, ScimId) {
    let mut settings = settings();
    let provider = settings.providers.get_mut(&main_target()).unwrap();
    let kim = provider.make(in_the_vpn("Kim@example.com")).unwrap();
    (Stage::new(settings).unwrap(), kim)
}

fn active(stage: &mut Stage, kim: &ScimId) -> bool {
    stage.provider(&main_target()).unwrap().account(kim).unwrap().active.unwrap()
}

fn is_in(stage: &mut Stage, kim: &ScimId, group: &str) -> bool {
    let provider = stage.provider(&main_target()).unwrap();
    provider.groups_of(kim).contains(&GroupName::new(group))
}

#[test]
fn timer_fires_at_its_instant_and_not_before() {
    let (mut stage, kim) = with_kim();
    let (told, due) = (at("2026-09-01T09:00:00Z"), at("2026-09-03T15:00:00Z"));
    stage.tell(told, event("e1", "worker.terminated", told, Some(due)));
    stage.advance(due - SignedDuration::from_nanos(1));
    assert!(active(&mut stage, &kim));
    assert_eq!(stage.take_calls(), []);
    stage.advance(due);
    assert!(!active(&mut stage, &kim) && !is_in(&mut stage, &kim, "VPN_Allowed"));
    let person = stage.people().next().unwrap().id.clone();
    let calls = stage.take_calls();
    assert_eq!(calls.len(), 2);
    assert!(calls.iter().all(|made| made.at == due && made.person.as_ref() == Some(&person)));
}

#[test]
fn restart_keeps_what_is_committed() {
    let (mut stage, kim) = with_kim();
    let (told, due) = (at("2026-09-01T09:00:00Z"), at("2026-09-03T15:00:00Z"));
    stage.tell(told, event("e1", "worker.terminated", told, Some(due)));
    stage.restart().unwrap();
    stage.advance(due);
    assert!(!active(&mut stage, &kim));
}

#[test]
fn quarantine_ends_by_its_time_and_gives_back_what_was() {
    let (mut stage, kim) = with_kim();
    let told = at("2026-09-01T09:00:00Z");
    stage.tell(told, event("e1", "risk.raised", told, None));
    assert!(is_in(&mut stage, &kim, "Quarantine_HighRisk"));
    stage.advance(told + SignedDuration::from_hours(24));
    assert!(is_in(&mut stage, &kim, "VPN_Allowed"));
    assert!(!is_in(&mut stage, &kim, "Quarantine_HighRisk"));
}

#[test]
fn slow_provider_lands_a_cut_after_it_was_given_up() {
    let (mut stage, kim) = with_kim();
    let told = at("2026-09-01T09:00:00Z");
    stage.advance(told);
    stage.tell(told, event("e1", "risk.raised", told, None));
    stage.provider(&main_target()).unwrap().manner = Manner::Slow(SignedDuration::from_secs(30));
    let later = told + SignedDuration::from_secs(60);
    stage.tell(later, event("e2", "worker.terminated", later, None));
    stage.advance(later + SignedDuration::from_secs(29));
    assert!(active(&mut stage, &kim));
    stage.provider(&main_target()).unwrap().manner = Manner::Willing;
    stage.advance(later + SignedDuration::from_secs(31));
    assert!(!active(&mut stage, &kim));
    stage.advance(later + SignedDuration::from_mins(30));
    let person = stage.people().next().unwrap();
    assert!(matches!(stage.seat(person, &main_target()).unwrap().stage, Standing::AtRest { .. }));
}

#[test]
fn failing_provider_is_asked_until_it_works() {
    let (mut stage, kim) = with_kim();
    let told = at("2026-09-01T09:00:00Z");
    stage.provider(&main_target()).unwrap().manner = Manner::Failing;
    stage.tell(told, event("e1", "worker.terminated", told, None));
    stage.advance(told + SignedDuration::from_mins(10));
    assert!(active(&mut stage, &kim));
    stage.provider(&main_target()).unwrap().manner = Manner::Willing;
    stage.advance(told + SignedDuration::from_mins(15));
    assert!(!active(&mut stage, &kim));
}

#[test]
fn hidden_account_is_found_when_it_is_looked_up_again() {
    let (mut stage, kim) = with_kim();
    let told = at("2026-09-01T09:00:00Z");
    stage.provider(&main_target()).unwrap().hide(&kim);
    stage.tell(told, event("e1", "worker.terminated", told, None));
    stage.provider(&main_target()).unwrap().show(&kim);
    let notes = stage.take_audit();
    assert!(notes.iter().any(|entry| matches!(entry, AuditEntry::Note(_))));
    stage.advance(told + SignedDuration::from_mins(6));
    assert!(!active(&mut stage, &kim));
}

#[test]
fn new_rules_count_for_what_comes_after_them() {
    let (mut stage, kim) = with_kim();
    let only_cut = "rules: [{ name: out, on: [worker.terminated], assert: { claim: out, \
                    precedence: leaver, want: { groups: { remove: [Parking] } } } }]";
    stage.replace_rules(rules(only_cut)).unwrap();
    let told = at("2026-09-01T09:00:00Z");
    stage.provider(&main_target()).unwrap().set_member(&GroupName::new("Parking"), &kim, true);
    stage.restart().unwrap();
    stage.tell(told, event("e1", "worker.terminated", told, None));
    assert!(active(&mut stage, &kim));
    let calls = stage.take_calls();
    assert!(
        matches!(&calls[..], [made] if matches!(made.operation, Operation::RemoveMember { .. }))
    );
}

#[test]
fn thousands_of_events_of_many_people_come_to_rest() {
    let mut stage = Stage::new(settings()).unwrap();
    let mut time = at("2026-09-01T09:00:00Z");
    for person in 0..500 {
        for (index, kind) in ["worker.hired", "risk.raised"].into_iter().enumerate() {
            let name = format!("p{person}@example.com");
            let event = event_of(&name, &format!("e{person}-{index}"), kind, (time, None));
            stage.tell(time, event);
            time += SignedDuration::from_millis(10);
        }
    }
    stage.advance(time + SignedDuration::from_hours(48));
    assert_eq!(stage.people().count(), 500);
    let at_rest = |standing: &Standing| matches!(standing, Standing::AtRest { .. });
    assert!(
        stage.people().all(|person| at_rest(&stage.seat(person, &main_target()).unwrap().stage))
    );
}

/// As RFC 7643 §4.1.1 and RFC 7644 §3.6 have it.
#[test]
fn names_are_unique_and_whoever_is_deleted_is_in_no_group() {
    let (mut stage, kim) = with_kim();
    let provider = stage.provider(&main_target()).unwrap();
    assert_eq!(provider.make(in_the_vpn("KIM@example.com")), None);
    assert_eq!(provider.make(Newcomer::default()), None, "without a user name there is no user");
    provider.remove(&kim);
    assert_eq!(provider.groups_of(&kim), [].into());
    assert!(provider.make(in_the_vpn("KIM@example.com")).is_some());
}
