use super::history::{Call, Event as Behind, History, Line, Why};
use super::matter::Matter;
use super::time::Zone;
use super::{Scope, Which, difference, page};
use crate::cli::{Cli, File};
use crate::decode::Item;
use crate::engine::claims::Instance;
use crate::engine::rehearse::Rehearsal;
use crate::engine::state::{Before, Binding, Person, Seat, Stage};
use crate::engine::{Record, settings::Timing};
use crate::model::decision::{Cause, NoteWord};
use crate::model::event::{Event, EventClass};
use crate::model::ids::{GroupName, ScimId, TargetName};
use crate::model::position::{EventPosition, Position};
use crate::model::{Alias, AliasKind, By, Membership, RawRecord};
use clap::Parser;
use jiff::Timestamp;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

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
    Which { file: File { path }, tenant: None }.scope().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// What HR and security say of Kim: kind, when, and from when on.
fn told(scope: &Scope, events: &[(&str, &str, Option<&str>)]) -> Person {
    let topics = vec!["acme.hr".to_owned()];
    let rules = Arc::clone(&scope.rules);
    let mut run = Rehearsal::new(scope.name.clone(), topics, rules, Timing::default());
    for (offset, (kind, time, effective)) in (0_i64..).zip(events) {
        let class = EventClass::of(kind).unwrap();
        let is_hr = class == EventClass::Hr;
        let event = Event {
            source: if is_hr { "https://hr.example.com" } else { "https://xdr.example.com" }
                .to_owned(),
            id: format!("event-{offset}"),
            kind: (*kind).to_owned(),
            class,
            time: at(time),
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
    run.people().next().expect("Kim is known").clone()
}

/// Hired, to leave on Friday, quarantined; a leave was announced and over before.
fn kim(scope: &Scope) -> Person {
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
    seat.baseline.groups.insert(GroupName::new("VPN"), Before::Was(Membership::Outside));
    seat.notes.push((NoteWord::Held, "baseline.unknown".to_owned()));
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
    kim.seats.insert(TargetName::new("old"), Seat::new(at("2026-09-01T08:00:00Z")));
    kim
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
        kind: "decision".to_owned(),
        outcome: "asserted".to_owned(),
        target: None,
        revision: None,
        event: Some(event.clone()),
        why: None,
        remarks: vec![Why {
            code: "identity.merged".to_owned(),
            text: "the event links people who were known apart".to_owned(),
        }],
        effects: vec![super::history::Effect {
            rule: "risk".to_owned(),
            claim: "quarantine".to_owned(),
            decision: "asserted".to_owned(),
        }],
        calls: Vec::new(),
        verified: None,
    };
    let held = Line {
        kind: "note".to_owned(),
        outcome: "held".to_owned(),
        target: Some("main".to_owned()),
        revision: Some(2),
        why: Some(Why {
            code: "baseline.unknown".to_owned(),
            text: "nobody knows what group VPN was before".to_owned(),
        }),
        effects: Vec::new(),
        ..decision.clone()
    };
    let applied = Line {
        kind: "result".to_owned(),
        outcome: "applied".to_owned(),
        revision: Some(1),
        why: None,
        calls: vec![Call {
            action: "add_member".to_owned(),
            touched: vec!["VPN".to_owned()],
            status: Some(204),
            outcome: "done".to_owned(),
        }],
        verified: Some(true),
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

fn document(scope: &Scope, person: &Person, now: &str, is_now: bool) -> super::document::Document {
    Matter { scope, person, at: at(now), is_now, history: history() }.document()
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
    let begun = kim.employments.iter().find(|one| one.name == "begun").unwrap();
    let other = By::Employment("E-8".to_owned());
    kim.employments.push(Instance { by: other, ..begun.clone() });
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

fn rows() -> (Vec<difference::Row>, Timestamp) {
    use crate::engine::compare::{Ground, compare};
    let scope = scope("rows", RULES);
    let now = at("2026-10-01T08:00:00Z");
    let before = kim(&scope);
    let events = [("worker.hired", "2026-09-01T08:00:00Z", None)];
    let after = told(&scope, &events);
    let target = &scope.targets[0];
    let ground = Ground {
        target: &target.name,
        restricting: &target.restricting,
        baseline: &before.seats[&target.name].baseline,
        now,
    };
    let whose = difference::Whose { person: &before, target: "main" };
    let rows = compare(&before, &after, ground);
    (rows.into_iter().map(|row| difference::Row::of(&whose, row)).collect(), now)
}

#[test]
fn differences_are_a_table_csv_or_json() {
    let (rows, now) = rows();
    insta::assert_snapshot!("table", difference::table(&rows, now, &Zone::named(None).unwrap()));
    insta::assert_snapshot!("csv", difference::csv(&rows).unwrap());
    insta::assert_snapshot!("json", format!("{:#}", serde_json::json!(rows)));
}

#[test]
fn csv_quotes_what_would_break_it() {
    let (mut rows, _) = rows();
    rows.truncate(1);
    rows[0].known_as = "kim, \"the\"\nboss".to_owned();
    let csv = difference::csv(&rows).unwrap();
    assert!(csv.contains("\"kim, \"\"the\"\"\nboss\","), "{csv}");
}

/// Whoever opens the file in a spreadsheet must not run what a sensor or HR put into a name.
#[test]
fn csv_has_no_cell_that_a_spreadsheet_would_run() {
    let (mut rows, _) = rows();
    rows.truncate(1);
    for lead in ["=", "+", "-", "@", "\t", "\r"] {
        let name = format!("{lead}HYPERLINK(1)");
        rows[0].known_as.clone_from(&name);
        rows[0].today.instance = Some(name.clone());
        rows[0].today.wanted = Some(name.clone());
        let csv = difference::csv(&rows).unwrap();
        let mut read = csv::Reader::from_reader(csv.as_bytes());
        let record = read.records().next().unwrap().unwrap();
        let tamed = record.iter().filter(|cell| *cell == format!("'{name}")).count();
        assert_eq!(tamed, 3, "{csv}");
    }
}

/// A name from an event could otherwise move the cursor, hide a line or forge one.
#[test]
fn terminal_is_told_nothing_but_text() {
    let (mut rows, now) = rows();
    rows.truncate(1);
    rows[0].known_as = "kim\u{1b}[2K\r\nboss\u{202e}".to_owned();
    let utc = Zone::named(None).unwrap();
    let table = difference::table(&rows, now, &utc);
    assert_eq!(table.lines().count(), 2, "{table}");
    assert!(table.contains("kim\\u{1b}[2K\\r\\nboss\\u{202e}  "), "{table}");

    let scope = scope("terminal", RULES);
    let kim = kim(&scope);
    let mut told = document(&scope, &kim, "2026-10-01T08:00:00Z", true);
    let before = page::page(&told, &utc).lines().count();
    told.names[0].value = "kim\n  on legal hold\u{1b}[2K".to_owned();
    let page = page::page(&told, &utc);
    assert_eq!(page.lines().count(), before, "{page}");
    assert!(page.contains("kim\\n  on legal hold\\u{1b}[2K\n"), "{page}");
}

/// Names in wide letters push nothing out of its column.
#[test]
fn columns_are_as_wide_as_they_look() {
    let (mut rows, now) = rows();
    rows.truncate(1);
    rows.push(rows[0].clone());
    rows[1].known_as = "\u{5c71}\u{7530}@example.com".to_owned();
    rows[0].known_as = "yamada@example.com".to_owned();
    let table = difference::table(&rows, now, &Zone::named(None).unwrap());
    let columns: Vec<usize> = table
        .lines()
        .skip(1)
        .map(|line| unicode_width::UnicodeWidthStr::width(line.split_once("p-").unwrap().0))
        .collect();
    assert_eq!(columns[0], columns[1], "{table}");
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

/// The people of a tenant live in its zone; so does whoever asks about them.
#[test]
fn times_are_the_tenant_s_unless_another_zone_is_named() {
    let path = configuration("zone", &["acme"], RULES);
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text.replace("    rules:", "    time_zone: Europe/Berlin\n    rules:");
    std::fs::write(&path, text).unwrap();
    let file = path.to_str().unwrap().to_owned();
    let scope = Which { file: File { path }, tenant: None }.scope().unwrap();
    let now = at("2026-10-01T08:00:00Z");
    let shown = |asked| scope.zone(asked).unwrap().show(now);
    assert_eq!(shown(None), "Thu 2026-10-01 10:00:00 Europe/Berlin");
    assert_eq!(shown(Some("America/New_York")), "Thu 2026-10-01 04:00:00 America/New_York");
    assert_eq!(shown(Some("UTC")), "Thu 2026-10-01 08:00:00 UTC");

    // Read in it, too: this hour comes twice there, and only there.
    let doubled = "2026-10-25T02:30";
    let explain = ["explain", "kim", "--config", &file, "--at", doubled];
    let simulate = ["simulate", "--config", &file, "--from", doubled, "--to", "now"];
    for words in [explain.as_slice(), &simulate] {
        let told = refusal(words);
        assert!(told.contains("time.not_understood") && told.contains("Europe/Berlin"), "{told}");
    }
}

#[test]
fn zone_in_brackets_is_not_read_over() {
    let berlin = Zone::named(Some("Europe/Berlin")).unwrap();
    let read = |text| berlin.read("--at", text, "");
    assert_eq!(read("2026-10-01T09:00").unwrap(), at("2026-10-01T07:00:00Z"));
    assert_eq!(read("2026-10-01").unwrap(), at("2026-09-30T22:00:00Z"));
    let with_offset = "2026-10-01T09:00-04:00[America/New_York]";
    assert_eq!(read(with_offset).unwrap(), at("2026-10-01T13:00:00Z"));
    let told = read("2026-10-01T09:00[America/New_York]").unwrap_err();
    assert_eq!(told.code(), "time.not_understood");
}

/// What the program says to a command line, with its code.
fn refusal(arguments: &[&str]) -> String {
    let words = ["usher"].iter().chain(arguments);
    let error = Cli::try_parse_from(words).unwrap().run().unwrap_err();
    format!("{} {}: {error}", error.exit_code(), error.code())
}

#[test]
fn mistakes_on_the_command_line_get_one_clear_message_each() {
    let one = configuration("mistakes", &["acme"], RULES);
    let two = configuration("mistakes-2", &["acme", "globex"], RULES);
    let [one, two] = [&one, &two].map(|file| file.to_str().unwrap());
    let range = |from, to, more: &[&str]| {
        let words = ["simulate", "--config", one, "--from", from, "--to", to];
        refusal(&[&words, more].concat())
    };
    let missing = one.replace("usher.yaml", "nowhere.yaml");
    let told = [
        refusal(&["explain", "kim", "--config", two]),
        refusal(&["explain", "kim", "--config", two, "--tenant", "initech"]),
        refusal(&["explain", "kim", "--config", one, "--at", "yesterday"]),
        refusal(&["explain", "kim", "--config", one, "--at", "2026-10-01T09:00"]),
        refusal(&["explain", "kim", "--config", one, "--zone", "Berlin"]),
        refusal(&[
            "explain",
            "kim",
            "--config",
            one,
            "--zone",
            "Europe/Berlin",
            "--at",
            "2026-10-25T02:30",
        ]),
        range("soon", "now", &[]),
        range("earliest", "later", &[]),
        range("2026-10-02T00:00:00Z", "2026-10-01T00:00:00+02:00", &[]),
        range("earliest", "now", &["--rules", &missing]).replace(&missing, "nowhere.yaml"),
        refusal(&["rules", "diff", "--config", one, "--rules", &missing])
            .replace(&missing, "nowhere.yaml"),
    ];
    insta::assert_snapshot!(told.join("\n"));
}
