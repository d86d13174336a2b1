//! Look-ups that prove nothing, and accounts that may be somebody else's: neither makes an account,
//! nor cuts one, nor is taken for "there is none".

use super::bench::Bench;
use super::words::refused;
use crate::model::event::Event;
use crate::model::{
    Account, Alias, AliasKind, AttributeName, Call, Operation, Outcome, Reply, Request, ResultWord,
    ScimId, Value,
};
use jiff::SignedDuration;
use serde_json::json;

/// An account with these names and numbers.
fn account(id: &str, facts: &[(AttributeName, &str)]) -> Account {
    let text =
        |(name, value): &(AttributeName, &str)| (name.clone(), Value::Text((*value).to_owned()));
    let attributes = facts.iter().map(text).collect();
    Account { id: ScimId::new(id), active: Some(true), attributes, groups: None, changed: None }
}

fn named(id: &str, user_name: &str) -> Account {
    account(id, &[(AttributeName::USER_NAME, user_name)])
}

/// An event about Kim, who has this number and this address, too.
fn about_kim(bench: &Bench, kind: &str, number: Option<&str>, email: Option<&str>) -> Event {
    let mut event = bench.event_about(
        "kim@example.com",
        kind,
        json!({"worker": {"user_name": "kim@example.com"}}),
    );
    let number = number.and_then(|text| Alias::parse(AliasKind::EmployeeNumber, text));
    let email = email.and_then(|text| Alias::parse(AliasKind::Email, text));
    event.aliases.extend(number.into_iter().chain(email));
    event
}

fn find(bench: &Bench) -> Option<(Call, String)> {
    bench.calls.iter().find_map(|call| match &call.request {
        Request::ListAccounts { .. } | Request::ListGroups { .. } | Request::ReadScope { .. } => {
            panic!("nobody lists here")
        }
        Request::FindAccounts { value, .. } => Some((call.clone(), value.clone())),
        Request::ReadAccount { .. }
        | Request::FindGroups { .. }
        | Request::ReadMembers { .. }
        | Request::AddMembers { .. }
        | Request::Write(_) => None,
    })
}

/// Answers each look-up by `shown`, and lets `time` pass; says what was written.
fn settle(
    bench: &mut Bench,
    time: SignedDuration,
    shown: impl Fn(&str) -> Outcome,
) -> Vec<Operation> {
    let mut written = Vec::new();
    for _ in 0..12 {
        bench.commit_all();
        bench.read_groups(&[], &[]);
        while let Some((call, value)) = find(bench) {
            bench.answer(&call, shown(&value));
            bench.commit_all();
        }
        // What was found is shown by its id, too.
        let reads = bench.calls.iter().find_map(|call| match &call.request {
            Request::ListAccounts { .. }
            | Request::ListGroups { .. }
            | Request::ReadScope { .. } => {
                panic!("nobody lists here")
            }
            Request::ReadAccount { account } => Some((call.clone(), account.clone())),
            Request::FindAccounts { .. }
            | Request::FindGroups { .. }
            | Request::ReadMembers { .. }
            | Request::AddMembers { .. }
            | Request::Write(_) => None,
        });
        if let Some((call, id)) = reads
            && let Outcome::Done(Reply::Accounts(found)) = shown("kim@example.com")
            && let Some(account) = found.into_iter().find(|account| account.id == id)
        {
            bench.done(&call, Reply::Account(account));
            bench.commit_all();
        }
        let writes = bench.calls.iter().filter_map(|call| match &call.request {
            Request::ListAccounts { .. }
            | Request::ListGroups { .. }
            | Request::ReadScope { .. } => {
                panic!("nobody lists here")
            }
            Request::Write(operation) => Some(operation.clone()),
            Request::FindAccounts { .. }
            | Request::ReadAccount { .. }
            | Request::FindGroups { .. }
            | Request::ReadMembers { .. }
            | Request::AddMembers { .. } => None,
        });
        written.extend(writes);
        bench.wait(time / 12);
    }
    written
}

fn hour() -> SignedDuration {
    SignedDuration::from_hours(1)
}

fn nobody() -> Outcome {
    Outcome::Done(Reply::Accounts(Vec::new()))
}

fn found(account: Account) -> Outcome {
    Outcome::Done(Reply::Accounts(vec![account]))
}

fn failure(bench: &Bench) -> Option<String> {
    let result = bench.last_result();
    assert_eq!(result.word, ResultWord::Failed, "{result:?}");
    result.why.as_ref().map(|why| why.code.to_string())
}

#[test]
fn a_look_up_that_is_refused_makes_no_second_account() {
    let mut bench = Bench::ready(&[]);
    let hired = about_kim(&bench, "worker.hired", None, Some("k@example.com"));
    bench.tell(hired);
    let written =
        settle(
            &mut bench,
            hour(),
            |value| {
                if value == "kim@example.com" { nobody() } else { refused() }
            },
        );
    assert!(written.is_empty(), "{written:?}");
    assert_eq!(failure(&bench).as_deref(), Some("account.unproved"));
}

