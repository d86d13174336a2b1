use crate::engine::brakes::protect::Shield;
use crate::engine::brakes::{self, Brakes, Passed};
use crate::engine::deeds::drive;
use crate::engine::deeds::plan::{self, Groups, Plan};
use crate::engine::settings::Mode;
use crate::engine::state::{Binding, Known, Seat};
use crate::model::account::{AttributeName, Value};
use crate::model::code::Code;
use crate::model::ids::{GroupName, ScimId};
use crate::model::operation::{Field, GroupRef, Operation};
use crate::model::wish::{Membership, Presence, Wish};
use jiff::Timestamp;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// A target whose groups are all read.
#[derive(Clone, Debug, Default)]
struct ReadGroups(BTreeMap<GroupName, BTreeSet<ScimId>>);

impl Groups for ReadGroups {
    fn reference(&self, name: &GroupName) -> Option<GroupRef> {
        let id = ScimId::new(format!("g-{name}"));
        self.0.contains_key(name).then(|| GroupRef { name: name.clone(), id })
    }

    fn is_missing(&self, name: &GroupName) -> bool {
        !self.0.contains_key(name)
    }

    fn is_member(&self, name: &GroupName, account: &ScimId) -> Option<bool> {
        self.0.get(name).map(|members| members.contains(account))
    }
}

fn account() -> ScimId {
    ScimId::new("a-1")
}

fn seat(wish: Wish, known: Option<Known>) -> Seat {
    let mut seat = Seat::new(Timestamp::UNIX_EPOCH);
    seat.wish = wish;
    seat.binding = Binding::Bound(account());
    seat.known = known;
    seat
}

/// Does what the operations say to the seat's knowledge and the groups.
fn carry_out(seat: &mut Seat, groups: &mut ReadGroups, operations: &[Operation]) {
    for operation in operations {
        match operation {
            Operation::Change { active, attributes, .. } => {
                let known = seat.known.get_or_insert_default();
                known.active = active.or(known.active);
                let values = known.attributes.get_or_insert_default();
                for (name, field) in attributes {
                    if let crate::model::Field::Set(value) = field {
                        values.insert(name.clone(), value.clone());
                    }
                }
            }
            Operation::AddMember { account, group } => {
                groups.0.entry(group.name.clone()).or_default().insert(account.clone());
            }
            Operation::RemoveMember { account, group } => {
                groups.0.entry(group.name.clone()).or_default().remove(account);
            }
            Operation::Create { .. } | Operation::CreateGroup { .. } | Operation::Delete { .. } => {
            }
        }
    }
}

/// What every plan keeps to: nothing stands in it twice, what takes access stands apart from what gives
/// it and before it, and no facet is taken and given at once.
fn sound(plan: Plan, restricting: &BTreeSet<GroupName>) -> Plan {
    let all = plan.operations();
    assert!(brakes::is_sound(&all), "{all:?}");
    assert!(plan.cuts.iter().all(|it| plan::is_cut(it, restricting)), "{:?}", plan.cuts);
    assert!(!plan.grants.iter().any(|it| plan::is_cut(it, restricting)), "{:?}", plan.grants);
    let has_account = |it: &Operation| !matches!(it, Operation::Create { .. });
    let makes_one = plan.grants.iter().any(|it| !has_account(it));
    assert!(!makes_one || !all.iter().any(has_account), "{all:?}");
    plan
}

fn group(number: usize) -> GroupName {
    GroupName::new(format!("G{number}"))
}

proptest! {
    #[test]
    fn planning_on_the_result_is_empty(
        active in proptest::option::of(any::<bool>()),
        was_active in proptest::option::of(any::<bool>()),
        title in proptest::option::of("[a-z]{0,3}"),
        had_title in proptest::option::of("[a-z]{0,3}"),
        wanted in proptest::collection::vec(proptest::option::of(any::<bool>()), 4),
        member in proptest::collection::vec(any::<bool>(), 4),
        restricting in proptest::collection::btree_set(0_usize..4, 0..4),
    ) {
        let name = AttributeName::parse("title").unwrap();
        let text = |text: String| (name.clone(), Value::Text(text));
        let membership = Membership::of;
        let wish = Wish {
            account: None,
            active,
            attributes: title.into_iter().map(text).map(|(name, value)| (name, Some(value).into())).collect(),
            groups: wanted.iter().enumerate().filter_map(|(n, w)| w.map(|w| (group(n), membership(w)))).collect(),
        };
        let known = Known { active: was_active, attributes: Some(had_title.into_iter().map(text).collect()) };
        let mut groups = ReadGroups(member.iter().enumerate().map(|(n, is_in)| {
            (group(n), is_in.then(account).into_iter().collect())
        }).collect());
        let restricting: BTreeSet<GroupName> = restricting.into_iter().map(group).collect();
        let mut seat = seat(wish, Some(known));
        let plan = sound(plan::build(&seat, &seat.wish, (&restricting, &groups)), &restricting);
        carry_out(&mut seat, &mut groups, &plan.cuts);
        carry_out(&mut seat, &mut groups, &plan.grants);
        prop_assert!(plan::build(&seat, &seat.wish, (&restricting, &groups)).is_empty());
    }
}

