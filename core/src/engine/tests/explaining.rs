use crate::engine::said::claims::{Instance, Mark, Word};
use crate::engine::state::{Baseline, Before, Person, ProfileMark};
use crate::engine::will::explain::{self, Condition, Decider, Judged, Loses, Turn};
use crate::engine::will::wish;
use crate::model::claim::{Assertion, By, Precedence, Stage, Want, WantGroups};
use crate::model::event::OrderKey;
use crate::model::ids::{GroupName, PersonId, RuleName, TargetName, TenantName};
use crate::model::wish::{Facet, Membership, Presence, Wanted, Wish};
use crate::model::{AttributeName, Urgency, Value};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeSet;

pub(super) fn at(hour: i64) -> Timestamp {
    Timestamp::from_second(hour * 3_600).unwrap()
}

pub(super) fn kim() -> Person {
    Person::new(PersonId::new("p-1"), TenantName::new("acme"))
}

fn main_target() -> TargetName {
    TargetName::new("main")
}

fn restricting() -> BTreeSet<GroupName> {
    [GroupName::new("Quarantine")].into()
}

/// What a rule says, from an hour on.
pub(super) fn assertion(rule: &str, precedence: Precedence, from: i64, want: Want) -> Assertion {
    Assertion {
        precedence,
        from: at(from),
        until: None,
        want,
        then: Vec::new(),
        urgency: Urgency::Normal,
        at_once: false,
        observed: false,
        of_account: None,
        rule: RuleName::new(rule),
        rule_hash: "h1".to_owned(),
    }
}

/// HR says it at an hour.
pub(super) fn say(person: &mut Person, claim: &str, by: &By, hour: i64, word: Word) {
    let is_it = |kept: &Instance| kept.name == claim && kept.by == *by;
    let index = person.claims.iter().position(is_it).unwrap_or_else(|| {
        person.claims.push(Instance::new(claim.to_owned(), by.clone()));
        person.claims.len() - 1
    });
    let id = format!("{claim}-{hour}");
    let key = OrderKey { sequence: None, time: at(hour), came: 0, tie: 0, id };
    person.claims[index].note(Mark { source: "hr".to_owned(), key, word, at: None });
}

pub(super) fn asserts(assertion: Assertion) -> Word {
    Word::Assert(Box::new(assertion))
}

pub(super) fn groups(add: &[&str], remove: &[&str]) -> Want {
    let names = |names: &[&str]| names.iter().map(|name| GroupName::new(*name)).collect();
    Want { groups: WantGroups { add: names(add), remove: names(remove) }, ..Want::default() }
}

fn judged<'a>(person: &'a Person, baseline: &Baseline, now: i64) -> Vec<Judged<'a>> {
    explain::judge(person, &main_target(), &restricting(), baseline, at(now))
}

fn field<'a>(all: &'a [Judged<'a>], name: &str) -> &'a Judged<'a> {
    all.iter().find(|judged| judged.facet.to_string() == name).expect("the field is judged")
}

/// Hired at 1, to be terminated at 100 (deletion 48 h later), quarantined at 50 until 74.
fn leaver_in_quarantine() -> Person {
    let mut kim = kim();
    let present = Want { account: Some(Presence::Present), ..groups(&["VPN"], &[]) };
    let employed = assertion("hired", Precedence::Profile, 1, present);
    say(&mut kim, "employed", &By::Person, 1, asserts(employed));
    let out = Want { active: Some(false), ..groups(&[], &["VPN"]) };
    let mut terminated = assertion("leaver", Precedence::Leaver, 100, out);
    let absent = Want { account: Some(Presence::Absent), ..Want::default() };
    terminated.then = vec![Stage { after: SignedDuration::from_hours(48), want: absent }];
    say(&mut kim, "terminated", &By::Person, 20, asserts(terminated));
    let mut quarantine =
        assertion("risk", Precedence::Security, 50, groups(&["Quarantine"], &["VPN"]));
    quarantine.until = Some(at(74));
    let by = By::Detection { source: "xdr".to_owned(), id: "4711".to_owned() };
    say(&mut kim, "quarantine", &by, 50, asserts(quarantine));
    kim
}