#[test]
fn another_look_up_that_can_be_made_is_enough_to_find_somebody() {
    let mut bench = Bench::ready(&["a-kim"]);
    let terminated = about_kim(&bench, "worker.terminated", None, Some("k@example.com"));
    bench.tell(terminated);
    let written = settle(&mut bench, hour(), |value| {
        if value == "kim@example.com" {
            refused()
        } else {
            found(named("a-kim", "kim@example.com"))
        }
    });
    assert!(!written.is_empty());
}

#[test]
fn a_cut_that_no_look_up_proves_needless_fails_where_a_person_sees_it_and_is_tried_daily() {
    let mut bench = Bench::ready(&[]);
    bench.event("worker.terminated", json!({}));
    settle(&mut bench, hour(), |_| refused());
    assert_eq!(bench.unverified(), ["account.unproved"], "told at once");
    let written = settle(&mut bench, SignedDuration::from_hours(36), |_| refused());
    assert!(written.is_empty(), "{written:?}");
    assert_eq!(failure(&bench).as_deref(), Some("account.unproved"));
    let before = bench.results().len();
    settle(&mut bench, SignedDuration::from_hours(72), |_| refused());
    assert_eq!(bench.results().len(), before + 3, "each daily try says so at once");
    assert_eq!(bench.unverified(), ["account.unproved"], "which is no news");
}

#[test]
fn a_cut_without_an_account_is_already_so_only_after_clean_answers_to_every_look_up() {
    let mut bench = Bench::ready(&[]);
    let terminated = about_kim(&bench, "worker.terminated", None, Some("k@example.com"));
    bench.tell(terminated);
    settle(&mut bench, SignedDuration::from_hours(36), |_| nobody());
    assert_eq!(bench.last_result().word, ResultWord::AlreadySo);
}

#[test]
fn a_look_up_that_works_again_cuts_within_minutes() {
    let mut bench = Bench::ready(&["a-kim"]);
    bench.event("worker.terminated", json!({}));
    settle(&mut bench, SignedDuration::from_mins(1), |_| refused());
    let written = settle(&mut bench, SignedDuration::from_mins(6), |_| {
        found(named("a-kim", "kim@example.com"))
    });
    assert!(!written.is_empty());
}

#[test]
fn an_account_with_another_number_is_not_cut_for_its_name() {
    let mut bench = Bench::ready(&["a-kim"]);
    let terminated = about_kim(&bench, "worker.terminated", Some("1001"), None);
    bench.tell(terminated);
    for facts in [
        [(AttributeName::USER_NAME, "kim@example.com"), (AttributeName::EMPLOYEE_NUMBER, "2002")],
        [(AttributeName::USER_NAME, "kim@example.com"), (AttributeName::EXTERNAL_ID, "2002")],
    ] {
        let written =
            settle(&mut bench, SignedDuration::from_hours(36), |_| found(account("a-new", &facts)));
        assert!(written.is_empty(), "{written:?}");
        assert_eq!(failure(&bench).as_deref(), Some("account.unproved"));
    }
    assert_eq!(bench.unverified()[0], "account.unproved");
}

#[test]
fn an_account_with_the_persons_number_is_theirs_whatever_its_name_and_placeholders_say_nothing() {
    for (name, number) in [("bob@example.com", "001001"), ("kim@example.com", "N/A")] {
        let mut bench = Bench::ready(&["a-kim"]);
        let terminated =
            about_kim(&bench, "worker.terminated", Some("1001"), Some("bob@example.com"));
        bench.tell(terminated);
        let facts = [(AttributeName::USER_NAME, name), (AttributeName::EMPLOYEE_NUMBER, number)];
        let written = settle(&mut bench, hour(), |_| found(account("a-kim", &facts)));
        assert!(!written.is_empty(), "{name} {number}");
    }
}

#[test]
fn an_address_that_is_anothers_user_name_cuts_nobody_known_or_not() {
    for is_known in [true, false] {
        let mut bench = Bench::ready(&["a-bob"]);
        if is_known {
            bench.hire("bob@example.com");
            settle(&mut bench, hour(), |_| found(named("a-bob", "bob@example.com")));
        }
        let terminated = about_kim(&bench, "worker.terminated", None, Some("bob@example.com"));
        bench.tell(terminated);
        let written = settle(&mut bench, SignedDuration::from_hours(36), |value| {
            if value == "bob@example.com" { found(named("a-bob", value)) } else { nobody() }
        });
        let cut = |it: &&Operation| matches!(it, Operation::Change { active: Some(false), .. });
        assert_eq!(written.iter().find(cut), None, "known: {is_known}");
        assert!(!bench.unverified().is_empty(), "somebody sees it");
    }
}

