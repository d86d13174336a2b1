//! What usher has committed of people becomes what is compared.

use super::*;
use crate::engine::record::{self, Kept};
use crate::engine::state::{Person, Seats};
use crate::model::ids::TenantName;

/// Somebody of whom nothing is known but a name, as it is committed.
fn kept(aliases: &[Alias]) -> Kept {
    let mut person = Person::new(PersonId::new("p1"), TenantName::new("acme"));
    person.aliases = aliases.iter().cloned().collect();
    let written = record::encode_person(&person, &Seats::default());
    record::decode(&written.key, &written.value.unwrap()).unwrap()
}

#[test]
fn somebody_whom_usher_knows_is_no_orphan_and_who_cannot_be_read_blames_nobody() {
    let staff = list("Email\nkim@example.com\n");
    let inventory = || accounts(&[account("1", "bo@example.com"), account("2", "zed@example.com")]);
    let mut case = Case::new(&staff, inventory());
    case.known.add_kept(&kept(&[email("bo@example.com")]), now());
    let kinds = |case: &Case<'_>| case.told().into_iter().map(|it| it.0).collect::<Vec<_>>();
    assert_eq!(kinds(&case), [Kind::LeftButActive, Kind::Orphaned]);
    case.known.add_unread();
    assert!(!kinds(&case).contains(&Kind::Orphaned));
    assert!(!kinds(&case).contains(&Kind::LeftButActive));
    assert!(case.unconcluded()[0].contains("records of 1 people"), "{:?}", case.unconcluded());
}