#[test]
fn the_winner_and_why_the_others_lose_are_named() {
    let kim = leaver_in_quarantine();
    let all = judged(&kim, &Baseline::default(), 60);
    let vpn = field(&all, "group VPN");
    assert_eq!(vpn.wanted, Some(Wanted::Group(Membership::Outside)));
    let Decider::Claim(winner) = &vpn.decider else { panic!("{:?}", vpn.decider) };
    assert_eq!((winner.instance.name.as_str(), winner.since), ("quarantine", at(50)));
    assert_eq!(winner.until, Some(at(74)));
    assert_eq!(winner.said.unwrap().key.id, "quarantine-50");
    let others: Vec<_> = vpn
        .others
        .iter()
        .map(|(voice, loses)| (voice.instance.name.as_str(), voice.condition, *loses))
        .collect();
    let begins = Condition::Begins(at(100));
    assert_eq!(
        others,
        [
            ("terminated", begins, Loses::NotInForce),
            ("employed", Condition::InForce, Loses::LowerPrecedence),
        ]
    );
}

#[test]
fn a_stage_begins_later_than_its_claim_and_an_end_before_it_forestalls_it() {
    let mut kim = leaver_in_quarantine();
    let account = |kim: &Person, now| {
        let all = judged(kim, &Baseline::default(), now);
        let (voice, _) = &field(&all, "account").others[0];
        (voice.instance.name.clone(), voice.condition)
    };
    let stage = at(148);
    assert_eq!(account(&kim, 120), ("terminated".to_owned(), Condition::Begins(stage)));
    say(&mut kim, "terminated", &By::Person, 110, Word::Withdraw { at: at(130) });
    assert_eq!(account(&kim, 120), ("terminated".to_owned(), Condition::Forestalled(stage)));
    assert_eq!(account(&kim, 200), ("terminated".to_owned(), Condition::Over(at(130))));
}

#[test]
fn among_equals_taking_access_wins_and_then_the_newer_and_then_the_name() {
    let mut kim = kim();
    let says = |rule: &str, want| asserts(assertion(rule, Precedence::Leave, 1, want));
    say(&mut kim, "gives", &By::Person, 9, says("gives", groups(&["VPN"], &[])));
    say(&mut kim, "takes", &By::Person, 3, says("takes", groups(&[], &["VPN"])));
    say(&mut kim, "older", &By::Person, 2, says("older", groups(&[], &["VPN"])));
    say(&mut kim, "alike", &By::Person, 3, says("alike", groups(&[], &["VPN"])));
    let all = judged(&kim, &Baseline::default(), 10);
    let vpn = field(&all, "group VPN");
    let Decider::Claim(winner) = &vpn.decider else { panic!("{:?}", vpn.decider) };
    assert_eq!(winner.instance.name, "takes");
    let others: Vec<_> =
        vpn.others.iter().map(|(voice, loses)| (voice.instance.name.as_str(), *loses)).collect();
    let expected =
        [("alike", Loses::ByName), ("older", Loses::Older), ("gives", Loses::GivesAccess)];
    assert_eq!(others, expected);
}

#[test]
fn where_no_claim_speaks_the_profile_or_the_way_back_decides() {
    let mut kim = kim();
    let title = AttributeName::parse("title").unwrap();
    let mark = |source: &str, hour, value: &str| {
        let id = format!("{source}-{hour}");
        ProfileMark {
            from: None,
            asked: false,
            source: source.to_owned(),
            key: OrderKey { sequence: None, time: at(hour), came: 0, tie: 0, id },
            value: Some(Value::Text(value.to_owned())).into(),
        }
    };
    kim.profile.insert(title, vec![mark("payroll", 2, "Clerk"), mark("hr", 5, "Head")]);
    let [vpn, lab] = ["VPN", "Lab"].map(GroupName::new);
    let baseline = Baseline {
        before: [
            (Facet::Group(vpn), Before::Was(Wanted::Group(Membership::Member))),
            (Facet::Group(lab), Before::Unknown),
        ]
        .into(),
        ..Baseline::default()
    };
    let all = judged(&kim, &baseline, 10);
    let title = field(&all, "attribute title");
    assert!(matches!(title.decider, Decider::Profile(mark) if mark.source == "hr"));
    assert_eq!(title.profile.iter().map(|it| &*it.source).collect::<Vec<_>>(), ["hr", "payroll"]);
    let vpn = field(&all, "group VPN");
    assert_eq!(
        (&vpn.decider, &vpn.wanted),
        (&Decider::WayBack, &Some(Wanted::Group(Membership::Member)))
    );
    let lab = field(&all, "group Lab");
    assert_eq!((&lab.decider, &lab.wanted), (&Decider::NoWayBack, &None));
}