#[test]
fn an_account_that_goes_by_an_old_name_is_adopted_by_its_address() {
    let mut bench = Bench::ready(&[]);
    let hired = about_kim(&bench, "worker.hired", None, Some("k@example.com"));
    bench.tell(hired);
    let written = settle(&mut bench, hour(), |value| {
        if value == "k@example.com" { found(named("a-kim", "kim-of-old")) } else { nobody() }
    });
    let created = written.iter().any(|it| matches!(it, Operation::Create { .. }));
    assert!(!written.is_empty() && !created, "{written:?}");
}

/// Kim is employed and has the account `a-kim`, with this number.
fn with_kim(number: Option<&str>) -> Bench {
    let mut bench = Bench::ready(&["a-kim"]);
    bench.hire("kim@example.com");
    let call = bench.called();
    let mut kim = named("a-kim", "kim@example.com");
    let value = number.map(|number| Value::Text(number.to_owned()));
    kim.attributes.extend(value.map(|value| (AttributeName::EMPLOYEE_NUMBER, value)));
    bench.done(&call, Reply::Accounts(vec![kim]));
    bench.commit_all();
    bench.read_groups(&["a-kim"], &[]);
    assert_eq!(bench.results(), [(1, ResultWord::AlreadySo)]);
    bench
}

/// Reads what is bound; the cut before it is answered well.
fn cut_and_read(bench: &mut Bench, shown: Reply) {
    bench.commit_all();
    for _ in 0..4 {
        let Some(call) = bench.calls.first().cloned() else { break };
        match call.request {
            Request::ListAccounts { .. }
            | Request::ListGroups { .. }
            | Request::ReadScope { .. } => {
                panic!("nobody lists here")
            }
            Request::Write(_) => bench.done(&call, Reply::Changed),
            Request::ReadAccount { .. } => {
                bench.done(&call, shown);
                bench.commit_all();
                return;
            }
            other @ (Request::FindAccounts { .. }
            | Request::FindGroups { .. }
            | Request::ReadMembers { .. }
            | Request::AddMembers { .. }) => panic!("{other:?}"),
        }
        bench.commit_all();
    }
    panic!("no account was read");
}

#[test]
fn a_new_account_with_a_leavers_name_is_not_cut_for_the_leaver() {
    let mut bench = with_kim(None);
    bench.event("worker.terminated", json!({}));
    cut_and_read(&mut bench, Reply::Gone);
    let written = settle(&mut bench, SignedDuration::from_hours(36), |_| {
        found(named("a-newcomer", "kim@example.com"))
    });
    let touches = |it: &&Operation| matches!(it, Operation::Change { account, .. } if account.as_str() == "a-newcomer");
    assert_eq!(written.iter().find(touches), None);
    assert!(bench.unverified().contains(&"account.unproved"));
    assert_eq!(failure(&bench).as_deref(), Some("account.unproved"));
}

#[test]
fn a_new_account_that_has_the_old_ones_number_is_cut() {
    let mut bench = with_kim(Some("1001"));
    bench.event("worker.terminated", json!({}));
    cut_and_read(&mut bench, Reply::Gone);
    let facts =
        [(AttributeName::USER_NAME, "kim@example.com"), (AttributeName::EMPLOYEE_NUMBER, "1001")];
    let written = settle(&mut bench, hour(), |_| found(account("a-restored", &facts)));
    assert!(!written.is_empty());
}

#[test]
fn an_id_that_is_somebody_elses_now_is_let_go_and_told() {
    let facts =
        [(AttributeName::USER_NAME, "bob@example.com"), (AttributeName::EMPLOYEE_NUMBER, "2002")];
    let mut bench = with_kim(Some("1001"));
    let number = about_kim(&bench, "worker.hired", Some("1001"), None);
    bench.tell(number);
    bench.event("worker.terminated", json!({}));
    cut_and_read(&mut bench, Reply::Account(account("a-kim", &facts)));
    assert_eq!(bench.unverified(), ["account.replaced"]);
    let written = settle(&mut bench, hour(), |_| {
        let facts = [
            (AttributeName::USER_NAME, "kim@example.com"),
            (AttributeName::EMPLOYEE_NUMBER, "1001"),
        ];
        found(account("a-9", &facts))
    });
    let touches = |id: &str| {
        written
            .iter()
            .any(|it| matches!(it, Operation::Change { account, .. } if account.as_str() == id))
    };
    assert!(touches("a-9") && !touches("a-kim"), "{written:?}");
}

#[test]
fn a_rename_is_no_other_account() {
    let mut bench = with_kim(Some("1001"));
    bench.event("worker.terminated", json!({}));
    let facts = [
        (AttributeName::USER_NAME, "kim.new@example.com"),
        (AttributeName::EMPLOYEE_NUMBER, "1001"),
    ];
    let renamed = Account { active: Some(false), ..account("a-kim", &facts) };
    cut_and_read(&mut bench, Reply::Account(renamed));
    bench.read_groups(&[], &[]);
    assert!(bench.unverified().is_empty());
    let renames_back = |call: &Call| matches!(&call.request, Request::Write(Operation::Change { account, active: None, .. }) if account.as_str() == "a-kim");
    assert!(bench.calls.iter().any(renames_back), "{:?}", bench.calls);
}
