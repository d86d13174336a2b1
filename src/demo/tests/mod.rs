mod finding;

use crate::demo::calls::{self, Names};
use crate::demo::company::{Company, Person};
use crate::demo::event::{Cut, Input};
use crate::demo::expect::Expectation;
use crate::demo::facts::Facts;
use crate::demo::scenes::{self, Scene};
use crate::demo::show::{Look, Show};
use crate::demo::summary::{CutOffs, Summary};
use crate::sandbox::kafka::Record;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use usher_lab::provider::calls::Seen;
use usher_lab::provider::faults::Kind;
use usher_lab::provider::manners::Manners;
use usher_lab::provider::state::{ShownGroup, ShownUser, State};

const PLAIN: Look = Look { is_colourful: false, is_live: false };

fn at(millis: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_millis(millis)
}

fn kim() -> Arc<Person> {
    Arc::new(Person {
        number: "1".to_owned(),
        given: "Kim",
        family: "Doe",
        user_name: "kim.doe@example.com".to_owned(),
    })
}

/// Kim has the account u-1, in the group g-1.
fn state(is_active: bool) -> State {
    let fields = json!({ "userName": "kim.doe@example.com", "active": is_active, "title": "Lead" });
    let Json::Object(fields) = fields else { panic!() };
    let name = "VPN_Allowed".to_owned();
    State {
        users: vec![ShownUser { id: "u-1".to_owned(), fields, groups: vec![name.clone()] }],
        groups: vec![ShownGroup { id: "g-1".to_owned(), name, members: Vec::new() }],
        invitations: 0,
        manners: Manners::netskope(),
    }
}

fn names() -> Names {
    let mut names = Names::of(vec![kim()]);
    names.learn(&state(true));
    names
}

fn seen(millis: i64, method: &str, path: &str, body: Json) -> Seen {
    let (method, path) = (method.to_owned(), path.to_owned());
    Seen { number: 1, at: at(millis), method, path, body, status: Some(204), fault: None }
}

fn deactivation(millis: i64) -> Seen {
    let body = json!({ "Operations": [{ "op": "replace", "path": "active", "value": false }] });
    seen(millis, "PATCH", "/Users/u-1", body)
}

/// A line of the audit about the event `id`.
fn line(millis: i64, id: &str, unmapped: &Json) -> Record {
    let mut value = json!({
        "metadata": {
            "version": "1.8.0", "uid": "1", "log_name": "usher.audit", "tenant_uid": "acme",
            "product": { "name": "usher", "vendor_name": "usher", "version": "1" },
            "event_code": "note.held", "processed_time": 0, "original_event_uid": id,
        },
        "category_uid": 3, "category_name": "", "class_uid": 3004, "class_name": "",
        "activity_id": 99, "activity_name": "Other", "type_uid": 300_499, "type_name": "",
        "severity_id": 1, "severity": "", "time": 0, "status_id": 99, "status": "", "message": "",
        "actor": { "app_name": "usher", "app_uid": "u" },
        "unmapped": unmapped,
    });
    value["unmapped"]["shard"] = json!(0);
    Record { partition: 0, offset: 0, at: at(millis), key: None, value }
}

fn result(millis: i64, revision: u64) -> Record {
    let outcome = json!({
        "kind": "result", "outcome": "applied", "person": "p-1", "revision": revision, "verified": true,
    });
    line(millis, "end", &outcome)
}

fn termination() -> Input {
    Input::hr("end", "worker.terminated", &kim(), json!({})).saying("at once").cutting(Cut::Account)
}

