//! Answers about people who are made by hand, as pages and documents.

use super::time::Zone;
use super::{Scope, Which, page};
use crate::audit::line::LineKind;
use crate::cli::File;
use crate::decode::Item;
use crate::engine::record::Kept;
use crate::engine::rehearse::Rehearsal;
use crate::engine::said::claims::Instance;
use crate::engine::state::{Before, Binding, Person, Seat, Stage};
use crate::engine::{Record, settings::Timing};
use crate::model::call_record::{Action, CallOutcome};
use crate::model::code::Code;
use crate::model::decision::{Cause, NoteWord};
use crate::model::event::{Event, EventClass};
use crate::model::event_kind::EventKind;
use crate::model::ids::{GroupName, PersonId, RuleName, ScimId, TargetName, TenantName};
use crate::model::position::{EventPosition, Position};
use crate::model::{Alias, AliasKind, By, Facet, Membership, RawRecord, Wanted};
use crate::view::history::{self, Because, Call, DecidedBy, Event as Behind, History, Line, Why};
use crate::view::matter::Matter;
use crate::view::people::goes_by;
use crate::view::person;
use jiff::Timestamp;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

mod asking;
mod audit;
mod held;
mod rows;
mod status;

const RULES: &str = "
profile: { on: [worker.hired], attributes: { title: profile.title } }
rules:
  - name: hired
    on: [worker.hired]
    assert: { claim: employed, precedence: profile, want: { account: present, groups: { add: [VPN] } } }
  - name: leaver
    on: [worker.terminated]
    assert:
      claim: terminated
      precedence: leaver
      want: { active: false, groups: { remove: [VPN] } }
      then: [{ after: 30d, want: { account: absent } }]
  - name: rescinded
    on: [worker.termination.cancelled]
    withdraw: terminated
  - name: risk
    on: [risk.raised]
    assert: { claim: quarantine, precedence: security, for: 24h, want: { groups: { add: [Quarantine], remove: [VPN] } } }
  - name: hire-cancelled
    on: [worker.hire.cancelled]
    assert: { claim: not-coming, precedence: leaver, want: { active: false } }
  - name: comes-after-all
    on: [risk.cleared]
    withdraw: not-coming
  - name: leave
    on: [worker.leave.started]
    assert: { claim: leave, precedence: leave, want: { active: false } }
";

