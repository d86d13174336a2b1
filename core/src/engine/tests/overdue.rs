//! Old cuts go behind those of today, and before all that gives.

use super::bench::Bench;
use crate::engine::settings::Quota;
use crate::model::call::Urgency;
use crate::model::ids::TargetName;
use crate::model::{Event, Operation, Reply, Request};
use jiff::SignedDuration;
use serde_json::json;

fn urgency_of(bench: &Bench, name: &str) -> Urgency {
    let has = |person: &&crate::engine::state::Person| {
        person.aliases.iter().any(|alias| alias.value() == name)
    };
    let person = bench.shard.people().find(has).unwrap();
    bench.shard.seats_of(person)[&TargetName::new("main")].urgency
}

fn long_ago(bench: &Bench, name: &str) -> Event {
    let then = bench.now - SignedDuration::from_hours(24 * 400);
    let data = json!({"effective_at": then.to_string(), "worker": {"user_name": name}});
    Event { time: then, ..bench.event_about(name, "worker.terminated", data) }
}

#[test]
fn overdue_is_what_was_said_and_due_more_than_a_day_ago_whatever_its_effective_date() {
    let mut bench = Bench::ready(&[]);
    let old = long_ago(&bench, "old@example.com");
    bench.tell(old);
    assert_eq!(urgency_of(&bench, "old@example.com"), Urgency::Overdue);
    // Entered today for last Friday.
    let friday = (bench.now - SignedDuration::from_hours(24 * 4)).to_string();
    let data = json!({"effective_at": friday, "worker": {"user_name": "friday@example.com"}});
    bench.event_of("friday@example.com", "worker.terminated", data);
    assert_eq!(urgency_of(&bench, "friday@example.com"), Urgency::Urgent);
    // Entered three weeks ago for now.
    let data = json!({"effective_at": bench.now.to_string()});
    let event = bench.event_about("ahead@example.com", "worker.terminated", data);
    let time = bench.now - SignedDuration::from_hours(24 * 21);
    bench.tell(Event { time, ..event });
    assert_eq!(urgency_of(&bench, "ahead@example.com"), Urgency::Urgent);
    let hired = json!({"worker": {"user_name": "new@example.com"}});
    bench.event_of("new@example.com", "worker.hired", hired);
    assert!(Urgency::Overdue < urgency_of(&bench, "new@example.com"), "a late cut before a grant");
}

#[test]
fn three_thousand_terminations_of_past_years_do_not_hold_up_one_of_today() {
    let mut bench = Bench::with_quota(Quota::per_second(20.0));
    bench.commit_all();
    bench.settle(true, &[]);
    for number in 0..3_000 {
        let old = long_ago(&bench, &format!("old{number}@example.com"));
        bench.tell(old);
    }
    bench.event("worker.terminated", json!({"worker": {"user_name": "kim@example.com"}}));
    let began = bench.now;
    let is_cut = |request: &Request| {
        matches!(request, Request::Write(Operation::Change { active: Some(false), .. }))
    };
    while !bench.calls.iter().any(|call| is_cut(&call.request)) {
        bench.commit_all();
        for call in bench.calls.clone() {
            if is_cut(&call.request) {
                continue;
            }
            let reply = match &call.request {
                Request::ListAccounts { .. }
                | Request::ListGroups { .. }
                | Request::ReadScope { .. } => {
                    panic!("nobody lists here")
                }
                Request::FindAccounts { value, .. } if value == "kim@example.com" => {
                    Reply::Accounts(vec![Bench::kim(true)])
                }
                Request::FindAccounts { .. } => Reply::Accounts(Vec::new()),
                Request::ReadAccount { .. }
                | Request::FindGroups { .. }
                | Request::ReadMembers { .. }
                | Request::AddMembers { .. }
                | Request::Write(_) => Reply::Changed,
            };
            bench.done(&call, reply);
        }
        bench.wait(SignedDuration::from_millis(50));
        let waited = bench.now.duration_since(began);
        assert!(waited < SignedDuration::from_secs(2), "still waiting after {waited:#}");
    }
}