#[test]
fn a_word_on_all_instances_is_told_once() {
    let mut kim = kim();
    let wide = By::Source("hr".to_owned());
    let narrow = |id: &str| By::Detection { source: "hr".to_owned(), id: id.to_owned() };
    let says = |hour| asserts(assertion("risk", Precedence::Security, hour, groups(&[], &["VPN"])));
    say(&mut kim, "quarantine", &narrow("1"), 1, says(1));
    say(&mut kim, "quarantine", &narrow("2"), 2, says(2));
    say(&mut kim, "quarantine", &wide, 3, says(3));
    let all = judged(&kim, &Baseline::default(), 10);
    assert_eq!(field(&all, "group VPN").others.len(), 0, "{:#?}", field(&all, "group VPN"));
}

#[test]
fn claims_tell_who_ended_them_and_what_comes() {
    let mut kim = leaver_in_quarantine();
    say(&mut kim, "terminated", &By::Person, 30, Word::Withdraw { at: at(30) });
    let views = explain::claims(&kim, at(60));
    let view = |name: &str| views.iter().find(|view| view.instance.name == name).unwrap();
    assert!(view("terminated").stretches.is_empty(), "it was withdrawn before it began");
    assert_eq!(view("terminated").withdrawn_by.unwrap().key.id, "terminated-30");
    assert_eq!(view("quarantine").stretches[0].condition, Condition::InForce);
    assert_eq!(view("quarantine").stretches[0].ended_by, None);
    let kim = leaver_in_quarantine();
    let turns = explain::turns(&kim, at(60));
    let turns: Vec<_> = turns.iter().map(|(at, turn, of)| (*at, *turn, of.name.as_str())).collect();
    let expected = [
        (at(74), Turn::Ends, "quarantine"),
        (at(100), Turn::Begins, "terminated"),
        (at(148), Turn::ReachesStage(2), "terminated"),
    ];
    assert_eq!(turns, expected);
}

fn any_want() -> impl Strategy<Value = Want> {
    let presence = prop_oneof![Just(Presence::Present), Just(Presence::Absent)];
    let group = || prop::sample::subsequence(vec!["VPN", "Quarantine", "Lab"], 0..3);
    let title = prop::option::of(prop_oneof![Just("Clerk"), Just("Head")]);
    let target = prop_oneof![3 => Just(None), 1 => Just(Some("main")), 1 => Just(Some("other"))];
    (target, prop::option::of(presence), prop::option::of(any::<bool>()), group(), group(), title)
        .prop_map(|(target, account, active, add, remove, title)| Want {
            target: target.map(TargetName::new),
            account,
            active,
            attributes: title
                .map(|title| {
                    (AttributeName::parse("title").unwrap(), Value::Text(title.to_owned()))
                })
                .into_iter()
                .collect(),
            ..groups(&add, &remove)
        })
}

fn any_assertion() -> impl Strategy<Value = Assertion> {
    let precedence = prop_oneof![
        Just(Precedence::Profile),
        Just(Precedence::Leave),
        Just(Precedence::Leaver),
        Just(Precedence::Security)
    ];
    let stage = prop::option::of((1_i64..30, any_want()));
    let rule = prop_oneof![Just("a"), Just("b")];
    (precedence, 0_i64..60, prop::option::of(1_i64..40), any_want(), stage, rule).prop_map(
        |(precedence, from, length, want, stage, rule)| Assertion {
            until: length.map(|length| at(from + length)),
            then: stage
                .map(|(after, want)| Stage { after: SignedDuration::from_hours(after), want })
                .into_iter()
                .collect(),
            ..assertion(rule, precedence, from, want)
        },
    )
}

