use super::explaining::{any_person, assertion, asserts, at, groups, kim, say};
use crate::engine::said::claims::Word;
use crate::engine::state::{Baseline, Person};
use crate::engine::will::compare::{Difference, Ground, Ruling, compare};
use crate::engine::will::restate::{Tally, restate};
use crate::model::claim::{By, Precedence};
use crate::model::ids::TargetName;
use crate::rules::{RuleFile, RuleSet};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn rules(text: &str) -> RuleSet {
    RuleSet::load(&[RuleFile { name: "rules.yaml".to_owned(), text: text.to_owned() }]).unwrap()
}

const TERMINATED: &str = "
rules:
  - name: leaver
    on: [worker.terminated]
    assert: { claim: terminated, precedence: leaver, want: { groups: { remove: [VPN] } } }
  - name: rehired
    on: [worker.rehired]
    withdraw: terminated
";

/// Terminated at 10, by the rule `leaver` as it was.
fn leaver() -> Person {
    let mut kim = kim();
    let held = assertion("leaver", Precedence::Leaver, 10, groups(&[], &["VPN", "Lab"]));
    say(&mut kim, "terminated", &By::Person, 10, asserts(held));
    kim
}

fn differences(before: &Person, after: &Person, now: i64) -> Vec<Difference> {
    let (target, restricting) = (TargetName::new("main"), BTreeSet::new());
    let baseline = Baseline::default();
    let ground =
        Ground { target: &target, restricting: &restricting, baseline: &baseline, now: at(now) };
    compare(before, after, ground)
}

/// `group Lab: outside -> nothing at 20`
fn told(before: &Person, after: &Person, now: i64) -> Vec<String> {
    let wanted = |side: &crate::engine::will::compare::Side| {
        side.wanted.as_ref().map_or("nothing".to_owned(), ToString::to_string)
    };
    let hour = |difference: &Difference| difference.since.as_second() / 3_600;
    differences(before, after, now)
        .iter()
        .map(|it| {
            format!("{}: {} -> {} at {}", it.facet, wanted(&it.before), wanted(&it.after), hour(it))
        })
        .collect()
}

#[test]
fn what_a_rule_wants_now_is_told_with_its_old_start() {
    let moved = restate(&leaver(), &rules(TERMINATED), at(20));
    assert_eq!(told(&leaver(), &moved.person, 20), ["group Lab: outside -> nothing at 20"]);
    let tally = Tally { assertions: 1, restated: 1, ..Tally::default() };
    assert_eq!(moved.by_rule.into_values().collect::<Vec<_>>(), [tally]);
    let [claim] = moved.person.claims.as_slice() else { panic!("one claim") };
    let Word::Assert(held) = &claim.marks[0].word else { panic!("it is still asserted") };
    assert_eq!((held.from, claim.marks[0].key.time), (at(10), at(10)));
}

#[test]
fn the_same_rules_change_nobody() {
    let rules = rules(TERMINATED);
    let once = restate(&leaver(), &rules, at(20)).person;
    let again = restate(&once, &rules, at(30));
    assert_eq!(again.by_rule.values().map(|tally| tally.restated).sum::<usize>(), 0);
    assert!(differences(&once, &again.person, 30).is_empty());
}

#[test]
fn what_a_rule_asserted_that_is_gone_is_withdrawn() {
    let none = rules("rules: []");
    let mut kim = leaver();
    let held = assertion("hired", Precedence::Profile, 1, groups(&["VPN"], &[]));
    say(&mut kim, "employed", &By::Person, 1, asserts(held));
    let only_hired = rules(
        "{ rules: [{ name: hired, on: [worker.hired], assert: { claim: employed, precedence: profile, \
         want: { groups: { add: [VPN] } } } }] }",
    );
    let moved = restate(&kim, &only_hired, at(20));
    let expected = ["group Lab: outside -> nothing at 20", "group VPN: outside -> member at 20"];
    assert_eq!(told(&kim, &moved.person, 20), expected);
    let [lab, vpn] = &differences(&kim, &moved.person, 20)[..] else { panic!("two fields") };
    assert_eq!(lab.after.ruling, Ruling::Nobody);
    assert!(matches!(&vpn.after.ruling, Ruling::Claim { rule, .. } if rule.as_str() == "hired"));
    let all_gone = restate(&kim, &none, at(20));
    assert_eq!(all_gone.by_rule.values().map(|tally| tally.withdrawn).sum::<usize>(), 2);
}

