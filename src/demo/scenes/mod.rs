//! The day as data: what is sent, scene by scene, and what must be true then.

mod faulty;
mod orphans;
mod storm;

use super::company::{Company, Person};
use super::event::{Cut, Input, profile};
use super::expect::Expectation::{
    self, Account, Attribute, CutOff, Decided, EachDecidedOnce, EachRevisionEndedOnce, Ended,
    EverybodyIn, Inventoried, Manager, Member, NoAccount, NothingElse, Parked, ReadBack,
};
use super::orders::Order;
use crate::model::code::Code;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use usher_lab::provider::faults::{Fault, Kind, Only};

const VPN: &str = "VPN_Allowed";
const QUARANTINE: &str = "Quarantine_HighRisk";

/// How many people may be cut within an hour. Seven are by the other scenes.
pub const CUTS_AN_HOUR: usize = 10;
/// One story.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) title: &'static str,
    /// Lines.
    pub(super) intro: Vec<String>,
    pub(super) acts: Vec<Act>,
}

/// What happens at once, and what must come of it before the day goes on.
#[derive(Debug, Default)]
pub(super) struct Act {
    /// What the provider does wrong from now on, and how that is said.
    pub(super) fault: Option<(Fault, &'static str)>,
    /// What the operators say before anything else.
    pub(super) order: Option<Order>,
    /// HR's list, which takes the place of the one before.
    pub(super) list: Option<String>,
    pub(super) inputs: Vec<Input>,
    pub(super) expects: Vec<Expectation>,
}

impl Act {
    /// How many people are told of one by one.
    pub(super) fn people_told(&self) -> usize {
        let told = self.inputs.iter().filter(|input| !input.is_of_crowd);
        told.map(|input| &input.person.number).collect::<BTreeSet<_>>().len()
    }
}

/// All scenes, in order.
pub(super) fn day(
    company: &Company,
    (tenant, target): (&'static str, &'static str),
    now: Timestamp,
) -> Vec<Scene> {
    vec![
        ahead_of_day_one(company, now),
        full_office(company),
        transfer(company),
        termination(company),
        quarantine(company),
        rescinded(company),
        storm::rages(company),
        poison(company),
        lost_answer(company),
        orphans::found(company, target, tenant),
        faulty::feed(company),
        books(target),
    ]
}

fn ahead_of_day_one(company: &Company, now: Timestamp) -> Scene {
    let (newcomer, distant) = (&company.newcomer, &company.distant);
    let hired = |id: &str, person: &Arc<Person>, days: i64| {
        let at = now.checked_add(SignedDuration::from_hours(24 * days)).unwrap_or(now);
        let data = json!({
            "effective_at": at.to_string(),
            "profile": profile(person, "Engineer", "Platform"),
        });
        let says = format!("begins in {days} days");
        Input::hr(id, "worker.hired", person, data).saying(&says)
    };
    Scene {
        title: "Ahead of day one",
        intro: vec![
            "Two hires. Accounts are made two weeks ahead, so that the first morning begins with work:"
                .to_owned(),
            "the one who begins in nine days gets an account now, the other one not yet.".to_owned(),
        ],
        acts: vec![Act {
            inputs: vec![hired("hire-1", newcomer, 9), hired("hire-2", distant, 60)],
            expects: vec![
                Ended { id: "hire-1", word: "applied" },
                active(newcomer),
                is_in(newcomer, VPN),
                Decided { id: "hire-2", word: "asserted" },
                NoAccount { person: Arc::clone(distant), because: "it is not time yet" },
            ],
            ..Act::default()
        }],
    }
}

fn full_office(company: &Company) -> Scene {
    let people = company.colleagues();
    let hired = |(index, person): (usize, &Arc<Person>)| {
        let data = json!({ "profile": profile(person, "Analyst", "Finance") });
        Input::hr(&format!("begin-{index}"), "worker.hired", person, data).of_crowd()
    };
    Scene {
        title: "The whole office",
        intro: vec![format!(
            "{} more begin today. usher keeps to what the provider takes, and makes one after another.",
            people.len()
        )],
        acts: vec![Act {
            inputs: people.iter().enumerate().map(hired).collect(),
            expects: vec![EverybodyIn { people, group: VPN }],
            ..Act::default()
        }],
    }
}

fn transfer(company: &Company) -> Scene {
    let (person, manager) = (&company.mover, &company.manager);
    let mut moved = profile(person, "Lead", "R&D");
    if let Some(moved) = moved.as_object_mut() {
        moved.insert("manager_employee_id".to_owned(), Json::from(manager.number.as_str()));
    }
    let says = "to R&D, under a new manager";
    let data = json!({ "profile": moved });
    Scene {
        title: "A transfer",
        intro: vec![format!(
            "{} moves to R&D, and {} is the new manager.",
            person.name(),
            manager.name()
        )],
        acts: vec![Act {
            inputs: vec![Input::hr("move-1", "worker.transferred", person, data).saying(says)],
            expects: vec![
                Ended { id: "move-1", word: "applied" },
                Attribute { person: Arc::clone(person), name: "title", value: "Lead" },
                Attribute { person: Arc::clone(person), name: "department", value: "R&D" },
                Manager { person: Arc::clone(person), manager: Arc::clone(manager) },
            ],
            ..Act::default()
        }],
    }
}

fn termination(company: &Company) -> Scene {
    let person = &company.dismissed;
    Scene {
        title: "Out, at once",
        intro: vec![format!(
            "{} is let go with immediate effect. One call shuts the account, and it goes first.",
            person.name()
        )],
        acts: vec![Act {
            inputs: vec![terminated("end-1", person)],
            expects: vec![
                CutOff { id: "end-1", person: Arc::clone(person) },
                is_out_of(person, VPN),
                Ended { id: "end-1", word: "applied" },
            ],
            ..Act::default()
        }],
    }
}

fn quarantine(company: &Company) -> Scene {
    let person = &company.at_risk;
    let risk = |level: &str| json!({ "risk": { "level": level, "detection_id": "D-4711" } });
    let raised = Input::xdr("risk-1", "risk.raised", person, risk("high"));
    let cleared = Input::xdr("risk-2", "risk.cleared", person, risk("none"));
    Scene {
        title: "Quarantine, and release",
        intro: vec![format!(
            "The XDR sees something on {}'s laptop, and an hour later that it was nothing.",
            person.name()
        )],
        acts: vec![
            Act {
                inputs: vec![raised.saying("level high").cutting(Cut::Quarantine)],
                expects: vec![
                    Ended { id: "risk-1", word: "applied" },
                    is_in(person, QUARANTINE),
                    is_out_of(person, VPN),
                ],
                ..Act::default()
            },
            Act {
                inputs: vec![cleared.saying("nothing found")],
                expects: vec![
                    Ended { id: "risk-2", word: "applied" },
                    is_out_of(person, QUARANTINE),
                    is_in(person, VPN),
                ],
                ..Act::default()
            },
        ],
    }
}

fn rescinded(company: &Company) -> Scene {
    let person = &company.mistaken;
    let rescinded = Input::hr("end-3", "worker.termination.cancelled", person, json!({}));
    Scene {
        title: "It was a mistake",
        intro: vec![format!(
            "HR terminates {}, and takes it back. All is again as it was before.",
            person.name()
        )],
        acts: vec![
            Act {
                inputs: vec![terminated("end-2", person)],
                expects: vec![
                    CutOff { id: "end-2", person: Arc::clone(person) },
                    Ended { id: "end-2", word: "applied" },
                ],
                ..Act::default()
            },
            Act {
                inputs: vec![rescinded.saying("HR takes it back")],
                expects: vec![
                    Ended { id: "end-3", word: "applied" },
                    active(person),
                    is_in(person, VPN),
                ],
                ..Act::default()
            },
        ],
    }
}

fn poison(company: &Company) -> Scene {
    let person = &company.next_in_line;
    let broken = r#"{"specversion":"1.0","id":"42","type":"io.usher.worker.upda"#;
    let data = json!({ "profile": { "title": "Controller" } });
    let after = Input::hr("after-poison", "worker.updated", person, data);
    Scene {
        title: "A poison record",
        intro: vec![
            "A record breaks off in the middle. It is set aside with its reason, and the next of its"
                .to_owned(),
            "partition follows at once.".to_owned(),
        ],
        acts: vec![Act {
            inputs: vec![
                Input::poison("poison", person, broken).saying("59 bytes that are no JSON"),
                after.saying("title Controller"),
            ],
            expects: vec![
                Parked { id: "poison", code: Code::ValueNotJson },
                Attribute { person: Arc::clone(person), name: "title", value: "Controller" },
                Ended { id: "after-poison", word: "applied" },
            ],
            ..Act::default()
        }],
    }
}

fn lost_answer(company: &Company) -> Scene {
    let person = &company.unheard;
    let fault = Fault { only: Only::Writes, ..Fault::new(Kind::DropReply) };
    Scene {
        title: "The provider falls silent",
        intro: vec![
            format!(
                "{} is terminated, and the provider hangs up without an answer.",
                person.name()
            ),
            "Was it done? usher cuts again at once, and reads the account before it says so."
                .to_owned(),
        ],
        acts: vec![Act {
            fault: Some((fault, "from now on, the answer of the next write is lost")),
            inputs: vec![terminated("end-5", person)],
            expects: vec![
                CutOff { id: "end-5", person: Arc::clone(person) },
                ReadBack { id: "end-5" },
                is_out_of(person, VPN),
            ],
            ..Act::default()
        }],
    }
}

fn books(target: &'static str) -> Scene {
    Scene {
        title: "The books",
        intro: vec!["What the audit must say of the whole day.".to_owned()],
        acts: vec![Act {
            order: Some(Order::Refresh { target, why: "what is left of the day?" }),
            expects: vec![Inventoried, EachDecidedOnce, EachRevisionEndedOnce, NothingElse],
            ..Act::default()
        }],
    }
}

fn terminated(id: &str, person: &Arc<Person>) -> Input {
    let input = Input::hr(id, "worker.terminated", person, json!({}));
    input.saying("at once").cutting(Cut::Account)
}

fn active(person: &Arc<Person>) -> Expectation {
    Account { person: Arc::clone(person), is_active: true }
}

fn is_in(person: &Arc<Person>, group: &'static str) -> Expectation {
    Member { person: Arc::clone(person), group, is_in: true }
}

fn is_out_of(person: &Arc<Person>, group: &'static str) -> Expectation {
    Member { person: Arc::clone(person), group, is_in: false }
}
