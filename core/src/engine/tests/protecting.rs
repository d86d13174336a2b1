//! Whoever is protected is never touched, and whoever tries is a row that nobody can approve.

use super::bench::Bench;
use super::limiting::{Provider, name, terminate};
use super::obeying::{became, holds, order};
use crate::command::tests::court::{ANN, BOB};
use crate::engine::brakes::protect::{Pattern, Protected};
use crate::model::decision::NoteWord;
use crate::model::ordered::Became;
use crate::model::{Alias, AliasKind, Call, GroupName, Operation, Request, ScimId};
use jiff::SignedDuration;
use serde_json::json;

fn protected(fill: impl FnOnce(&mut Protected)) -> Protected {
    let mut protected = Protected::default();
    fill(&mut protected);
    protected
}

/// By a name that events give, by what the account shows, and by a group that it is in.
fn ways() -> [Protected; 3] {
    let alias = Alias::parse(AliasKind::UserName, &name(0)).unwrap();
    [
        protected(|it| it.people = [alias].into()),
        protected(|it| it.patterns = vec![Pattern::new("Person0@*")]),
        protected(|it| it.members_of = [GroupName::new("VPN")].into()),
    ]
}

#[test]
fn whoever_is_protected_is_never_touched() {
    for way in ways() {
        let (mut bench, mut provider) = (Bench::protecting(way.clone()), Provider::default());
        provider.vpn.insert(ScimId::new(format!("a-{}", name(0))));
        terminate(&mut bench, 0);
        terminate(&mut bench, 1);
        provider.serve(&mut bench);
        let cut: Vec<&str> = provider.inactive.iter().map(ScimId::as_str).collect();
        assert_eq!(cut, [format!("a-{}", name(1))], "{way:?}");
        assert!(provider.vpn.contains(&ScimId::new(format!("a-{}", name(0)))), "{way:?}");
        let held = holds(&bench);
        assert!(!held.is_empty(), "{way:?}");
        assert!(held.iter().all(|(_, hold)| hold.why.code.as_str() == "protected.person"));
        let digest = held[0].1.digest.clone();
        let told = order(&mut bench, ANN, "approve", &json!({ "holds": [digest] }));
        assert_eq!(became(&told), [Became::Nothing], "{way:?}");
        provider.serve(&mut bench);
        assert_eq!(provider.cut(), 1, "{way:?}");
    }
}

#[test]
fn all_but_a_protected_group_is_done() {
    let way = protected(|it| it.groups = [GroupName::new("VPN")].into());
    let (mut bench, mut provider) = (Bench::protecting(way), Provider::default());
    provider.vpn.insert(ScimId::new(format!("a-{}", name(0))));
    terminate(&mut bench, 0);
    provider.serve(&mut bench);
    assert_eq!((provider.cut(), provider.vpn.len()), (1, 1));
    let held = holds(&bench);
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].1.why.code.as_str(), "protected.group");
}

#[test]
fn a_pattern_fits_what_it_says() {
    let fits = |pattern: &str, text: &str| Pattern::new(pattern).fits(text);
    assert!(fits("svc-*@example.com", "SVC-backup@example.com"));
    assert!(fits("*admin*", "it-admin-1@example.com"));
    assert!(fits("root@example.com", "Root@example.com"));
    assert!(!fits("svc-*@example.com", "kim@example.com"));
    assert!(!fits("a*a", "a"));
    assert!(!fits("root", "root@example.com"));
}

/// Right after a takeover nobody knows yet who is in the group: it is read first, and nobody is a row for it.
#[test]
fn a_group_that_was_not_read_yet_is_waited_for() {
    let way = protected(|it| it.members_of = [GroupName::new("VPN")].into());
    let (mut bench, mut provider) = (Bench::protecting(way), Provider::default());
    bench.commit_all();
    terminate(&mut bench, 1);
    bench.commit_all();
    let reads_group = |call: &Call| {
        matches!(call.request, Request::FindGroups { .. } | Request::ReadMembers { .. })
    };
    while let Some(call) = bench.calls.iter().find(|call| !reads_group(call)).cloned() {
        provider.answer(&mut bench, &call);
        bench.commit_all();
    }
    bench.wait(SignedDuration::from_secs(1));
    assert!(provider.written.is_empty());
    assert!(holds(&bench).is_empty(), "{:?}", holds(&bench));
    assert!(bench.notes(NoteWord::Protected).is_empty());
    provider.serve(&mut bench);
    assert_eq!(provider.cut(), 1);
    assert!(bench.notes(NoteWord::Protected).is_empty());
}

