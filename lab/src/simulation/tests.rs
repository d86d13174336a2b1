//! The simulation in small: enough seeds to notice, few enough to wait for.

use super::company::{Arrival, Content, Slip};
use super::fact::{Deed, Fact, Name, Profile};
use super::midnights::MIDNIGHTS;
use super::portrait::{Portrait, compare};
use super::wire::Wire;
use super::{Keep, Kind, Protection, run};
use crate::decode::Item;
use crate::engine::Record;
use crate::engine::said::claims::Instance;
use crate::engine::state::Person;
use crate::model::{Alias, AliasKind, By, PersonId, TenantName};
use jiff::Timestamp;
use std::collections::BTreeSet;

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

/// Where little may be done, people wait, and operators let some of them go.
#[test]
fn worlds_that_are_held_back_keep_every_promise() {
    let manners = "limits,protects,commands".parse().expect("manners");
    let kind = Kind { without: None, manners };
    let (mut held, mut approved) = (0, 0);
    for seed in 1..=8 {
        let outcome = run(seed, &kind, Keep::Nothing).expect("the rule file loads");
        assert!(outcome.violation.is_none(), "seed {seed}: {:?}", outcome.violation);
        held += outcome.tally.held;
        approved += outcome.tally.approved;
    }
    assert!(held > 0 && approved > 0, "{held} are held, and {approved} were approved");
}