/// A configuration with these tenants in a directory of its own.
fn configuration(name: &str, tenants: &[&str], rules: &str) -> PathBuf {
    // Tests run side by side in one process.
    static WRITTEN: AtomicU32 = AtomicU32::new(0);
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let directory = std::env::temp_dir()
        .join(format!("usher-questions-{name}-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("rules.yaml"), rules).unwrap();
    let tenant = |name: &&str| {
        format!(
            "
  - name: {name}
    rules: [rules.yaml]
    sources: [{{ topic: {name}.hr, format: cloudevents, types: ['*'] }}]
    targets: [{{ name: main, url: 'https://example.com/v2', token_file: absent, mode: observe,
                restricting_groups: [Quarantine] }}]"
        )
    };
    let tenants: Vec<_> = tenants.iter().map(tenant).collect();
    // Nobody listens there.
    let text = format!("kafka: {{ brokers: '127.0.0.1:1' }}\ntenants:{}", tenants.concat());
    std::fs::write(directory.join("usher.yaml"), text).unwrap();
    directory.join("usher.yaml")
}

fn scope(name: &str, rules: &str) -> Scope {
    let path = configuration(name, &["acme"], rules);
    Which { file: File { path: Some(path) }, tenant: None }.scope().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// What HR and security say of Kim: kind, when, and from when on.
fn told(scope: &Scope, events: &[(&str, &str, Option<&str>)]) -> Kept {
    let topics = vec!["acme.hr".to_owned()];
    let rules = Arc::clone(&scope.view.rules);
    let mut run = Rehearsal::new(scope.view.tenant.clone(), topics, rules, Timing::default());
    for (offset, (kind, time, effective)) in (0_i64..).zip(events) {
        let kind = EventKind::parse(kind).unwrap();
        let is_hr = kind.class() == EventClass::Hr;
        let event = Event {
            source: if is_hr { "https://hr.example.com" } else { "https://xdr.example.com" }
                .to_owned(),
            id: format!("event-{offset}"),
            kind,
            time: at(time),
            is_timed: true,
            sequence: None,
            aliases: [(AliasKind::UserName, "Kim@example.com"), (AliasKind::EmployeeNumber, "E-7")]
                .map(|(kind, name)| Alias::parse(kind, name).unwrap())
                .to_vec(),
            employment_id: is_hr.then(|| "E-7/1".to_owned()),
            detection_id: (!is_hr).then(|| "4711".to_owned()),
            effective_at: effective.map(at),
            calendar: crate::model::event::Calendar::default(),
            correlation_id: None,
            trace: None,
            data: serde_json::json!({ "profile": { "title": "Engineer" } }),
            remarks: Vec::new(),
        };
        let raw = RawRecord {
            topic: "acme.hr".to_owned(),
            partition: 0,
            offset,
            timestamp: event.time,
            key: None,
            value: None,
            headers: Vec::new(),
        };
        run.take(Record { raw: Arc::new(raw), items: vec![Item::Event(Box::new(event))] });
    }
    let person = run.people().next().expect("Kim is known").clone();
    Kept { person, seats: std::collections::BTreeMap::new() }
}

/// Hired, to leave on Friday, quarantined; a leave was announced and over before.
fn kim(scope: &Scope) -> Kept {
    let mut kim = told(
        scope,
        &[
            ("worker.hired", "2026-09-01T08:00:00Z", None),
            ("worker.terminated", "2026-09-30T09:00:00Z", Some("2026-10-02T15:00:00Z")),
            ("risk.raised", "2026-10-01T07:30:00Z", None),
        ],
    );
    let mut seat = Seat::new(at("2026-10-01T07:30:01Z"));
    seat.revision = 2;
    seat.stage = Stage::Held;
    seat.binding = Binding::Bound(ScimId::new("u-17"));
    let before = Before::Was(Wanted::Group(Membership::Outside));
    seat.baseline.before.insert(Facet::Group(GroupName::new("VPN")), before);
    seat.notes.push((NoteWord::Held, Code::BaselineUnknown.into()));
    seat.cause = Some(Cause {
        position: EventPosition {
            record: Position {
                topic: "acme.hr".to_owned(),
                generation: 0,
                partition: 0,
                offset: 2,
            },
            index: 0,
        },
        source: "https://xdr.example.com".to_owned(),
        event_id: "event-2".to_owned(),
        kind: "risk.raised".to_owned(),
        correlation_id: None,
        trace: None,
    });
    kim.seats.insert(TargetName::new("main"), seat);
    kim.person.merged.insert(PersonId::new("p-earlier"));
    kim.seats.insert(TargetName::new("old"), Seat::new(at("2026-09-01T08:00:00Z")));
    kim
}

/// The quarantine decides two fields, and nobody a third any more.
fn because(event: &Behind) -> Vec<Because> {
    let quarantine = Because {
        fields: vec!["active".to_owned(), "group VPN".to_owned()],
        by: DecidedBy::Claim {
            claim: "quarantine".to_owned(),
            rule: RuleName::new("risk"),
            event: Some(event.clone()),
        },
    };
    let nobody = Because { fields: vec!["group Staff".to_owned()], by: DecidedBy::WayBack };
    vec![quarantine, nobody]
}

fn history() -> History {
    let event = Behind {
        kind: Some("risk.raised".to_owned()),
        source: "https://xdr.example.com".to_owned(),
        id: "event-2".to_owned(),
        time: None,
    };
    let decision = Line {
        at: at("2026-10-01T07:30:01Z"),
        kind: LineKind::Decision,
        outcome: "asserted".to_owned(),
        target: None,
        revision: None,
        event: Some(event.clone()),
        why: None,
        remarks: vec![Why {
            code: Code::IdentityMerged.into(),
            text: "the event links people who were known apart".to_owned(),
        }],
        effects: vec![history::Effect {
            rule: "risk".to_owned(),
            claim: "quarantine".to_owned(),
            decision: "asserted".to_owned(),
        }],
        calls: Vec::new(),
        verified: None,
        because: Vec::new(),
    };
    let held = Line {
        kind: LineKind::Note,
        outcome: "held".to_owned(),
        target: Some(TargetName::new("main")),
        revision: Some(2),
        why: Some(Why {
            code: Code::BaselineUnknown.into(),
            text: "nobody knows what group VPN was before".to_owned(),
        }),
        effects: Vec::new(),
        ..decision.clone()
    };
    let applied = Line {
        kind: LineKind::Result,
        outcome: "applied".to_owned(),
        revision: Some(1),
        why: None,
        calls: vec![Call {
            action: Action::AddMember,
            account: Some(ScimId::new("u-17")),
            touched: vec!["VPN".to_owned()],
            cleared: Vec::new(),
            status: Some(204),
            outcome: CallOutcome::Done,
        }],
        verified: Some(true),
        because: because(&event),
        ..held.clone()
    };
    let source = event.source.clone();
    History {
        kinds: [((source, event.id.clone()), "risk.raised".to_owned())].into(),
        lines: [applied, decision, held].into(),
        earlier: 3,
        cut_off: true,
    }
}

fn document(scope: &Scope, kept: &Kept, now: &str, is_now: bool) -> person::Person {
    Matter { scope: &scope.view, kept, at: at(now), is_now, history: history() }.judge()
}

#[test]
fn somebody_is_found_by_every_name_and_id_that_was_ever_theirs() {
    let mut kim = Person::new(PersonId::new("p-1"), TenantName::new("acme"));
    kim.merged.insert(PersonId::new("p-2"));
    kim.aliases.extend(Alias::parse(AliasKind::UserName, "Kim@example.com"));
    for name in ["p-1", "p-2", "kim@EXAMPLE.com"] {
        assert!(goes_by(&kim, name), "{name}");
    }
    for name in ["p-3", "P-1", "kim"] {
        assert!(!goes_by(&kim, name), "{name}");
    }
}

/// Ids and hashes that follow from other values stand as they are: they do not change from run to run.
#[test]
fn explanation_is_a_page_that_an_operator_can_read() {
    let scope = scope("page", RULES);
    let kim = kim(&scope);
    let berlin = Zone::named(Some("Europe/Berlin")).unwrap();
    let told = document(&scope, &kim, "2026-10-01T08:00:00Z", true);
    insta::assert_snapshot!(page::page(&told, &berlin));
}

#[test]
fn explanation_is_one_json_document() {
    let scope = scope("json", RULES);
    let kim = kim(&scope);
    let told = document(&scope, &kim, "2026-10-01T08:00:00Z", true);
    insta::assert_snapshot!(format!("{:#}", serde_json::json!(told)));
}

#[test]
fn end_of_one_employment_is_told_as_set_aside_while_another_goes_on() {
    let scope = scope("employments", RULES);
    let said = [
        ("worker.hired", "2026-09-01T08:00:00Z", None),
        ("worker.terminated", "2026-09-02T08:00:00Z", None),
    ];
    let mut kim = told(&scope, &said);
    let begun = kim.person.employments.iter().find(|one| one.name == "begun").unwrap();
    let other = By::Employment("E-8".to_owned());
    kim.person.employments.push(Instance { by: other, ..begun.clone() });
    let utc = Zone::named(None).unwrap();
    let page = page::page(&document(&scope, &kim, "2026-10-01T08:00:00Z", true), &utc);
    for line in [
        "  goes on          employment E-8",
        "set aside: another employment goes on",
        "set aside, for another employment goes on",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
}

#[test]
fn explanation_at_another_time_says_what_it_knows_and_that_rules_have_changed() {
    let before = scope("before", RULES);
    let mut kim = told(
        &before,
        &[
            ("worker.hired", "2026-09-01T08:00:00Z", None),
            ("worker.leave.started", "2026-09-02T08:00:00Z", None),
            ("risk.cleared", "2026-09-02T09:00:00Z", None),
            ("worker.terminated", "2026-09-03T08:00:00Z", Some("2026-11-01T08:00:00Z")),
            ("worker.termination.cancelled", "2026-09-04T08:00:00Z", None),
            ("risk.raised", "2026-09-05T08:00:00Z", None),
        ],
    );
    kim.seats.clear();
    let today = RULES.replace("remove: [VPN] } } }", "remove: [VPN, Lab] } } }");
    let today = today.split("  - name: leave\n").next().unwrap();
    let scope = scope("today", today);
    let utc = Zone::named(None).unwrap();
    let told = document(&scope, &kim, "2026-09-20T08:00:00Z", false);
    insta::assert_snapshot!(page::page(&told, &utc));
}

#[test]
fn lines_that_are_not_shown_are_not_nothing() {
    let scope = scope("lines", RULES);
    let kim = kim(&scope);
    let mut told = document(&scope, &kim, "2026-10-01T08:00:00Z", true);
    told.audit.lines.clear();
    let page = page::page(&told, &Zone::named(None).unwrap());
    assert!(page.ends_with("3 earlier lines are not shown; --lines shows more\n"), "{page}");
}
