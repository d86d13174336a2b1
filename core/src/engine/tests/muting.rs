//! Words on claims that operators have said do not count.

use super::bench::Bench;
use super::explaining::{assertion, asserts, at, groups, kim, say};
use crate::command::instruction::CommandId;
use crate::engine::people::forget::forget_old;
use crate::engine::record::{self, Kept};
use crate::engine::said::claims::{Mark, Word};
use crate::engine::said::mutes::{MUTES_MOST, Mute, OrderedBy, TooManyMutes, WordId};
use crate::engine::state::{Baseline, Person, Seats};
use crate::engine::will::explain::{self, Condition, Turn};
use crate::engine::will::wish;
use crate::model::claim::{By, Precedence, Want};
use crate::model::ids::TargetName;
use crate::model::wish::Facet;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::BTreeSet;

pub(super) fn by_ann(command: u8) -> OrderedBy {
    let id = format!("0193a5f0-7c1e-7a3b-8f00-0000000000{command:02}");
    OrderedBy {
        command: CommandId::try_from(id).unwrap(),
        operator: "ann@example.com".to_owned(),
        reason: "she stays until Friday".to_owned(),
        at: at(20),
    }
}

fn out() -> Want {
    Want { active: Some(false), ..Want::default() }
}

/// Hired at 1, terminated at 10.
fn leaver() -> Person {
    let mut kim = kim();
    say(
        &mut kim,
        "terminated",
        &By::Person,
        10,
        asserts(assertion("leaver", Precedence::Leaver, 10, out())),
    );
    kim
}

fn mute_of(person: &Person, until: Option<i64>) -> Mute {
    Mute::of_all(&person.claims[0], (None, until.map(at)), by_ann(1)).unwrap()
}

/// Whether the wish cuts at an hour.
fn is_out_at(person: &Person, target: &str, hour: i64) -> bool {
    let (target, nothing) = (TargetName::new(target), Baseline::default());
    wish::asked(person, &target, &BTreeSet::new(), &nothing, at(hour)).wish.active == Some(false)
}

fn is_out(person: &Person, hour: i64) -> bool {
    is_out_at(person, "main", hour)
}

#[test]
fn a_muted_claim_does_not_count_until_the_mute_ends() {
    let mut kim = leaver();
    let mute = mute_of(&kim, Some(50));
    kim.mutes.add(vec![mute]).unwrap();
    assert!(!is_out(&kim, 49));
    assert_eq!(wish::next_edge(&kim, at(20)), Some(at(50)), "a timer ends it");
    assert!(is_out(&kim, 50));
    assert_eq!(kim.claims[0].marks.len(), 1, "what was said stays");
}

#[test]
fn without_an_end_it_stays_muted_until_it_is_lifted() {
    let mut kim = leaver();
    let mute = mute_of(&kim, None);
    kim.mutes.add(vec![mute]).unwrap();
    assert!(!is_out(&kim, 1_000_000));
    assert_eq!(kim.mutes.lift(|it| it.order.command == by_ann(2).command), 0);
    assert_eq!(kim.mutes.lift(|it| it.order.command == by_ann(1).command), 1);
    assert!(is_out(&kim, 20));
}

/// The same word again is the same word; a later one is another.
#[test]
fn what_is_said_later_of_the_same_claim_counts() {
    let mut kim = leaver();
    let mute = mute_of(&kim, None);
    kim.mutes.add(vec![mute]).unwrap();
    let again = || asserts(assertion("leaver", Precedence::Leaver, 10, out()));
    say(&mut kim, "terminated", &By::Person, 10, again());
    assert!(!is_out(&kim, 30));
    say(&mut kim, "terminated", &By::Person, 40, again());
    assert!(is_out(&kim, 40));
}

