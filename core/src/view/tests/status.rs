//! Whether anything waits for somebody, of records as they were committed.

use super::{at, kim};
use crate::command::instruction::Scope as PauseScope;
use crate::engine::brakes::counters::{Charges, Counters, Window};
use crate::engine::brakes::halt::PauseOrder;
use crate::engine::brakes::kind::LimitKind;
use crate::engine::brakes::limits::Limits;
use crate::engine::orders::Orders;
use crate::engine::record::{Kept, encode_counters, encode_orders, encode_person, encode_survey};
use crate::engine::state::{Binding, Seat, ShardRecord, Stage};
use crate::inventory::Head;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::hold::{Effect, Hold, HoldDigest, Verdict};
use crate::model::ids::{PersonId, ScimId, ShardNumber, TargetName, TenantName};
use crate::model::operation::Operation;
use crate::model::{RawRecord, StateWrite};
use crate::view::status::{Gathered, Lately, Place, Status, Told};
use jiff::Timestamp;

const NOW: &str = "2026-10-02T08:00Z";
const SHARD: ShardNumber = ShardNumber(0);

fn acme() -> [TenantName; 1] {
    [TenantName::new("acme")]
}

fn lately() -> Told {
    Lately::since(at("2026-10-01T08:00Z"), &acme()).told()
}

fn place(token_expires: Option<Timestamp>) -> Place {
    Place {
        tenant: TenantName::new("acme"),
        target: TargetName::new("main"),
        formerly: vec![TargetName::new("old")],
        limits: Limits::usual(),
        token_expires,
    }
}

fn gathered() -> Gathered {
    Gathered::of(&acme(), vec![place(None)], at(NOW))
}

fn status(writes: &[StateWrite]) -> Status {
    let mut gathered = gathered();
    for write in writes {
        gathered.take(SHARD, &write.key, write.value.as_deref()).unwrap();
    }
    gathered.status(lately())
}

fn written(kept: &Kept) -> StateWrite {
    encode_person(&kept.person, &kept.seats.iter().collect())
}

fn person(id: &str, seat: Seat) -> Kept {
    let mut kept = kim();
    kept.person.id = PersonId::new(id);
    kept.seats.insert(TargetName::new("main"), seat);
    kept
}

fn held(verdict: Verdict, since: &str) -> Seat {
    let hold = Hold {
        digest: HoldDigest::of([since.as_bytes()]),
        as_heard: None,
        effect: Effect::Operation(Operation::Delete { account: ScimId::new("u-1") }),
        why: Why::new(Code::Deletion, None, "it waits"),
        since: at(since),
        cause: None,
        verdict,
    };
    Seat { holds: vec![hold], ..Seat::new(at(since)) }
}

fn rejected() -> Verdict {
    Verdict::Rejected { until: at("2026-10-09T08:00Z"), by: "ann".to_owned() }
}

#[test]
fn nothing_waits_where_nobody_has_to_say_anything() {
    let status = status(&[written(&kim())]);
    assert!(!status.waits);
    assert!(status.held.is_empty() && status.pauses.is_empty() && status.stuck.is_empty());
}

#[test]
fn shard_in_which_nothing_was_ever_written_waits_for_somebody() {
    let untouched = gathered().of_shards(1).status(lately());
    assert!(untouched.waits && untouched.is_untouched());
    assert_eq!(untouched.never_written, [0]);
    let mut touched = gathered().of_shards(1);
    let shard = crate::engine::record::encode_shard(&ShardRecord::default());
    touched.take(SHARD, &shard.key, shard.value.as_deref()).unwrap();
    let touched = touched.status(lately());
    assert!(!touched.waits && !touched.is_untouched(), "{touched:?}");
}

#[test]
fn rows_that_are_alike_are_one_line_with_the_oldest() {
    let [lee, mia] = [("p-2", "2026-10-01T08:00Z"), ("p-3", "2026-10-02T07:00Z")];
    let status = status(&[
        written(&person(mia.0, held(Verdict::Open, mia.1))),
        written(&person(lee.0, held(Verdict::Open, lee.1))),
        written(&person("p-4", held(rejected(), mia.1))),
    ]);
    assert!(status.waits);
    let told =
        status.held.iter().map(|it| (it.verdict.word(), it.rows, it.people, it.since, it.until));
    let until = Some(at("2026-10-09T08:00Z"));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [("open", 2, 2, at(lee.1), None), ("rejected", 1, 1, at(mia.1), until)]
    );
}

#[test]
fn what_is_rejected_is_told_and_waits_for_nobody() {
    let status = status(&[written(&person("p-2", held(rejected(), NOW)))]);
    assert_eq!(status.held.len(), 1);
    assert!(!status.waits);
}

/// It may take years, and nobody here can end it.
#[test]
fn what_is_on_legal_hold_waits_for_nobody() {
    let mut seat = held(Verdict::Open, NOW);
    seat.holds[0].why = Why::new(Code::DeletionLegalHold, None, "it is on legal hold");
    let status = status(&[written(&person("p-2", seat))]);
    assert_eq!((status.held.len(), status.waits), (1, false));
}

