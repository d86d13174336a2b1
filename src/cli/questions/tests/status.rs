//! The screen of `usher status`.

use super::at;
use crate::cli::questions::status::page;
use crate::cli::questions::time::Zone;
use crate::command::instruction::Scope;
use crate::engine::brakes::counters::Window;
use crate::engine::brakes::figures::VerdictWord;
use crate::engine::brakes::halt::PauseOrder;
use crate::engine::brakes::kind::LimitKind;
use crate::model::code::Code;
use crate::model::ids::{TargetName, TenantName};
use crate::view::status::{HeldRows, LimitSpent, Recurring, ShardLine, Status, Stuck, Told};
use insta::assert_snapshot;
use std::collections::BTreeMap;

fn acme() -> (TenantName, TargetName) {
    (TenantName::new("acme"), TargetName::new("main"))
}

fn spent(window: Window, spent: usize, limit: usize) -> LimitSpent {
    let (tenant, target) = acme();
    LimitSpent {
        tenant,
        target,
        kind: LimitKind::Cut,
        window,
        spent,
        limit: Some(limit),
        accounts: 480,
    }
}

fn quiet() -> Status {
    let told = Told {
        since: at("2026-10-01T08:00Z"),
        parked: Vec::new(),
        commands_refused: Vec::new(),
        protected: 0,
    };
    Status {
        at: at("2026-10-02T08:00Z"),
        waits: false,
        held: Vec::new(),
        pauses: Vec::new(),
        stuck: Vec::new(),
        limits: vec![spent(Window::Hour, 0, 24), spent(Window::Day, 0, 48)],
        tokens: Vec::new(),
        lately: told,
        shards: vec![ShardLine {
            shard: 0,
            written_at: Some(at("2026-10-02T07:59Z")),
            people: Some(480),
            next: BTreeMap::new(),
            behind: [("hr.events".to_owned(), 3)].into(),
        }],
        never_written: Vec::new(),
    }
}

fn busy() -> Status {
    let (tenant, target) = acme();
    let rows = |verdict, waits, until| HeldRows {
        tenant: tenant.clone(),
        target: target.clone(),
        code: Code::LimitReached.into(),
        verdict,
        waits,
        rows: 31,
        people: 25,
        since: at("2026-10-02T07:00Z"),
        until,
    };
    let times =
        |code: Code| Recurring { code: code.into(), times: 4, last: at("2026-10-02T07:00Z") };
    let mut status = quiet();
    status.waits = true;
    status.held = vec![
        rows(VerdictWord::Open, true, None),
        rows(VerdictWord::Rejected, false, Some(at("2026-10-09T08:00Z"))),
    ];
    status.pauses.push(PauseOrder {
        tenant: Some(tenant.clone()),
        scope: Scope::Target(target.clone()),
        since: at("2026-10-02T07:00Z"),
        by: "bob".to_owned(),
        reason: "the feed is false".to_owned(),
        command: "01890a5d-ac96-774b-bcce-b302099a8057".to_owned().try_into().unwrap(),
    });
    let code = Code::GroupMissing.into();
    let again_at = Some(at("2026-10-03T08:00Z"));
    status.stuck.push(Stuck { tenant, target, code, people: 2, again_at });
    status.limits = vec![spent(Window::Hour, 24, 24), spent(Window::Day, 30, 48)];
    status.lately.parked.push(times(Code::DataMissing));
    status.lately.commands_refused.push(times(Code::CommandKeyUnknown));
    status.lately.protected = 1;
    status
}

#[test]
fn one_screen_says_who_is_waited_for() {
    assert_snapshot!(page(&busy(), &Zone::named(None).unwrap()));
}

#[test]
fn quiet_day_is_said_to_be_one() {
    assert_snapshot!(page(&quiet(), &Zone::named(None).unwrap()));
}

#[test]
fn target_without_limits_is_said_to_have_none() {
    let mut free = quiet();
    for one in &mut free.limits {
        one.limit = None;
    }
    assert!(page(&free, &Zone::named(None).unwrap()).contains("acme/main  there is no limit"));
}

#[test]
fn where_nothing_was_ever_written_nobody_says_that_nothing_waits() {
    let mut untouched = quiet();
    untouched.shards.clear();
    untouched.never_written = vec![0, 2];
    untouched.waits = true;
    let told = page(&untouched, &Zone::named(None).unwrap());
    assert!(
        told.starts_with("nothing was ever written here: no worker has done anything"),
        "{told}"
    );
    assert!(told.contains("shard 2  nothing was ever written; see that a worker runs"), "{told}");
    let mut partly = quiet();
    partly.never_written = vec![1];
    partly.waits = true;
    let told = page(&partly, &Zone::named(None).unwrap());
    assert!(told.starts_with("something waits for somebody"), "{told}");
    assert!(told.contains("shard 1  nothing was ever written"), "{told}");
}

#[test]
fn members_of_the_document_are_a_promise() {
    assert_snapshot!(format!("{:#}", serde_json::json!(busy())));
}
