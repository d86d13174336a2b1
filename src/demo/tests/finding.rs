//! What usher finds by itself, as the demo hears of it.

use super::{at, kim, line, state};
use crate::demo::company::Company;
use crate::demo::expect::Expectation;
use crate::demo::facts::Facts;
use crate::roster::{self, Expect, Form, Guard};
use crate::sandbox::kafka::Record;
use jiff::Timestamp;
use serde_json::{Value as Json, json};

fn holds(expectation: &Expectation, facts: &Facts) -> bool {
    expectation.progress(facts, &state(true)).is_whole()
}

fn told(name: &str) -> Record {
    let value = json!({
        "id": "f-1", "type": "io.usher.account.orphaned.v1", "source": "urn:usher:reconcile",
        "data": { "worker": { "user_name": name }, "account": { "target": "main", "id": "u-1" } },
    });
    Record { partition: 0, offset: 0, at: at(10), key: Some("acme".to_owned()), value }
}

fn decided(id: &str, source: &str) -> Record {
    let event = json!({ "type": "account.orphaned", "source": source });
    line(12, id, &json!({ "kind": "decision", "outcome": "asserted", "event": event }))
}

#[test]
fn what_usher_tells_is_an_event_even_if_its_decision_is_read_first() {
    let mut facts = Facts::default();
    assert!(facts.audited(&decided("f-1", "urn:usher:reconcile")).is_none());
    assert_eq!((facts.strangers, facts.decisions.len()), (0, 0));
    let seen = facts.was_told(&told("kim.doe@example.com"), &[kim()]);
    assert_eq!((seen.len(), facts.decisions.len(), facts.strangers), (2, 1, 0));
    assert!(holds(&Expectation::EachDecidedOnce, &facts));
    assert_eq!(facts.orphans_told(), 1);
}

#[test]
fn account_that_is_somebodys_must_not_be_told_to_be_nobodys() {
    let mut facts = Facts::default();
    assert!(facts.was_told(&told("ada@example.com"), &[kim()]).is_empty());
    assert!(!holds(&Expectation::NothingElse, &facts));
    let mut facts = Facts::default();
    facts.audited(&decided("f-1", "https://hr.example.com"));
    assert!(!holds(&Expectation::NothingElse, &facts), "only usher's own may come early");
}

#[test]
fn list_of_the_company_is_taken_and_has_neither_orphans_nor_later_those_who_left() {
    let company = Company::new(3);
    let rows = |is_later| {
        let now = Timestamp::UNIX_EPOCH;
        let expect = Expect { rows_least: Some(4), ..Expect::default() };
        let guard = Guard { modified_at: Some(now), ..Guard::new(now, expect) };
        let list = company.list(is_later);
        assert!(
            company.orphans.iter().chain(&company.spared).all(|one| !list.contains(&one.user_name))
        );
        roster::read(list.as_bytes(), &Form::default(), &guard, None).unwrap().census().rows
    };
    assert_eq!(rows(false), company.everybody().len() as u64);
    assert_eq!(rows(true) + 3, rows(false));
}

#[test]
fn comparison_counts_once_it_has_seen_the_last_list() {
    let mut facts = Facts::default();
    let compared = Expectation::Compared { tenant: "acme", orphans: 0 };
    facts.found.listed(b"people");
    assert!(!holds(&compared, &facts));
    let remember = |facts: &mut Facts, sha256: &str| {
        let census = json!({ "roster": {
            "stamp": { "generated_at": null, "sha256": sha256 }, "rows": 1, "current": 1,
            "departments": {}, "domains": {}, "zero_led": 0,
        }});
        let memory = json!({
            "history": { "rounds": [], "found": {} }, "told": {}, "census": census, "parts": 0,
        });
        let value: Json = json!({ "v": 1, "of": 1, "text": memory.to_string() });
        let key = Some("past:acme:000000".to_owned());
        facts.found.remembered(&Record { partition: 0, offset: 0, at: at(0), key, value });
    };
    remember(&mut facts, "another");
    assert!(!holds(&compared, &facts));
    remember(&mut facts, &format!("{:x}", <sha2::Sha256 as sha2::Digest>::digest(b"people")));
    assert!(holds(&compared, &facts));
    facts.was_told(&told("kim.doe@example.com"), &[kim()]);
    assert!(!holds(&compared, &facts), "one list alone made an orphan");
}