/// Operators keep people in and out, undo what was said, and bring accounts back; others meddle.
#[test]
fn worlds_in_which_operators_overrule_keep_every_promise() {
    let manners = "commands,overrides,undoes,reasserts,meddling".parse().expect("manners");
    let kind = Kind { without: None, manners };
    let (mut overridden, mut undone) = (0, 0);
    for seed in 1..=8 {
        let outcome = run(seed, &kind, Keep::Nothing).expect("the rule file loads");
        assert!(outcome.violation.is_none(), "seed {seed}: {:?}", outcome.violation);
        overridden += outcome.tally.overridden;
        undone += outcome.tally.undone;
    }
    assert!(overridden > 0 && undone > 0, "{overridden} are overridden, and {undone} undone");
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

#[test]
fn without_doubt_of_a_call_that_makes_a_group_a_promise_breaks() {
    assert!(breaks_with(Protection::GroupDoubt, "makes-groups"));
}

#[test]
fn without_the_counts_in_the_state_a_promise_breaks() {
    assert!(breaks_from(1, Protection::Counts, "limits"));
}

#[test]
fn without_windows_that_end_now_a_promise_breaks() {
    assert!(breaks_from(6, Protection::Window, "limits"));
}

#[test]
fn without_charging_before_the_call_a_promise_breaks() {
    assert!(breaks_from(19, Protection::ChargeFirst, "limits,hard-takeovers"));
}

#[test]
fn without_every_path_being_counted_a_promise_breaks() {
    assert!(breaks_from(1, Protection::EveryPath, "limits"));
}

#[test]
fn without_remembering_what_was_obeyed_a_promise_breaks() {
    assert!(breaks_from(11, Protection::UsedOnce, "limits,commands"));
}

#[test]
fn without_a_row_of_its_own_for_each_approval_a_promise_breaks() {
    assert!(breaks_from(6, Protection::Rows, "limits,commands"));
}

#[test]
fn without_a_no_that_wins_a_promise_breaks() {
    assert!(breaks_from(1, Protection::Rejects, "limits,commands"));
}

#[test]
fn without_pauses_in_the_state_a_promise_breaks() {
    assert!(breaks_from(10, Protection::Pauses, "commands"));
}

#[test]
fn without_the_end_of_an_override_a_promise_breaks() {
    assert!(breaks_from(1, Protection::OverrideEnd, "commands,overrides"));
}

#[test]
fn without_an_approval_for_what_the_row_does_now_a_promise_breaks() {
    assert!(breaks_from(6, Protection::Effects, "limits,commands"));
}

#[test]
fn without_seeing_what_others_do_between_write_and_reading_a_promise_breaks() {
    assert!(breaks_from(1, Protection::Drift, "meddling"));
}

fn breaks(without: Protection) -> bool {
    breaks_with(without, "mixed")
}

fn breaks_with(without: Protection, manners: &str) -> bool {
    breaks_from(1, without, manners)
}

/// The first of 200 seeds is one that is known to find it, so that nobody waits for the others.
fn breaks_from(first: u64, without: Protection, manners: &str) -> bool {
    let kind = Kind { without: Some(without), manners: manners.parse().expect("a manner") };
    (first..first + 200).any(|seed| {
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

fn told(number: u64, deed: Deed) -> Fact {
    let names = vec![
        Name::Number("1001".to_owned()),
        Name::User("kim".to_owned()),
        Name::Email("kim@t0.example".to_owned()),
    ];
    let profile = Profile {
        user_name: Some("kim".to_owned()),
        email: Some("kim@t0.example".to_owned()),
        number: Some("1001".to_owned()),
        display_name: Some("Kim Lee".to_owned()),
        department: None,
    };
    Fact {
        person: 0,
        source: "urn:t0.hr-a".to_owned(),
        id: format!("e{number}"),
        time: Timestamp::from_second(1_790_000_000).expect("a time of these days"),
        sequence: Some(number),
        deed,
        names,
        employment: Some("E1".to_owned()),
        detection: None,
        profile,
    }
}

fn sent(wire: &Wire, content: Content) -> Record {
    let at = Timestamp::from_second(1_790_000_001).expect("a time of these days");
    let topic = "t0.hr-a".to_owned();
    wire.record(&Arrival { at, topic, partition: 0, items: vec![content] }, 0)
}

/// What nobody sees, words for none and an id of everybody's change nothing of who is meant.
#[test]
fn what_is_badly_spelt_is_read_as_it_was_meant() {
    let sharing = ["t0".to_owned()].into();
    let wire = Wire { blanks: true, placeholders: true, sharing, ..Wire::default() };
    let mut spellings = BTreeSet::new();
    for number in 0..200 {
        let fact = told(number, Deed::Updated { from: None });
        let plain = fact.event();
        let record = sent(&wire, Content::Fact(fact));
        let [Item::Event(event)] = &record.items[..] else { panic!("{:?}", record.items) };
        let (mut names, mut meant) = (event.aliases.clone(), plain.aliases.clone());
        names.retain(|name| name.kind() != AliasKind::External);
        names.sort();
        meant.sort();
        assert_eq!(names, meant);
        assert_eq!(event.aliases.len(), names.len() + 1, "the id of everybody is there");
        assert_eq!(event.data["worker"]["user_name"], plain.data["worker"]["user_name"]);
        assert_eq!(event.data["profile"], plain.data["profile"]);
        assert_eq!(event.employment_id, plain.employment_id);
        let sent: serde_json::Value =
            serde_json::from_slice(record.raw.value.as_ref().expect("a value")).expect("JSON");
        spellings.insert(sent["data"]["worker"]["user_name"].to_string());
    }
    assert!(spellings.len() > 20, "{spellings:?}");
}

/// However a local day is worded, it means the moment that the table tells.
#[test]
fn local_days_mean_what_those_mean_who_live_by_them() {
    for midnight in MIDNIGHTS {
        let (from, wire) = (midnight.at(), Wire { midnight: Some(*midnight), ..Wire::default() });
        for number in 0..60 {
            for deed in [
                Deed::Terminated { from },
                Deed::Hired { from },
                Deed::LeaveStarted { from },
                Deed::Rehired { at: from },
                Deed::Updated { from: Some(from) },
            ] {
                let record = sent(&wire, Content::Fact(told(number, deed)));
                let [Item::Event(event)] = &record.items[..] else { panic!("{:?}", record.items) };
                let raw = String::from_utf8_lossy(record.raw.value.as_ref().expect("a value"));
                assert_eq!(event.effective_at, Some(from), "{midnight:?}: {raw}");
            }
        }
    }
}

/// The date gets where nobody reads it, and never is an event without one taken in for that.
#[test]
fn dates_under_near_names_are_parked_as_such() {
    let wire = Wire { near_names: true, ..Wire::default() };
    let from = Timestamp::from_second(1_789_000_000).expect("a time of these days");
    for number in 0..200 {
        for deed in [
            Deed::Terminated { from },
            Deed::Hired { from },
            Deed::LeaveStarted { from },
            Deed::Rehired { at: from },
            Deed::Transferred { from },
            Deed::Converted { from },
            Deed::Updated { from: Some(from) },
        ] {
            let slip = Content::Slip(told(number, deed), Slip::NearName);
            let record = sent(&wire, slip);
            let [Item::Park(refused)] = &record.items[..] else { panic!("{:?}", record.items) };
            assert_eq!(refused.why.code, Slip::NearName.code());
            assert_eq!(refused.takes_access, deed.takes_access());
            let right = sent(&wire, Content::Fact(told(number, deed)));
            assert!(
                matches!(&right.items[..], [Item::Event(event)] if event.effective_at == Some(from))
            );
        }
    }
}
