//! What waits, as rows.

use super::{at, kim};
use crate::engine::record::Kept;
use crate::engine::state::Seat;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::hold::{Effect, Hold, HoldDigest, Verdict};
use crate::model::ids::{ScimId, TargetName};
use crate::model::operation::Operation;
use crate::model::wish::Facet;
use crate::view::held::{Filter, Held, NoSuchRow, Release, Said};

const NOW: &str = "2026-10-02T08:00Z";

fn hold(effect: Effect, code: Code, since: &str) -> Hold {
    Hold {
        digest: HoldDigest::of([code.as_str().as_bytes()]),
        as_heard: None,
        effect,
        why: Why::new(code, None, "it waits"),
        since: at(since),
        cause: None,
        verdict: Verdict::Open,
    }
}

fn deletion(code: Code, since: &str) -> Hold {
    let account = ScimId::new("u-1");
    hold(Effect::Operation(Operation::Delete { account }), code, since)
}

/// Kim, of whom this waits at `main`.
fn held(holds: Vec<Hold>) -> Kept {
    let mut kept = kim();
    let seat = Seat { holds, ..Seat::new(at(NOW)) };
    kept.seats.insert(TargetName::new("main"), seat);
    kept
}

fn rows(kept: &Kept, filter: &Filter) -> Held {
    Held::new(filter.rows(kept, at(NOW)), [])
}

#[test]
fn each_row_says_what_would_release_it() {
    let way_back = |facet| hold(Effect::WayBack(facet), Code::BaselineUnknown, NOW);
    let cases = [
        (deletion(Code::Deletion, NOW), Release::Verdict),
        (deletion(Code::LimitReached, NOW), Release::Verdict),
        (deletion(Code::DeletionLegalHold, NOW), Release::LegalHold),
        (deletion(Code::PauseOrdered, NOW), Release::Resumption),
        (deletion(Code::PauseFile, NOW), Release::PauseFile),
        (deletion(Code::ProtectedPerson, NOW), Release::Protection),
        (deletion(Code::ProtectedLastMember, NOW), Release::Protection),
        (deletion(Code::ProtectedAdministrator, NOW), Release::Verdict),
        (deletion(Code::RemovalStopped, NOW), Release::Removals),
        (deletion(Code::PlanUnsound, NOW), Release::Nothing),
        (way_back(Facet::Active), Release::Verdict),
        (way_back(Facet::Account), Release::Rejection),
        (hold(Effect::Identity, Code::IdentitySharedName, NOW), Release::Identity),
    ];
    for (hold, release) in cases {
        let kept = held(vec![hold]);
        assert_eq!(rows(&kept, &Filter::default()).rows()[0].released_by, release);
    }
}

/// A pause that ends lets nobody go whom somebody has rejected meanwhile.
#[test]
fn what_was_rejected_in_a_pause_is_released_by_a_verdict_alone() {
    for code in [Code::PauseOrdered, Code::PauseFile] {
        let mut hold = deletion(code, NOW);
        hold.verdict = Verdict::Rejected { until: at(NOW), by: "ann@example.com".to_owned() };
        let kept = held(vec![hold]);
        assert_eq!(rows(&kept, &Filter::default()).rows()[0].released_by, Release::Verdict);
    }
}

#[test]
fn filters_take_what_they_name_and_nothing_else() {
    let kept = held(vec![
        deletion(Code::Deletion, "2026-10-01T08:00Z"),
        deletion(Code::LimitReached, "2026-10-02T07:00Z"),
    ]);
    let all = Filter::default();
    let count = |filter: Filter| rows(&kept, &filter).counts().rows;
    assert_eq!(count(all.clone()), 2);
    assert_eq!(count(Filter { code: Some(Code::Deletion), ..all.clone() }), 1);
    assert_eq!(count(Filter { since: Some(at("2026-10-02T00:00Z")), ..all.clone() }), 1);
    assert_eq!(count(Filter { target: Some(TargetName::new("other")), ..all.clone() }), 0);
    assert_eq!(count(Filter { person: Some("KIM@example.com".to_owned()), ..all.clone() }), 2);
    assert_eq!(count(Filter { person: Some("lee@example.com".to_owned()), ..all }), 0);
}

#[test]
fn a_rejection_counts_until_its_time_is_over() {
    let until = |text| {
        let mut hold = deletion(Code::Deletion, NOW);
        hold.verdict = Verdict::Rejected { until: at(text), by: "ann@example.com".to_owned() };
        let held = rows(&held(vec![hold]), &Filter::default());
        held.rows()[0].verdict.clone()
    };
    assert!(matches!(until("2026-10-03T08:00Z"), Said::Rejected { .. }));
    assert_eq!(until("2026-10-02T07:59Z"), Said::Open);
}

#[test]
fn a_digest_is_named_by_a_beginning_that_no_other_has() {
    let kept = held(vec![deletion(Code::Deletion, NOW), deletion(Code::LimitReached, NOW)]);
    let held = rows(&kept, &Filter::default());
    for row in held.rows() {
        assert_eq!(held.named(row.short()), Ok(row));
        assert_eq!(held.named(row.digest.as_str()), Ok(row));
    }
    assert_eq!(held.named(""), Err(NoSuchRow::None(String::new())));
    assert_eq!(held.named("zz"), Err(NoSuchRow::None("zz".to_owned())));
    let twice = Held::new([held.rows(), held.rows()].concat(), []);
    let several = twice.named(held.rows()[0].short());
    assert!(matches!(several, Err(NoSuchRow::Several { count: 2, .. })), "{several:?}");
}