/// Of whom nobody can say whether they are in the group nothing is changed, and that is said as such.
#[test]
fn a_group_that_cannot_be_read_protects_everybody_and_is_told_by_its_own_code() {
    let way = protected(|it| it.members_of = [GroupName::new("Admins")].into());
    let mut provider = Provider { lacks: Some(GroupName::new("Admins")), ..Provider::default() };
    let mut bench = Bench::protecting(way);
    terminate(&mut bench, 1);
    provider.serve(&mut bench);
    assert_eq!(provider.cut(), 0);
    let held = holds(&bench);
    assert!(!held.is_empty());
    assert!(held.iter().all(|(_, hold)| hold.why.code.as_str() == "protected.unknown"));
    // It is there now, and the person is not in it.
    provider.lacks = None;
    bench.wait(SignedDuration::from_mins(11));
    provider.serve(&mut bench);
    assert_eq!((provider.cut(), holds(&bench).len()), (1, 0));
}

fn account(number: usize) -> ScimId {
    ScimId::new(format!("a-{}", name(number)))
}

/// However many leave at once, whoever would be the last stays, and goes once somebody else is in.
#[test]
fn the_last_members_of_a_group_stay_however_many_leave_at_once() {
    for at_least in [1, 2] {
        let way = protected(|it| it.keep_last = [(GroupName::new("VPN"), at_least)].into());
        let (mut bench, mut provider) = (Bench::protecting(way), Provider::default());
        provider.vpn = (0..4).map(account).collect();
        (0..4).for_each(|number| terminate(&mut bench, number));
        provider.serve(&mut bench);
        assert_eq!((provider.cut(), provider.vpn.len()), (4, at_least), "all are inactive");
        let held = holds(&bench);
        assert_eq!(held.len(), at_least);
        assert!(held.iter().all(|(_, hold)| hold.why.code.as_str() == "protected.last_member"));
        let digest = held[0].1.digest.clone();
        let told = order(&mut bench, ANN, "approve", &json!({ "holds": [digest] }));
        assert_eq!(became(&told), [Became::Nothing]);
        provider.vpn.insert(account(7));
        bench.wait(SignedDuration::from_mins(11));
        provider.serve(&mut bench);
        assert_eq!((provider.vpn.len(), holds(&bench).len()), (at_least, at_least - 1));
        assert!(provider.vpn.contains(&account(7)));
    }
}

/// A new owner knows no better who is on their way out.
#[test]
fn the_last_member_stays_over_a_takeover() {
    let way = protected(|it| it.keep_last = [(GroupName::new("VPN"), 1)].into());
    let (mut bench, mut provider) = (Bench::protecting(way.clone()), Provider::default());
    provider.vpn = (0..2).map(account).collect();
    provider.serve(&mut bench);
    terminate(&mut bench, 0);
    let removes =
        |call: &Call| matches!(call.request, Request::Write(Operation::RemoveMember { .. }));
    while !bench.calls.iter().any(removes) {
        bench.commit_all();
        if !bench.calls.iter().any(removes) {
            assert!(provider.answer_one(&mut bench));
        }
    }
    let mut bench = Bench::protecting_again(way, bench.state, bench.now);
    terminate(&mut bench, 1);
    provider.serve(&mut bench);
    assert_eq!(provider.vpn.len(), 1);
}

/// Whoever leaves a group that takes access is never kept in it.
#[test]
fn a_group_that_takes_access_may_be_left_by_its_last_member() {
    let way = protected(|it| it.keep_last = [(GroupName::new("Quarantine"), 1)].into());
    let (mut bench, mut provider) = (Bench::protecting(way), Provider::default());
    bench.event_of(&name(0), "risk.raised", json!({}));
    provider.serve(&mut bench);
    assert_eq!(provider.quarantine.len(), 1);
    bench.event_of(&name(0), "risk.cleared", json!({}));
    provider.serve(&mut bench);
    assert_eq!(provider.quarantine.len(), 0);
}

/// Cutting whom the target shows as an administrator takes two, and is told as critical.
#[test]
fn an_administrator_is_cut_by_two_operators() {
    let way = protected(|it| it.administrators = ["administrator".to_owned()].into());
    let (mut bench, mut provider) = (Bench::protecting(way), Provider::default());
    provider.administrator = Some(account(0));
    provider.vpn = [account(0), account(1)].into();
    (0..2).for_each(|number| terminate(&mut bench, number));
    provider.serve(&mut bench);
    assert_eq!(provider.inactive, [account(1)].into());
    assert!(provider.vpn.contains(&account(0)));
    let held = holds(&bench);
    assert!(held.iter().all(|(_, hold)| hold.why.code.as_str() == "protected.administrator"));
    let digests: Vec<_> = held.iter().map(|(_, hold)| hold.digest.clone()).collect();
    assert_eq!(digests.len(), 2, "the account, and the group");
    let one = order(&mut bench, ANN, "approve", &json!({ "holds": digests }));
    assert_eq!(became(&one), [Became::WaitsForAnother; 2]);
    provider.serve(&mut bench);
    assert_eq!(provider.cut(), 1);
    let other = order(&mut bench, BOB, "approve", &json!({ "holds": digests }));
    assert_eq!(became(&other), [Became::Approved; 2]);
    provider.serve(&mut bench);
    assert_eq!((provider.cut(), provider.vpn.len(), holds(&bench).len()), (2, 0, 0));
}
