//! A feed that is false, and what operators make of it.

use super::{Act, CUTS_AN_HOUR, Scene, VPN, is_out_of};
use crate::demo::company::{Company, Person};
use crate::demo::event::Input;
use crate::demo::expect::Expectation::{self, Account, EverybodyIn, HeldBack, Obeyed};
use crate::demo::orders::Order;
use serde_json::json;
use std::sync::Arc;

/// How many get through.
const THROUGH: usize = CUTS_AN_HOUR - 7;
/// How many it terminates: a third of the company.
const FALSELY: usize = 10;

/// What limits are for: most of it waits, an operator looks, and what got through is taken back.
pub(super) fn feed(company: &Company) -> Scene {
    let falsely: Vec<Arc<Person>> = company.crowd.iter().take(FALSELY).cloned().collect();
    let really = company.crowd.get(FALSELY).unwrap_or(&company.mover);
    let id = |index: usize| format!("false-{index}");
    let end =
        |(index, person)| Input::hr(&id(index), "worker.terminated", person, json!({})).of_crowd();
    let ordered = |order: Order, expects: Vec<Expectation>| Act {
        order: Some(order),
        expects,
        ..Act::default()
    };
    let left = Input::hr("end-6", "worker.terminated", really, json!({}));
    Scene {
        title: "A faulty feed, and a leaver in it",
        intro: vec![
            format!(
                "HR terminates {FALSELY} people by mistake, a third of the company, and {},",
                really.name()
            ),
            format!(
                "who has really left. {CUTS_AN_HOUR} cuts an hour are allowed here; the rest waits, row by row."
            ),
        ],
        acts: vec![
            Act {
                inputs: falsely.iter().enumerate().map(end).collect(),
                expects: vec![HeldBack { people: falsely.clone(), cut: THROUGH }],
                ..Act::default()
            },
            Act {
                inputs: vec![left.saying("who has really left")],
                expects: vec![HeldBack { people: vec![Arc::clone(really)], cut: 0 }],
                ..Act::default()
            },
            ordered(
                Order::Approve(Arc::clone(really)),
                vec![
                    Obeyed { word: "approve", times: 1 },
                    Account { person: Arc::clone(really), is_active: false },
                    is_out_of(really, VPN),
                ],
            ),
            ordered(Order::RejectTheRest, vec![Obeyed { word: "reject", times: 1 }]),
            ordered(
                Order::Undo((0..FALSELY).map(id).collect()),
                vec![
                    Obeyed { word: "undo", times: FALSELY },
                    EverybodyIn { people: falsely, group: VPN },
                ],
            ),
        ],
    }
}
