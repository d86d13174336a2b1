//! A removal that took too many: nobody else is taken out of a group there, whom it took is back, and
//! somebody looks.

use super::bench::Bench;
use super::obeying::{became, holds, order};
use super::peer::{Peer, fails};
use crate::command::tests::court::ANN;
use crate::engine::brakes::kind::LimitKind;
use crate::engine::brakes::limits::{Ceiling, Limit, Limits};
use crate::engine::brakes::protect::Protected;
use crate::model::code::Code;
use crate::model::decision::NoteWord;
use crate::model::ordered::Became;
use crate::model::{Call, Landed, Operation, Outcome, Reply, Request, ScimId, Verdict};
use jiff::SignedDuration;
use serde_json::json;

const TEN_SECONDS: SignedDuration = SignedDuration::from_secs(10);
const STRANGER: &str = "a-nobody@example.com";

fn removes_from_vpn(call: &Call) -> bool {
    matches!(&call.request, Request::Write(Operation::RemoveMember { group, .. })
        if group.name.as_str() == "VPN")
}

/// Kim and four more are in VPN for a rule; Lee is, and no rule speaks of it; and somebody whom usher does not
/// know.
fn company() -> (Bench, Peer) {
    company_at(Bench::protecting(Protected::default()))
}

fn company_at(mut bench: Bench) -> (Bench, Peer) {
    let mut peer = Peer::with_kim();
    for name in ["ada", "bob", "cat", "dan", "lee"] {
        peer.has(&format!("{name}@example.com"));
    }
    peer.members("VPN").insert(ScimId::new(STRANGER));
    for name in ["kim", "ada", "bob", "cat", "dan"] {
        bench.hire(&format!("{name}@example.com"));
    }
    bench.event_of("lee@example.com", "worker.leave.started", json!({}));
    bench.play_honestly(&mut peer, TEN_SECONDS);
    (bench, peer)
}

fn terminate(bench: &mut Bench, name: &str) {
    bench.event_of(&format!("{name}@example.com"), "worker.terminated", json!({}));
}

/// The next removal from VPN empties it.
fn empties(bench: &mut Bench, peer: &mut Peer) {
    let mut is_done = false;
    bench.play(peer, TEN_SECONDS, |call, peer| {
        if is_done || !removes_from_vpn(call) {
            return None;
        }
        is_done = true;
        peer.members("VPN").clear();
        Some((Outcome::Done(Reply::Changed), Some(200)))
    });
    assert!(is_done);
}

fn vpn(peer: &mut Peer) -> Vec<&'static str> {
    let names = ["kim", "ada", "bob", "cat", "dan", "lee", "nobody"];
    names.into_iter().filter(|name| peer.is_in("VPN", &format!("{name}@example.com"))).collect()
}

fn codes(bench: &Bench) -> Vec<String> {
    holds(bench).iter().map(|(_, hold)| hold.why.code.to_string()).collect()
}

fn alarms(bench: &Bench) -> usize {
    let notes = bench.notes(NoteWord::Held);
    notes.iter().filter(|note| note.why.code == Code::RemovalTookTooMany).count()
}