/// One event is taken back, and what another said of the same claim counts again.
#[test]
fn a_muted_word_gives_way_to_the_one_that_it_replaced() {
    let mut kim = kim();
    let mut short = assertion("risk", Precedence::Security, 10, out());
    short.until = Some(at(30));
    let mut long = short.clone();
    long.until = Some(at(90));
    say(&mut kim, "quarantine", &By::Person, 10, asserts(short));
    say(&mut kim, "quarantine", &By::Person, 12, asserts(long));
    assert!(is_out(&kim, 40));
    let mut mute = mute_of(&kim, None);
    mute.words = [WordId::of(&kim.claims[0].marks[1])].into();
    kim.mutes.add(vec![mute]).unwrap();
    assert!(is_out(&kim, 20));
    assert!(!is_out(&kim, 40));
}

/// A false return is taken back: the termination that it ended counts again.
#[test]
fn a_withdrawal_can_be_muted_too() {
    let mut kim = leaver();
    say(&mut kim, "terminated", &By::Person, 20, Word::Withdraw { at: at(20) });
    assert!(!is_out(&kim, 25));
    let mut mute = mute_of(&kim, None);
    mute.words = [WordId::of(&kim.claims[0].marks[1])].into();
    kim.mutes.add(vec![mute]).unwrap();
    assert!(is_out(&kim, 25));
}

/// What was said of the person counts for each employment, and so does the mute of it.
#[test]
fn a_muted_word_on_all_instances_is_passed_over_in_each() {
    let mut kim = leaver();
    let by = By::Employment("E-1".to_owned());
    say(&mut kim, "terminated", &by, 5, Word::Withdraw { at: at(5) });
    assert!(is_out(&kim, 20));
    let mute = mute_of(&kim, None);
    kim.mutes.add(vec![mute]).unwrap();
    assert!(!is_out(&kim, 20));
}

#[test]
fn a_mute_at_one_target_changes_nothing_at_another() {
    let mut kim = leaver();
    let mut mute = mute_of(&kim, Some(50));
    mute.target = Some(TargetName::new("main"));
    kim.mutes.add(vec![mute]).unwrap();
    assert!(!is_out_at(&kim, "main", 20));
    assert!(is_out_at(&kim, "lab", 20));
    assert!(kim.mutes.rename(&TargetName::new("main"), &TargetName::new("lab")));
    assert!(is_out_at(&kim, "main", 20));
    assert!(!is_out_at(&kim, "lab", 20));
}

#[test]
fn explain_says_by_whom_a_claim_is_muted() {
    let mut kim = leaver();
    say(
        &mut kim,
        "vpn",
        &By::Person,
        5,
        asserts(assertion("vpn", Precedence::Profile, 5, groups(&["VPN"], &[]))),
    );
    let mute = mute_of(&kim, Some(50));
    kim.mutes.add(vec![mute.clone()]).unwrap();
    let (main, nothing) = (TargetName::new("main"), Baseline::default());
    let judged = explain::judge(&kim, &main, &BTreeSet::new(), &nothing, at(20));
    let active = judged.iter().find(|it| it.facet == Facet::Active).unwrap();
    let (voice, _) = &active.others[0];
    assert_eq!((&active.wanted, voice.condition), (&None, Condition::Muted));
    assert_eq!(voice.muted_by, Some(&mute));
    let claims = explain::claims(&kim, at(20));
    let muted: Vec<usize> = claims.iter().map(|claim| claim.muted_by.len()).collect();
    assert_eq!(muted, [1, 0]);
    let (when, turn, instance) = explain::turns(&kim, at(20))[0];
    assert_eq!((when, turn, instance.name.as_str()), (at(50), Turn::CountsAgain, "terminated"));
}

#[test]
fn a_mute_goes_with_the_claim_that_it_is_of() {
    let mut kim = leaver();
    say(&mut kim, "terminated", &By::Person, 20, Word::Withdraw { at: at(20) });
    let mute = mute_of(&kim, None);
    kim.mutes.add(vec![mute]).unwrap();
    forget_old(&mut kim, SignedDuration::from_hours(10), at(25));
    assert!(!kim.mutes.is_empty());
    forget_old(&mut kim, SignedDuration::from_hours(10), at(40));
    assert!(kim.claims.is_empty() && kim.mutes.is_empty());
}

