//! A group that goes: who was in it is in none, and hears of it; and another one of its name is another
//! group.

use super::bench::Bench;
use super::made_groups::{Bare, MINUTE, hire, makes_a_group, no_answer};
use super::peer::Peer;
use crate::engine::deeds::groups::Group;
use crate::engine::settings::Quota;
use crate::model::{
    Answer, Call, Failure, GroupName, Landed, Outcome, Request, ResultWord, ScimId, Verdict,
};
use jiff::SignedDuration;
use serde_json::json;

fn kim() -> ScimId {
    ScimId::new("a-kim@example.com")
}

fn with_kim_in_a_made_group() -> (Bench, Bare) {
    let mut bench = Bench::without_groups(true);
    let mut bare = Bare::new();
    hire(&mut bench, "kim@example.com");
    assert_eq!(bare.serve_all(&mut bench, MINUTE), 1);
    assert_eq!(bare.members, [kim()]);
    (bench, bare)
}

fn reads_members(call: &Call) -> bool {
    matches!(&call.request, Request::ReadMembers { .. })
}

fn unavailable() -> Outcome {
    Outcome::Failed(Failure {
        what: "HTTP 503".to_owned(),
        verdict: Verdict::Retry { after: None },
        landed: Landed::No,
    })
}

/// That kim was in the one that is gone says nothing of the one that was made since.
#[test]
fn whoever_was_in_a_group_that_is_gone_is_not_taken_to_be_in_the_next_of_its_name() {
    let (mut bench, mut bare) = with_kim_in_a_made_group();
    bare.vpn = None;
    bare.members.clear();
    let making = bare.serve(&mut bench, MINUTE * 40).expect("the group is made again");
    bench.answer(&making, unavailable());
    let making = bare.serve(&mut bench, MINUTE).expect("looked for, and not there");
    let told = bench.results().len();
    bench.answer(&making, no_answer());
    bare.vpn = Some(ScimId::new("g-late"));
    for _ in 0..60 {
        bench.commit_all();
        match bench.calls.first().cloned() {
            Some(call) if reads_members(&call) => bench.answer(&call, unavailable()),
            Some(call) => bare.answer(&mut bench, &call),
            None => bench.wait(SignedDuration::from_secs(1)),
        }
    }
    assert_eq!(bench.results().len(), told, "nobody has seen who is in it");
    assert_eq!(bare.serve_all(&mut bench, MINUTE * 10), 0, "it is there");
    assert_eq!(bare.members, [kim()]);
    assert_eq!(bench.last_result().word, ResultWord::Applied);
}

/// Nothing is said of them for weeks: the reading itself must wake them.
#[test]
fn whoever_rests_is_told_that_their_group_is_gone_where_usher_makes_none() {
    let mut bench = Bench::without_groups(false);
    let mut bare = Bare::new();
    bare.vpn = Some(ScimId::new("g-vpn"));
    hire(&mut bench, "kim@example.com");
    hire(&mut bench, "ada@example.com");
    bare.serve_all(&mut bench, MINUTE);
    assert_eq!(bare.members.len(), 2);
    let told = bench.results().len();
    bare.vpn = None;
    bare.members.clear();
    assert_eq!(bare.serve_all(&mut bench, MINUTE * 100), 0);
    let result = bench.last_result();
    assert_eq!(result.why.as_ref().map(|why| why.code.as_str()), Some("group.missing"));
    assert_eq!(bench.results().len(), told + 2, "each is told once: {:?}", bench.results());
    bare.vpn = Some(ScimId::new("g-anew"));
    bare.serve_all(&mut bench, MINUTE * 40);
    assert_eq!(bare.members.len(), 2);
    assert_eq!(bench.last_result().word, ResultWord::Applied);
}

#[test]
fn whoever_is_to_be_out_of_a_group_that_goes_is_not_woken() {
    let mut bench = Bench::without_groups(false);
    let mut bare = Bare::new();
    bare.vpn = Some(ScimId::new("g-vpn"));
    hire(&mut bench, "kim@example.com");
    bench.event_of("kim@example.com", "worker.terminated", json!({}));
    bare.serve_all(&mut bench, MINUTE * 10);
    let told = bench.results().len();
    bare.vpn = None;
    bare.serve_all(&mut bench, MINUTE * 100);
    assert_eq!(bench.results().len(), told, "{:?}", bench.results());
}

fn forbidden(call: &Call) -> Answer {
    let failure =
        Failure { what: "HTTP 403".to_owned(), verdict: Verdict::Closed, landed: Landed::No };
    Answer::new(call.id, Outcome::Failed(failure)).with_status(Some(403))
}

/// Some providers let members be changed, and groups be made by their console alone.
#[test]
fn a_403_to_making_a_group_keeps_nobody_elses_call() {
    let mut bench = Bench::without_groups(true);
    let mut bare = Bare::new();
    hire(&mut bench, "kim@example.com");
    let making = bare.serve(&mut bench, MINUTE).expect("the group is made");
    let answer = forbidden(&making);
    bench.answer_with(&making, answer);
    let refused_at = bench.now;
    assert_eq!(bare.serve_all(&mut bench, SignedDuration::from_secs(10)), 0, "not again");
    let result = bench.last_result();
    let why = result.why.as_ref().unwrap();
    assert_eq!((result.word, why.code.as_str()), (ResultWord::Failed, "group.missing"));
    assert!(why.text.contains("HTTP 403"), "{}", why.text);
    assert!(result.at.duration_since(refused_at) < SignedDuration::from_secs(5), "{}", result.at);
    bench.event_of("kim@example.com", "worker.terminated", json!({}));
    bench.commit_all();
    assert!(!bench.calls.is_empty(), "the target is open");
}