/// Hazard 29.
#[test]
fn whom_a_removal_took_is_back_and_removals_stop_until_somebody_has_looked() {
    let (mut bench, mut peer) = company();
    // The reading after this one lies just before the next.
    terminate(&mut bench, "ada");
    bench.play_honestly(&mut peer, TEN_SECONDS);
    assert_eq!(vpn(&mut peer), ["kim", "bob", "cat", "dan", "lee", "nobody"]);
    terminate(&mut bench, "bob");
    empties(&mut bench, &mut peer);
    bench.play_honestly(&mut peer, TEN_SECONDS);
    assert_eq!(vpn(&mut peer), ["kim", "cat", "dan", "lee"], "whom usher knows is back");
    assert_eq!(alarms(&bench), 1);
    assert!(bench.notes(NoteWord::Held)[0].why.text.contains("1 of them usher does not know"));
    // The account is shut all the same, and a quarantine goes on.
    terminate(&mut bench, "cat");
    bench.event_of("dan@example.com", "risk.raised", json!({}));
    bench.play_honestly(&mut peer, TEN_SECONDS);
    assert_eq!(vpn(&mut peer), ["kim", "cat", "dan", "lee"]);
    let cat = &peer.accounts[&ScimId::new("a-cat@example.com")];
    assert_eq!(cat.active, Some(false));
    assert!(peer.is_in("Quarantine", "dan@example.com"));
    assert_eq!(codes(&bench), ["removal.stopped", "removal.stopped"]);
    let digest = holds(&bench)[0].1.digest.clone();
    let told = order(&mut bench, ANN, "approve", &json!({ "holds": [digest] }));
    assert_eq!(became(&told), [Became::Nothing]);
    // A new owner keeps it so.
    let mut bench = Bench::protecting_again(Protected::default(), bench.state, bench.now);
    bench.play_honestly(&mut peer, TEN_SECONDS * 2);
    assert_eq!(vpn(&mut peer), ["kim", "cat", "dan", "lee"]);
    let told = order(&mut bench, ANN, "release", &json!({ "target": "main" }));
    assert_eq!(became(&told), [Became::Released]);
    bench.play_honestly(&mut peer, TEN_SECONDS * 2);
    assert_eq!(vpn(&mut peer), ["kim", "lee"]);
    assert!(codes(&bench).is_empty(), "{:?}", codes(&bench));
    let again = order(&mut bench, ANN, "release", &json!({ "target": "main" }));
    assert_eq!(became(&again), [Became::Nothing]);
}

/// Nobody knows who took somebody of whom no rule speaks, minutes after the last reading: that is asked.
#[test]
fn whom_somebody_else_may_have_taken_is_a_row() {
    let (mut bench, mut peer) = company();
    bench.play_honestly(&mut peer, SignedDuration::from_mins(5));
    terminate(&mut bench, "bob");
    empties(&mut bench, &mut peer);
    bench.play_honestly(&mut peer, TEN_SECONDS);
    assert_eq!(vpn(&mut peer), ["kim", "ada", "cat", "dan"], "whom rules want in is in");
    assert_eq!((alarms(&bench), codes(&bench)), (1, vec!["baseline.unknown".to_owned()]));
    let digest = holds(&bench)[0].1.digest.clone();
    let told = order(&mut bench, ANN, "approve", &json!({ "holds": [digest] }));
    assert_eq!(became(&told), [Became::Approved]);
    bench.play_honestly(&mut peer, TEN_SECONDS);
    assert_eq!(vpn(&mut peer), ["kim", "ada", "cat", "dan", "lee"]);
}

/// One who is gone since an old reading may be anybody's doing.
#[test]
fn what_others_do_beside_a_removal_stops_nothing() {
    let (mut bench, mut peer) = company();
    bench.play_honestly(&mut peer, SignedDuration::from_mins(5));
    peer.members("VPN").remove(&ScimId::new("a-lee@example.com"));
    terminate(&mut bench, "bob");
    bench.play_honestly(&mut peer, TEN_SECONDS);
    assert_eq!(vpn(&mut peer), ["kim", "ada", "cat", "dan", "nobody"]);
    assert_eq!((alarms(&bench), codes(&bench).len()), (0, 0));
}

/// Many leave at once, and some providers show no inactive account in a group.
#[test]
fn whoever_is_to_go_is_not_missed() {
    let (mut bench, mut peer) = company();
    for name in ["ada", "bob", "cat", "dan"] {
        terminate(&mut bench, name);
    }
    bench.play(&mut peer, TEN_SECONDS * 2, |call, peer| {
        if let Request::Write(Operation::Change { account, active: Some(false), .. }) =
            &call.request
        {
            peer.members("VPN").remove(account);
        }
        None
    });
    assert_eq!(vpn(&mut peer), ["kim", "lee", "nobody"]);
    assert_eq!((alarms(&bench), codes(&bench).len()), (0, 0));
}