#[test]
fn last_record_of_a_key_counts_and_other_tenants_do_not() {
    let waits = written(&person("p-2", held(Verdict::Open, NOW)));
    let gone = StateWrite { key: waits.key.clone(), value: None };
    let mut other = person("p-3", held(Verdict::Open, NOW));
    other.person.tenant = TenantName::new("globex");
    let status = status(&[waits, gone, written(&other)]);
    assert!(status.held.is_empty() && !status.waits);
}

#[test]
fn people_who_are_stuck_are_counted_by_their_code() {
    let again_at = at("2026-10-03T08:00Z");
    let stage = Stage::Stuck { code: Code::GroupMissing.into(), again_at };
    let status = status(&[written(&person("p-2", Seat { stage, ..Seat::new(at(NOW)) }))]);
    assert!(status.waits);
    let stuck = &status.stuck[0];
    assert_eq!((stuck.code.as_str(), stuck.people), ("group.missing", 1));
    assert_eq!(stuck.again_at, Some(again_at));
}

#[test]
fn pause_waits_for_whoever_resumes_it() {
    let pause = |tenant: &str| PauseOrder {
        tenant: Some(TenantName::new(tenant)),
        scope: PauseScope::Tenant,
        since: at(NOW),
        by: "bob".to_owned(),
        reason: "the feed is false".to_owned(),
        command: "01890a5d-ac96-774b-bcce-b302099a8057".to_owned().try_into().unwrap(),
    };
    let mut orders = Orders::default();
    orders.pause(pause("globex"));
    assert!(!status(&[encode_orders(orders.kept())]).waits, "that is another tenant's");
    orders.pause(pause("acme"));
    let status = status(&[encode_orders(orders.kept())]);
    assert!(status.waits);
    assert_eq!(status.pauses, [pause("acme")]);
}

#[test]
fn limits_say_what_is_spent_of_which_share() {
    let place = (TenantName::new("acme"), TargetName::new("old"));
    let mut counters = Counters::default();
    for minute in ["2026-10-01T20:00Z", "2026-10-02T07:30Z", "2026-10-02T07:31Z"] {
        counters.charge(LimitKind::Cut, &mut Charges::new(), at(minute));
    }
    let mut writes = vec![encode_counters((&place.0, &place.1), &counters)];
    for number in 0..200 {
        let binding = Binding::Bound(ScimId::new(format!("u-{number}")));
        let seat = Seat { binding, ..Seat::new(at(NOW)) };
        writes.push(written(&person(&format!("p-{number}"), seat)));
    }
    let status = status(&writes);
    let cuts = status.limits.iter().filter(|it| it.kind == LimitKind::Cut);
    let told: Vec<_> = cuts.map(|it| (it.window, it.spent, it.limit, it.accounts)).collect();
    // 5 and 10 percent of 200 are less than 25 and 100.
    assert_eq!(told, [(Window::Hour, 2, Some(10), 200), (Window::Day, 3, Some(20), 200)]);
    assert!(!status.waits);
}

fn parked(tenant: &str, at_time: &str) -> RawRecord {
    let header = |name: &str, text: &str| (name.to_owned(), Some(text.as_bytes().to_vec()));
    RawRecord {
        topic: "usher.parked".to_owned(),
        partition: 0,
        offset: 0,
        timestamp: at(at_time),
        key: None,
        value: None,
        headers: vec![
            header("usher-tenant", tenant),
            header("usher-reason-code", Code::DataMissing.as_str()),
        ],
    }
}

#[test]
fn records_set_aside_of_late_wait_for_somebody() {
    let mut lately = Lately::since(at("2026-10-01T08:00Z"), &acme());
    for (tenant, at_time) in [("acme", "2026-10-02T07:00Z"), ("globex", NOW), ("acme", NOW)] {
        lately.take_parked(&parked(tenant, at_time));
    }
    let status = gathered().status(lately.told());
    assert!(status.waits);
    let told = &status.lately.parked[0];
    assert_eq!((told.code.as_str(), told.times, told.last), ("data.missing", 2, at(NOW)));
}

/// A token that has two weeks left waits for whoever puts in another; one that is read counts more than
/// what is configured.
#[test]
fn a_token_that_ends_soon_waits_for_somebody() {
    let mut head = Head::default();
    for (read, configured, ends, is_near) in [
        (Some("2026-10-16T08:00Z"), None, Some("2026-10-16T08:00Z"), true),
        (Some("2026-10-17T08:00Z"), Some("2026-10-03T08:00Z"), Some("2026-10-17T08:00Z"), false),
        (None, Some("2026-09-01T08:00Z"), Some("2026-09-01T08:00Z"), true),
        (None, None, None, false),
    ] {
        head.shown.token_ends = read.map(at);
        let mut gathered = Gathered::of(&acme(), vec![place(configured.map(at))], at(NOW));
        let write = encode_survey((&acme()[0], &TargetName::new("main")), &head);
        gathered.take(SHARD, &write.key, write.value.as_deref()).unwrap();
        let status = gathered.status(lately());
        assert_eq!(status.tokens.first().map(|token| token.ends), ends.map(at));
        assert_eq!(status.waits, is_near, "{status:?}");
    }
}