fn any_by() -> impl Strategy<Value = By> {
    prop_oneof![
        Just(By::Person),
        "[12]".prop_map(By::Employment),
        Just(By::Source("hr".to_owned())),
        "[12]".prop_map(|id| By::Detection { source: "hr".to_owned(), id }),
    ]
}

/// Somebody about whom a good deal was said.
pub(super) fn any_person() -> impl Strategy<Value = Person> {
    let word = prop_oneof![
        3 => any_assertion().prop_map(asserts),
        1 => (0_i64..60).prop_map(|hour| Word::Withdraw { at: at(hour) }),
    ];
    let saying = (prop_oneof![Just("x"), Just("y")], any_by(), 0_i64..60, word);
    (proptest::collection::vec(saying, 0..10), prop::option::of(0_i64..60)).prop_map(
        |(sayings, profile)| {
            let mut person = kim();
            for (claim, by, hour, word) in sayings {
                say(&mut person, claim, &by, hour, word);
            }
            if let Some(hour) = profile {
                let id = "p".to_owned();
                let key = OrderKey { sequence: None, time: at(hour), came: 0, tie: 0, id };
                let value = Some(Value::Text("Intern".to_owned())).into();
                let mark =
                    ProfileMark { source: "hr".to_owned(), key, from: None, asked: false, value };
                person.profile.insert(AttributeName::parse("title").unwrap(), vec![mark]);
            }
            person
        },
    )
}

fn any_baseline() -> impl Strategy<Value = Baseline> {
    let before = prop_oneof![
        Just(None),
        Just(Some(Before::Unknown)),
        Just(Some(Before::Was(Wanted::Group(Membership::Member)))),
        Just(Some(Before::Was(Wanted::Group(Membership::Outside))))
    ];
    let active = prop_oneof![
        Just(None),
        Just(Some(Before::Unknown)),
        Just(Some(Before::Was(Wanted::Active(true))))
    ];
    (before, active).prop_map(|(vpn, active)| {
        let vpn = vpn.map(|before| (Facet::Group(GroupName::new("VPN")), before));
        let active = active.map(|before| (Facet::Active, before));
        Baseline { before: vpn.into_iter().chain(active).collect(), ..Baseline::default() }
    })
}

/// The wish that an explanation comes to.
fn told(all: &[Judged<'_>]) -> Wish {
    let mut wish = Wish::default();
    for judged in all {
        match judged.wanted.clone() {
            Some(wanted) => wish.want(&judged.facet, wanted),
            None => assert!(!matches!(judged.decider, Decider::Claim(_)), "{}", judged.facet),
        }
    }
    wish
}

proptest! {
    #[test]
    fn what_is_explained_is_what_is_wished(
        person in any_person(), baseline in any_baseline(), now in 0_i64..120,
    ) {
        let (target, restricting, instant) = (main_target(), restricting(), at(now));
        let asked = wish::asked(&person, &target, &restricting, &baseline, instant);
        let all = judged(&person, &baseline, now);
        prop_assert_eq!(&told(&all), &asked.wish);
        for judged in &all {
            let is_claimed = asked.claimed.contains(&judged.facet);
            let winner = match &judged.decider {
                Decider::Claim(winner) => Some(winner.wanted.clone()),
                Decider::Profile(mark) => {
                    prop_assert_eq!(judged.wanted.clone(), Some(Wanted::Attribute(mark.value.clone())));
                    None
                }
                Decider::Override(_)
                | Decider::WayBack
                | Decider::NoWayBack
                | Decider::Nobody => None,
            };
            prop_assert_eq!(winner.is_some(), is_claimed, "{}", judged.facet);
            if is_claimed {
                prop_assert_eq!(winner, judged.wanted.clone());
            }
            let is_unreturnable = asked.unreturnable.contains(&judged.facet);
            prop_assert_eq!(matches!(judged.decider, Decider::NoWayBack), is_unreturnable);
        }
        let turns = explain::turns(&person, instant);
        prop_assert_eq!(turns.first().map(|(at, ..)| *at), wish::next_edge(&person, instant));
    }
}