/// Whoever is put back is given access like anybody else.
#[test]
fn whom_a_removal_took_is_back_within_the_limits() {
    let hour = Ceiling { count: Some(1), percent: None };
    let limit = Limit { hour, day: Ceiling::default() };
    let limits = Limits { kinds: [(LimitKind::Grant, limit)].into(), ..Limits::default() };
    let (mut bench, mut peer) = company_at(Bench::limited(&limits));
    terminate(&mut bench, "ada");
    bench.play_honestly(&mut peer, TEN_SECONDS);
    terminate(&mut bench, "bob");
    empties(&mut bench, &mut peer);
    bench.play_honestly(&mut peer, TEN_SECONDS);
    assert_eq!(vpn(&mut peer).len(), 1);
    assert_eq!(codes(&bench), ["limit.reached"; 3]);
}

/// A leaver's account is hidden once it is inactive, and so has no owner; the removal shows much later.
#[test]
fn whose_account_is_hidden_and_leaves_by_an_earlier_removal_is_no_alarm() {
    let (mut bench, mut peer) = company();
    let cat = ScimId::new("a-cat@example.com");
    let is_cats = |call: &Call| match &call.request {
        Request::ListAccounts { .. } | Request::ListGroups { .. } | Request::ReadScope { .. } => {
            panic!("nobody lists here")
        }
        Request::ReadAccount { account } => account.as_str() == "a-cat@example.com",
        Request::FindAccounts { value, .. } => value == "cat@example.com",
        Request::FindGroups { .. }
        | Request::ReadMembers { .. }
        | Request::AddMembers { .. }
        | Request::Write(_) => false,
    };
    terminate(&mut bench, "cat");
    bench.play(&mut peer, TEN_SECONDS * 30, |call, peer| {
        let is_hidden = peer.accounts[&cat].active == Some(false) && is_cats(call);
        let is_find = matches!(call.request, Request::FindAccounts { .. });
        let hidden = if is_find { Reply::Accounts(Vec::new()) } else { Reply::Gone };
        if is_hidden {
            return Some((Outcome::Done(hidden), Some(200)));
        }
        removes_from_vpn(call).then_some((Outcome::Done(Reply::Changed), Some(200)))
    });
    assert!(peer.is_in("VPN", "cat@example.com"));
    terminate(&mut bench, "ada");
    bench.play_honestly(&mut peer, TEN_SECONDS);
    terminate(&mut bench, "bob");
    bench.play(&mut peer, TEN_SECONDS, |call, peer| {
        if removes_from_vpn(call) {
            peer.members("VPN").remove(&cat);
        }
        None
    });
    assert!(!peer.is_in("VPN", "bob@example.com"));
    assert_eq!(alarms(&bench), 0, "{:?}", bench.notes(NoteWord::Held));
}

/// A removal without an answer lands when another one has left; its person is to be in again by then.
#[test]
fn who_leaves_by_an_earlier_removal_that_lands_late_is_no_alarm() {
    let (mut bench, mut peer) = company();
    terminate(&mut bench, "cat");
    bench.play(&mut peer, TEN_SECONDS, |call, _| {
        let no_answer = fails(Verdict::Retry { after: None }, Landed::Maybe, None);
        removes_from_vpn(call).then_some(no_answer)
    });
    bench.event_of("cat@example.com", "worker.termination.cancelled", json!({}));
    bench.play_honestly(&mut peer, TEN_SECONDS);
    assert!(peer.is_in("VPN", "cat@example.com"));
    terminate(&mut bench, "ada");
    bench.play(&mut peer, TEN_SECONDS, |call, peer| {
        if removes_from_vpn(call) {
            peer.members("VPN").remove(&ScimId::new("a-cat@example.com"));
        }
        None
    });
    assert!(!peer.is_in("VPN", "ada@example.com"));
    assert_eq!(alarms(&bench), 0, "{:?}", bench.notes(NoteWord::Held));
}