#[test]
fn a_claim_that_is_withdrawn_does_not_bring_back_what_it_replaced() {
    let mut kim = kim();
    let first = assertion("leaver", Precedence::Leaver, 10, groups(&[], &["VPN"]));
    say(&mut kim, "terminated", &By::Person, 10, asserts(first));
    let second = assertion("early-leaver", Precedence::Leaver, 12, groups(&[], &["VPN"]));
    say(&mut kim, "terminated", &By::Person, 11, asserts(second));
    let moved = restate(&kim, &rules(TERMINATED), at(20));
    assert_eq!(told(&kim, &moved.person, 20), ["group VPN: outside -> nothing at 20"]);
}

#[test]
fn a_length_counts_from_the_old_start_and_an_end_of_the_event_stays() {
    let ends = |end: &str| {
        let text = format!(
            "{{ rules: [{{ name: leaver, on: [worker.terminated], assert: {{ claim: terminated, \
             precedence: leaver, {end}, want: {{ groups: {{ remove: [VPN, Lab] }} }} }} }}] }}"
        );
        let moved = restate(&leaver(), &rules(&text), at(20));
        let keeps = moved.by_rule.values().map(|tally| tally.keeps_end).sum::<usize>();
        (told(&leaver(), &moved.person, 20), keeps)
    };
    let at_34 = ["group Lab: outside -> nothing at 34", "group VPN: outside -> nothing at 34"];
    assert_eq!(ends("for: 24h"), (at_34.map(str::to_owned).to_vec(), 0));
    // The start is the effective time, too, so the length is known without the event.
    assert_eq!(ends("until: effective_at + 24h"), (at_34.map(str::to_owned).to_vec(), 0));
    assert_eq!(ends("from: time, until: time + 24h"), (at_34.map(str::to_owned).to_vec(), 0));
    assert_eq!(ends("from: time, until: effective_at + 24h"), (Vec::new(), 1));
}

#[test]
fn a_withdrawal_follows_its_claim_to_the_new_name() {
    let mut kim = leaver();
    say(&mut kim, "terminated", &By::Person, 15, Word::Withdraw { at: at(40) });
    let renamed = rules(
        &TERMINATED
            .replace("terminated, precedence", "left, precedence")
            .replace("withdraw: terminated", "withdraw: left"),
    );
    let moved = restate(&kim, &renamed, at(20));
    assert_eq!(moved.person.claims.len(), 1);
    assert_eq!(moved.person.claims[0].name, "left");
    assert_eq!(told(&kim, &moved.person, 20), ["group Lab: outside -> nothing at 20"]);
}

#[test]
fn a_deletion_that_comes_sooner_is_seen_though_nobody_changes_now() {
    let after = |days: &str| {
        let text = TERMINATED.replace(
            "want: { groups: { remove: [VPN] } } }",
            &format!(
                "want: {{ groups: {{ remove: [VPN] }} }}, then: [{{ after: {days}, want: {{ account: absent }} }}] }}"
            ),
        );
        restate(&leaver(), &rules(&text), at(20)).person
    };
    assert_eq!(told(&after("30d"), &after("2d"), 20), ["account: nothing -> absent at 58"]);
}

proptest! {
    #[test]
    fn nobody_differs_from_herself(person in any_person(), now in 0_i64..120) {
        prop_assert!(differences(&person, &person, now).is_empty());
    }
}