/// What came of Kim's termination, observed in an order that is not that of time.
fn told(look: Look) -> String {
    let mut page = Vec::new();
    let mut show = Show::new(&mut page, look);
    let mut facts = Facts::default();
    let scene = Scene { title: "Out", intro: vec!["Kim leaves.".to_owned()], acts: Vec::new() };
    show.opening(12).unwrap();
    show.ready(3, SignedDuration::from_millis(420)).unwrap();
    show.scene(1, &scene).unwrap();
    show.act(true, 1).unwrap();
    show.aside("from now on, the answer of the next write is lost").unwrap();
    let poison = Input::poison("poison", &kim(), "{").saying("1 byte that is no JSON");
    show.observe(facts.sent(Arc::new(poison), b"{", at(0)));
    show.observe(facts.sent(Arc::new(termination()), b"", at(1)));
    let lost = Seen { status: None, fault: Some(Kind::DropReply), ..deactivation(14) };
    let group = json!([{ "value": "u-1" }]);
    let leaves = json!({ "Operations": [{ "op": "remove", "path": "members", "value": group }] });
    for call in [
        lost,
        seen(15, "PATCH", "/Groups/g-1", leaves),
        seen(17, "GET", "/Users/u-1", Json::Null),
        seen(18, "GET", "/Groups/g-1?attributes=members", Json::Null),
    ] {
        show.observe(facts.called(calls::read(&call, &names())).unwrap());
    }
    // Calls wait for the decision.
    show.flush(at(100)).unwrap();
    let why = json!({ "code": "value.not_json", "text": "it ends in the middle" });
    let mut parked = line(3, "", &json!({ "kind": "decision", "outcome": "parked", "why": why }));
    parked.value["metadata"]["original_event_uid"] = Json::Null;
    let hash = "021fb596db81e6d02bf3d2586ee3981fe519f275c0ac9ca76bbcf2ebb4097d96";
    parked.value["raw_data_hash"] =
        json!({ "algorithm_id": 3, "algorithm": "SHA-256", "value": hash });
    let decision = json!({
        "kind": "decision", "outcome": "asserted", "effects": [{ "rule": "terminated", "claim": "terminated", "decision": "asserted" }],
    });
    for record in [parked, line(9, "end", &decision), result(40, 1)] {
        show.observe(facts.audited(&record).unwrap());
    }
    let raw = Record { value: json!("{"), ..line(3, "", &Json::Null) };
    show.observe(facts.was_parked(&raw).unwrap());
    show.progress("30 sent, 12 decided").unwrap();
    show.flush(Timestamp::MAX).unwrap();
    let expects = Expectation::CutOff { id: "end", person: kim() };
    show.verdict(true, &expects.says(&facts)).unwrap();
    show.verdict(false, "Kim Doe is not in VPN_Allowed").unwrap();
    let verdicts = [(true, String::new()), (false, "Kim Doe is not in VPN_Allowed".to_owned())];
    let summary = Summary::of(&facts, 4, &verdicts, SignedDuration::from_secs(20));
    show.summary(&summary).unwrap();
    String::from_utf8(page).unwrap()
}

#[test]
fn day_is_told_in_plain_lines() {
    let told = told(PLAIN);
    insta::assert_snapshot!(told);
    assert!(!told.contains(['\x1b', '\r']));
}