#[test]
fn mutes_are_capped_and_too_many_change_nothing() {
    let mut kim = leaver();
    let mute = mute_of(&kim, None);
    kim.mutes.add(vec![mute.clone(); MUTES_MOST]).unwrap();
    assert_eq!(kim.mutes.add(vec![mute]), Err(TooManyMutes));
    assert_eq!(kim.mutes.iter().count(), MUTES_MOST);
}

#[test]
fn mutes_are_kept_in_the_record_and_older_records_have_none() {
    let mut kim = leaver();
    let read = |person: &Person| {
        let bytes = record::encode_person(person, &Seats::new()).value.unwrap();
        let is_told = String::from_utf8_lossy(&bytes).contains("mutes");
        let kept: Kept = record::decode("k", &bytes).unwrap();
        (kept.person.mutes, is_told)
    };
    let (none, is_told) = read(&kim);
    assert!(none.is_empty() && !is_told);
    let mute = mute_of(&kim, Some(50));
    kim.mutes.add(vec![mute]).unwrap();
    assert_eq!(read(&kim), (kim.mutes.clone(), true));
}

/// On the bench: the account comes back at once, and is cut by a timer, also by a new owner.
#[test]
fn a_muted_termination_gives_the_account_back_and_cuts_it_again_by_itself() {
    let mut bench = Bench::ready(&["a-kim"]);
    bench.hire("kim@example.com");
    bench.settle(true, &["a-kim"]);
    bench.event("worker.terminated", json!({}));
    bench.settle(false, &[]);
    assert_eq!(bench.seat().wish.active, Some(false));
    let person = bench.shard.people().next().unwrap().clone();
    let instance = person.claims.iter().find(|it| it.name == "terminated").unwrap();
    let until: Timestamp = bench.now + SignedDuration::from_hours(2);
    let mute = Mute::of_all(instance, (None, Some(until)), by_ann(1)).unwrap();
    bench.shard.mute(&person.id, vec![mute]).unwrap();
    assert_eq!(bench.seat().wish.active, Some(true), "back to what it was");
    bench.settle(true, &["a-kim"]);
    let mut bench = bench.next_owner();
    bench.settle(true, &["a-kim"]);
    assert_ne!(bench.seat().wish.active, Some(false));
    bench.wait(SignedDuration::from_hours(2));
    assert_eq!(bench.seat().wish.active, Some(false));
    assert!(bench.shard.people().next().unwrap().mutes.is_empty(), "what is over is forgotten");
}

/// Terminated as of `from`, which was taken back at 12; and an operator says that this was wrong.
fn leaver_again(from: i64) -> Person {
    let mut kim = kim();
    let terminated = asserts(assertion("leaver", Precedence::Leaver, from, out()));
    say(&mut kim, "terminated", &By::Person, 10, terminated);
    say(&mut kim, "terminated", &By::Person, 12, Word::Withdraw { at: at(12) });
    let is_end = |mark: &&Mark| matches!(mark.word, Word::Withdraw { .. });
    let words = kim.claims[0].marks.iter().filter(is_end).map(WordId::of).collect();
    let undone = Mute { words, ..mute_of(&kim, None) };
    kim.mutes.add(vec![undone]).unwrap();
    kim
}

#[test]
fn what_begins_by_itself_because_its_end_is_undone_has_a_timer() {
    let kim = leaver_again(40);
    assert!(!is_out(&kim, 39) && is_out(&kim, 40));
    assert_eq!(wish::next_edge(&kim, at(20)), Some(at(40)));
    let turns = explain::turns(&kim, at(20));
    assert_eq!(turns.first().map(|(at, turn, _)| (*at, *turn)), Some((at(40), Turn::Begins)));
}

#[test]
fn what_holds_because_its_end_is_undone_is_not_forgotten() {
    let mut kim = leaver_again(10);
    forget_old(&mut kim, SignedDuration::from_hours(10), at(50));
    assert!(is_out(&kim, 50), "a leaver comes back");
}
