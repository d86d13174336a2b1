//! Who waits for somebody already, and then is not where they should be for another reason: that is told,
//! too.

use super::bench::Bench;
use super::obeying::a_deletion_that_waits;
use crate::engine::brakes::limits::Limits;
use crate::model::ids::GroupName;
use crate::model::{NoteWord, ScimId};
use jiff::SignedDuration;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Notes that name a second group of the name.
fn told(bench: &Bench) -> usize {
    let notes = bench.notes(NoteWord::Held);
    notes.into_iter().filter(|note| note.why.text.contains("several groups `VPN`")).count()
}

fn row_names_the_group(bench: &Bench) -> bool {
    bench.seat().holds.iter().any(|hold| hold.why.text.contains("several groups `VPN`"))
}

/// A leaver's deletion waits for weeks. Meanwhile there are two groups of one name, and somebody has let
/// them into one: nobody takes them out, and nobody would know.
#[test]
fn whoever_waits_for_somebody_is_told_that_a_group_is_doubled() {
    let (bench, mut provider, hold) = a_deletion_that_waits();
    assert!(!row_names_the_group(&bench));
    provider.vpn.insert(ScimId::new("a-person0@example.com"));
    provider.doubles = Some(GroupName::new("VPN"));
    let mut bench = next_owner(bench);
    provider.serve(&mut bench);
    assert_eq!(told(&bench), 1, "{:?}", bench.notes(NoteWord::Held));
    assert!(row_names_the_group(&bench));
    assert_eq!(bench.seat().holds[0].digest, hold.digest, "what was said of the row counts");
    // It is told once, by whichever owner.
    let mut bench = next_owner(bench);
    bench.wait(HOUR);
    provider.serve(&mut bench);
    assert_eq!(told(&bench), 0, "{:?}", bench.notes(NoteWord::Held));
    // The other one goes.
    provider.doubles = None;
    let mut bench = next_owner(bench);
    provider.serve(&mut bench);
    assert!(provider.vpn.is_empty());
}

fn next_owner(bench: Bench) -> Bench {
    Bench::limited_again(&Limits::default(), bench.state, bench.now)
}
