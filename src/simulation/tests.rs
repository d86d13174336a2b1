//! The simulation in small: enough seeds to notice, few enough to wait for.

use super::portrait::{Portrait, compare};
use super::{Keep, Kind, Protection, run};
use crate::engine::claims::Instance;
use crate::engine::state::Person;
use crate::model::{Alias, AliasKind, By, PersonId, TenantName};

#[test]
fn thirty_worlds_keep_every_promise() {
    let mut outgrown = 0;
    for seed in 1..=30 {
        let outcome = run(seed, &Kind::default(), Keep::Nothing).expect("the rule file loads");
        assert!(
            outcome.violation.is_none(),
            "seed {seed}: {:?}; `usher-sim --seeds {seed}..{seed}` tells how",
            outcome.violation
        );
        assert!(outcome.tally.results > 0, "seed {seed} came to nothing");
        outgrown += outcome.tally.outgrown;
    }
    assert!(outgrown < 3, "too many worlds end early: {outgrown}");
}

#[test]
fn a_seed_replays_to_the_last_detail() {
    let once = run(7, &Kind::default(), Keep::History).expect("the rule file loads");
    let again = run(7, &Kind::default(), Keep::History).expect("the rule file loads");
    assert!(!once.history.is_empty());
    assert_eq!(once.history, again.history);
}

#[test]
fn without_fencing_a_promise_breaks() {
    assert!(breaks(Protection::Fencing));
}

#[test]
fn without_the_lease_a_promise_breaks() {
    assert!(breaks(Protection::Lease));
}

#[test]
fn without_the_write_ahead_a_promise_breaks() {
    assert!(breaks(Protection::WriteAhead));
}

#[test]
fn without_doubt_of_what_got_no_answer_a_promise_breaks() {
    assert!(breaks(Protection::Doubt));
}

#[test]
fn without_patience_with_the_lease_of_the_last_owner_a_promise_breaks() {
    assert!(breaks(Protection::Patience));
}

#[test]
fn without_the_people_s_time_in_the_record_a_promise_breaks() {
    assert!(breaks(Protection::Time));
}

fn breaks(without: Protection) -> bool {
    let kind = Kind { without: Some(without), ..Kind::default() };
    (1..=200).any(|seed| {
        run(seed, &kind, Keep::Nothing).expect("the rule file loads").violation.is_some()
    })
}

fn person(id: &str, names: &[&str]) -> Person {
    let tenant = TenantName::new("t0");
    let mut person = Person::new(PersonId::first_seen(&tenant, "urn:t0.hr", id), tenant);
    let emails = names.iter().filter_map(|name| Alias::parse(AliasKind::Email, name));
    person.aliases.extend(emails);
    person
}

#[test]
fn people_are_alike_whatever_their_ids_are() {
    let one = [person("1", &["kim@x.example"]), person("2", &["lee@x.example"])];
    let other = [person("3", &["lee@x.example"]), person("4", &["kim@x.example"])];
    let portraits = |people: &[Person]| people.iter().map(Portrait::of).collect::<Vec<_>>();
    assert_eq!(compare(&portraits(&one), &portraits(&other)), Ok(()));
}

#[test]
fn people_with_other_names_or_words_are_not_alike() {
    let portraits = |people: &[Person]| people.iter().map(Portrait::of).collect::<Vec<_>>();
    let one = [person("1", &["kim@x.example"])];
    let renamed = [person("1", &["kim@x.example", "kim.lee@x.example"])];
    assert!(compare(&portraits(&one), &portraits(&renamed)).is_err());
    let mut told = one.clone();
    told[0].claims.push(Instance::new("terminated".to_owned(), By::Person));
    assert!(compare(&portraits(&one), &portraits(&told)).is_err());
    assert!(compare(&portraits(&one), &portraits(&[])).is_err());
}