#[test]
fn a_403_to_making_a_group_and_to_looking_for_it_closes_the_target() {
    let mut bench = Bench::without_groups(true);
    let mut bare = Bare::new();
    hire(&mut bench, "kim@example.com");
    let making = bare.serve(&mut bench, MINUTE).expect("the group is made");
    let answer = forbidden(&making);
    bench.answer_with(&making, answer);
    let mut refused = 0;
    for _ in 0..20 {
        bench.commit_all();
        match bench.calls.first().cloned() {
            Some(call) => {
                assert!(!makes_a_group(&call));
                let answer = forbidden(&call);
                bench.answer_with(&call, answer);
                refused += 1;
            }
            None => bench.wait(SignedDuration::from_millis(100)),
        }
    }
    assert!((1..4).contains(&refused), "{refused} calls at a closed target");
    assert!(bench.results().is_empty(), "{:?}", bench.results());
    // Whatever closed it is over.
    assert_eq!(bare.serve_all(&mut bench, MINUTE * 60), 1);
    assert_eq!(bare.members, [kim()]);
}

/// Whoever waits for a group that the target does not let anybody look for would wait in silence.
#[test]
fn a_group_that_cannot_be_looked_for_is_a_row_and_is_made_when_it_can() {
    let mut bench = Bench::without_groups(true);
    let mut bare = Bare::new();
    hire(&mut bench, "kim@example.com");
    let making = bare.serve(&mut bench, MINUTE).expect("the group is made");
    bench.answer(&making, no_answer());
    assert_eq!(bare.serve_all(&mut bench, SignedDuration::from_secs(30)), 0, "it is not there yet");
    let end = bench.now + MINUTE * 10;
    while bench.now < end {
        bench.commit_all();
        match bench.calls.first().cloned() {
            Some(call) if looks_for_a_group(&call) => {
                let what = "the list contradicts itself".to_owned();
                let failure = Failure { what, verdict: Verdict::Stuck, landed: Landed::No };
                bench.answer(&call, Outcome::Failed(failure));
            }
            Some(call) => bare.answer(&mut bench, &call),
            None => bench.wait(SignedDuration::from_secs(1)),
        }
    }
    let result = bench.last_result();
    assert_eq!(result.why.as_ref().map(|why| why.code.as_str()), Some("group.missing"));
    assert_eq!(bare.serve_all(&mut bench, MINUTE * 40), 1);
    assert_eq!(bare.members, [kim()]);
    assert_eq!(bench.last_result().word, ResultWord::Applied);
}

fn looks_for_a_group(call: &Call) -> bool {
    matches!(&call.request, Request::FindGroups { .. })
}

/// Somebody deletes the group by mistake, and brings it back as it was. Meanwhile nobody was in it, which
/// says nothing of who was before.
#[test]
fn who_is_quarantined_while_a_group_is_gone_keeps_their_place_in_it_when_it_is_back() {
    let mut peer = Peer::with_kim();
    let mut bench = Bench::with_quota(Quota::per_second(20.0));
    let worker = json!({ "worker": { "user_name": "kim@example.com" } });
    bench.event("worker.leave.started", worker);
    bench.play_honestly(&mut peer, MINUTE);
    let vpn = GroupName::new("VPN");
    let (id, _) = peer.groups.remove(&vpn).unwrap();
    bench.play_honestly(&mut peer, MINUTE * 40);
    bench.event("risk.raised", json!({}));
    bench.play_honestly(&mut peer, MINUTE);
    assert!(peer.is_in("Quarantine", "kim@example.com"));
    bench.event("risk.cleared", json!({}));
    bench.play_honestly(&mut peer, MINUTE);
    peer.groups.insert(vpn, (id, [kim()].into()));
    bench.play_honestly(&mut peer, MINUTE * 40);
    assert!(peer.is_in("VPN", "kim@example.com"), "{:?}", peer.groups);
    assert!(!peer.is_in("Quarantine", "kim@example.com"));
}

/// Whoever is in doubt, or on the way, is looked at when it comes back: so they may say that they wait for
/// it.
#[test]
fn a_group_that_was_not_there_is_news_for_all_when_it_is_looked_for_again() {
    let (now, id) = ("2026-09-01T08:00:00Z".parse().unwrap(), ScimId::new("g-1"));
    let mut group = Group::default();
    assert!(group.is_news_for_all(), "never read");
    group.is_found(&id);
    group.read(5, (&id, vec![kim()]));
    group.look_for_anew(now);
    assert!(!group.is_news_for_all(), "its members are known, and each change is theirs alone");
    group.is_missed();
    group.read_moment = 6;
    group.look_for_anew(now);
    assert!(group.is_news_for_all());
    group.is_found(&ScimId::new("g-2"));
    assert!(group.is_news_for_all(), "another one");
}

/// Who is in the group that has the name by now would be said to be in none.
#[test]
fn a_call_by_an_old_id_that_meets_nothing_says_nothing_of_the_group_that_was_found_since() {
    let now = "2026-09-01T08:00:00Z".parse().unwrap();
    let (old, new) = (ScimId::new("g-1"), ScimId::new("g-2"));
    let mut group = Group::default();
    group.is_found(&old);
    group.is_to_be_said_again(&kim(), now);
    assert_eq!(group.listed_id(), Some(&old), "cuts go by it until there is another");
    group.is_found(&new);
    group.was_not_there(&old, now);
    assert_eq!(group.listed_id(), Some(&new));
    group.was_not_there(&new, now);
    assert_eq!(group.listed_id(), None);
}