#[test]
fn colours_change_nothing_but_colours() {
    let coloured = told(Look { is_colourful: true, is_live: false });
    assert!(coloured.contains("\x1b[32m✓\x1b[0m"));
    let mut plain = String::new();
    for (index, part) in coloured.split('\x1b').enumerate() {
        plain.push_str(if index == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    // Colours keep spaces at the end of a line alive.
    let plain: Vec<_> = plain.lines().map(str::trim_end).collect();
    assert_eq!(plain.join("\n"), told(PLAIN).trim_end());
}

#[test]
fn moving_line_is_written_over_by_the_next() {
    let told = told(Look { is_colourful: false, is_live: true });
    let (_, after) = told.split_once("30 sent, 12 decided").unwrap();
    assert!(after.starts_with("\r\x1b[K"), "{after:?}");
}

#[test]
fn no_line_is_wider_than_a_terminal() {
    let mut page = Vec::new();
    let mut show = Show::new(&mut page, PLAIN);
    show.opening(100).unwrap();
    for seed in 1..20 {
        for (index, scene) in
            scenes::day(&Company::new(seed), ("acme", "main"), at(0)).iter().enumerate()
        {
            show.scene(index, scene).unwrap();
        }
    }
    for line in String::from_utf8(page).unwrap().lines().chain(told(PLAIN).lines()) {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[test]
fn every_event_of_the_day_has_an_id_of_its_own_and_every_name_is_somebodys_alone() {
    let company = Company::new(7);
    let people = company.everybody();
    let user_names: BTreeSet<_> = people.iter().map(|person| &person.user_name).collect();
    assert_eq!(user_names.len(), people.len());
    let day = scenes::day(&company, ("acme", "main"), at(0));
    let inputs: Vec<_> = day.iter().flat_map(|scene| &scene.acts).flat_map(|a| &a.inputs).collect();
    let ids: BTreeSet<_> = inputs.iter().map(|input| &input.id).collect();
    assert_eq!(ids.len(), inputs.len());
    assert_eq!(inputs.iter().filter(|input| input.id.starts_with("storm-")).count(), 500);
    assert_ne!(Company::new(8).newcomer, company.newcomer, "the seed names the people");
}

#[test]
fn every_event_of_the_day_is_as_the_schema_says() {
    let validator = jsonschema::validator_for(&crate::decode::schema()).unwrap();
    let day = scenes::day(&Company::new(7), ("acme", "main"), at(0));
    let inputs: Vec<_> = day.iter().flat_map(|scene| &scene.acts).flat_map(|a| &a.inputs).collect();
    let is_valid = |input: &&Input| {
        serde_json::from_slice(&input.bytes(at(0))).is_ok_and(|event| validator.is_valid(&event))
    };
    let strays: Vec<_> = inputs.iter().filter(|it| !is_valid(it)).map(|it| &it.kind).collect();
    assert_eq!(strays, [&""], "only the record that is none");
}

#[test]
fn cut_is_timed_by_the_call_that_the_provider_carried_out() {
    let mut facts = Facts::default();
    facts.sent(Arc::new(termination()), b"", at(10));
    let refused = Seen { status: Some(503), fault: Some(Kind::Status), ..deactivation(20) };
    for call in [deactivation(5), refused, deactivation(52), deactivation(90)] {
        facts.called(calls::read(&call, &names()));
    }
    assert_eq!(facts.cut_off("end").unwrap().1, SignedDuration::from_millis(42));
    let took = SignedDuration::from_secs(1);
    let cut = CutOffs { count: 1, p50: Some(42), max: Some(42) };
    assert_eq!(Summary::of(&facts, 0, &[], took).cutoff_ms, cut);
}

fn holds(expectation: &Expectation, facts: &Facts, state: &State) -> bool {
    expectation.progress(facts, state).is_whole()
}

#[test]
fn accounts_are_judged_by_what_the_provider_holds() {
    let facts = Facts::default();
    let active = Expectation::Account { person: kim(), is_active: true };
    assert!(holds(&active, &facts, &state(true)));
    assert!(!holds(&active, &facts, &state(false)));
    let is_in = |group| Expectation::Member { person: kim(), group, is_in: true };
    assert!(holds(&is_in("VPN_Allowed"), &facts, &state(true)));
    assert!(!holds(&is_in("Contractors"), &facts, &state(true)));
    let title = |value| Expectation::Attribute { person: kim(), name: "title", value };
    assert!(holds(&title("Lead"), &facts, &state(true)));
    assert!(!holds(&title("Boss"), &facts, &state(true)));
    let none = Expectation::NoAccount { person: kim(), because: "" };
    assert!(!holds(&none, &facts, &state(true)));
    let off = Expectation::CutOff { id: "end", person: kim() };
    assert!(!holds(&off, &facts, &state(false)), "nobody sent a termination");
}

#[test]
fn cut_overtakes_only_who_still_waits() {
    let sets = |millis, value: &str| {
        let operation = json!({ "op": "replace", "path": "costCenter", "value": value });
        seen(millis, "PATCH", "/Users/u-1", json!({ "Operations": [operation] }))
    };
    let overtook = |calls: &[Seen]| {
        let mut facts = Facts::default();
        facts.sent(Arc::new(termination()), b"", at(0));
        for call in calls {
            facts.called(calls::read(call, &names()));
        }
        let values = vec![(kim(), "CC-2".to_owned())];
        let overtook = Expectation::Overtook { id: "end", values, attribute: "costCenter" };
        holds(&overtook, &facts, &state(false))
    };
    assert!(overtook(&[sets(1, "CC-1"), deactivation(2), sets(3, "CC-2")]));
    assert!(!overtook(&[sets(1, "CC-2"), deactivation(2)]));
    assert!(!overtook(&[sets(1, "CC-2")]));
}

#[test]
fn books_are_wrong_if_a_line_is_missing_or_twice() {
    let books = |records: &[Record]| {
        let mut facts = Facts::default();
        facts.sent(Arc::new(termination()), b"", at(0));
        for record in records {
            facts.audited(record);
        }
        [Expectation::EachDecidedOnce, Expectation::EachRevisionEndedOnce, Expectation::NothingElse]
            .map(|expectation| holds(&expectation, &facts, &state(true)))
    };
    let decision = line(1, "end", &json!({ "kind": "decision", "outcome": "asserted" }));
    let stranger = line(1, "other", &json!({ "kind": "decision", "outcome": "asserted" }));
    let whole = [decision.clone(), result(2, 1), result(3, 2)];
    assert_eq!(books(&whole), [true, true, true]);
    assert_eq!(books(&[decision.clone(), decision.clone(), result(2, 1)]), [false, true, true]);
    assert_eq!(books(&[result(2, 1)]), [false, true, true]);
    assert_eq!(books(&[decision.clone(), result(2, 2)]), [true, false, true]);
    assert_eq!(books(&[decision.clone(), result(2, 1), result(2, 1)]), [true, false, true]);
    assert_eq!(books(&[decision.clone(), stranger, result(2, 1)]), [true, true, false]);
}

#[test]
fn lost_answer_must_be_followed_by_a_read() {
    let read_back = |calls: &[Seen]| {
        let mut facts = Facts::default();
        facts.sent(Arc::new(termination()), b"", at(0));
        for call in calls {
            facts.called(calls::read(call, &names()));
        }
        facts.audited(&result(50, 1));
        holds(&Expectation::ReadBack { id: "end" }, &facts, &state(false))
    };
    let lost = Seen { status: None, fault: Some(Kind::DropReply), ..deactivation(1) };
    let read = seen(2, "GET", "/Users/u-1", Json::Null);
    assert!(read_back(&[lost.clone(), read.clone()]));
    assert!(!read_back(&[lost]));
    assert!(!read_back(&[deactivation(1), read]));
}