/// Planned where no group is restricting or read.
fn planned(seat: &Seat) -> plan::Plan {
    let plan = plan::build(seat, &seat.wish, (&BTreeSet::new(), &ReadGroups::default()));
    sound(plan, &BTreeSet::new())
}

#[test]
fn a_number_is_the_same_as_its_text_for_every_attribute_is_text_at_the_provider() {
    let name = AttributeName::parse("enterprise.costCenter").unwrap();
    let wish = Wish {
        attributes: [(name.clone(), Field::Set(Value::Number(4711)))].into(),
        ..Wish::default()
    };
    let attributes = Some([(name, Value::Text("4711".to_owned()))].into());
    let known = Known { active: None, attributes };
    let plan = planned(&seat(wish, Some(known)));
    assert!(plan.is_empty(), "{plan:?}");
}

#[test]
fn a_cut_needs_no_knowledge_and_a_grant_does() {
    let wish = Wish { active: Some(false), ..Wish::default() };
    let cut = planned(&seat(wish, None));
    assert_eq!(cut.cuts.len(), 1);
    let wish = Wish { active: Some(true), ..Wish::default() };
    let grant = planned(&seat(wish, None));
    assert!(grant.cuts.is_empty() && grant.grants.is_empty() && grant.read_account);
}

#[test]
fn no_account_is_made_while_it_must_not_be_active() {
    let mut seat = seat(
        Wish { account: Some(Presence::Present), active: Some(false), ..Wish::default() },
        None,
    );
    seat.binding = Binding::NoAccount;
    assert!(planned(&seat).is_empty());
}

#[test]
fn deletion_is_planned_apart_and_called_by_nobody() {
    let wish = Wish { account: Some(Presence::Absent), ..Wish::default() };
    let plan = planned(&seat(wish, Some(Known::default())));
    assert!(plan.deletion.is_some() && plan.cuts.is_empty() && plan.grants.is_empty());
}

/// Whatever the mode, and whoever asks: a deletion waits, and an observed target is not written to.
#[test]
fn what_contradicts_itself_passes_no_door() {
    let account = ScimId::new("a");
    let group = GroupRef { name: group(1), id: ScimId::new("g1") };
    let join = Operation::AddMember { account: account.clone(), group: group.clone() };
    let leave = Operation::RemoveMember { account, group };
    let brakes = Brakes {
        mode: Mode::Enforce,
        deletion: None,
        holds: &[],
        rejected: &[],
        shield: Shield::default(),
        halt: None,
        meter: None,
    };
    for ahead in [vec![join.clone(), leave.clone()], vec![join.clone(), join.clone()]] {
        let passed = brakes::pass(&join, ahead, brakes);
        assert!(matches!(passed, Passed::Held(why) if why.code == Code::PlanUnsound));
    }
    assert!(matches!(brakes::pass(&join, vec![join.clone()], brakes), Passed::Permitted(_)));
    let plan = Plan { cuts: vec![leave.clone()], grants: vec![join.clone()], ..Plan::default() };
    let passed = |it| brakes::pass(it, drive::ahead_of(it, &plan), brakes);
    assert!(matches!(passed(&leave), Passed::Permitted(_)), "a cut is not kept back by it");
    assert!(matches!(passed(&join), Passed::Held(_)));
}

#[test]
fn nothing_gets_past_the_door() {
    let leaver = Wish { account: Some(Presence::Absent), active: Some(false), ..Wish::default() };
    let plan = planned(&seat(leaver, Some(Known { active: Some(true), attributes: None })));
    let deletion = plan.deletion.clone().unwrap();
    let cut = plan.cuts[0].clone();
    for mode in [Mode::Observe, Mode::Enforce] {
        let brakes = Brakes {
            mode,
            deletion: None,
            holds: &[],
            rejected: &[],
            shield: Shield::default(),
            halt: None,
            meter: None,
        };
        let held = brakes::pass(&deletion, plan.ahead(), brakes);
        assert!(matches!(held, Passed::Held(why) if why.code == Code::Deletion), "{mode:?}");
        let passed = brakes::pass(&cut, plan.ahead(), brakes);
        match mode {
            Mode::Observe => assert_eq!(passed, Passed::Observed),
            Mode::Enforce => {
                let Passed::Permitted(permitted) = passed else { panic!("{passed:?}") };
                assert_eq!((permitted.operation(), permitted.ahead()), (&cut, &plan.cuts[..]));
            }
        }
    }
}
