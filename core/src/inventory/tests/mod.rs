//! Whole or not at all: what a reading makes of pages that are cut, doubled, shifted or shrunken.

mod days;
mod export;
mod scopes;

use super::{Flaw, Head, Inventory, Keeper, Next, Reading, Unfit};
use crate::model::checked::Checked;
use crate::model::ids::{GroupName, ScimId, TargetName, TenantName};
use crate::model::listing::{ListedAccount, ListedGroup, Page};
use crate::model::{Account, AttributeName, StateWrite, Value};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::sync::LazyLock;

const PAGE: usize = 10;

/// Whatever is written of a target is as the schema says.
fn is_as_the_schema_says(record: &StateWrite) {
    static SCHEMA: LazyLock<Checked> = LazyLock::new(|| {
        let settings = schemars::generate::SchemaSettings::draft07();
        Checked::by(&crate::reconcile::schema_of_inventory(settings).to_value())
    });
    let Some(value) = &record.value else { return };
    SCHEMA.keeps_and_needs(&serde_json::from_slice(value).unwrap(), &["/v", "/body"]);
}

/// A target that is read page by page, and what is kept of it.
struct Target {
    accounts: Vec<ListedAccount>,
    says_total: bool,
    head: Head,
    keeper: Keeper,
    now: Timestamp,
}

fn place() -> (TenantName, TargetName) {
    (TenantName::new("acme"), TargetName::new("main"))
}

fn account(number: usize) -> ListedAccount {
    let name = Value::Text(format!("user{number}@example.com"));
    let account = Account {
        id: ScimId::new(format!("id-{number}")),
        active: Some(!number.is_multiple_of(7)),
        attributes: [(AttributeName::USER_NAME, name)].into(),
        groups: None,
        changed: None,
    };
    ListedAccount { account, created: None }
}

impl Target {
    fn of(count: usize) -> Self {
        Self {
            accounts: (0..count).map(account).collect(),
            says_total: true,
            head: Head::default(),
            keeper: Keeper::default(),
            now: "2026-09-01T06:00:00Z".parse().unwrap(),
        }
    }

    /// What a page holds, honestly.
    fn page(&self, received: u64) -> Page<ListedAccount> {
        let skip = usize::try_from(received).unwrap();
        let items: Vec<_> = self.accounts.iter().skip(skip).take(PAGE).cloned().collect();
        let total = self.says_total.then_some(self.accounts.len() as u64);
        Page { received: items.len() as u64, items, total, goes_on: false }
    }

    fn read(&mut self) -> bool {
        self.read_with(|_, page| page)
    }

    /// Reads everything; `twist` spoils the pages of accounts.
    fn read_with(
        &mut self,
        mut twist: impl FnMut(u64, Page<ListedAccount>) -> Page<ListedAccount>,
    ) -> bool {
        let (tenant, target) = place();
        self.now += SignedDuration::from_hours(6);
        let mut reading = Reading::begin(&self.head, self.now);
        let mut written: Vec<StateWrite> = Vec::new();
        loop {
            match reading.next() {
                Next::Accounts { received } => {
                    reading.take_accounts(twist(received, self.page(received)));
                }
                Next::Groups { received } => reading.take_groups(groups(received)),
                Next::Members(_) => {
                    let members = (0..3).map(|n| ScimId::new(format!("id-{n}")));
                    reading.take_members(Some(members.collect()));
                }
                Next::Scope { .. } => panic!("none is asked for"),
                Next::Nothing => break,
            }
            written.extend(reading.take_parts(&tenant, &target));
        }
        let (last, is_whole) =
            reading.close((&tenant, &target), &mut self.head, (self.now, (&BTreeSet::new(), None)));
        for write in written.into_iter().chain(last) {
            is_as_the_schema_says(&write);
            self.keeper.take(&write.key, write.value.as_deref());
        }
        is_whole
    }

    fn flaws(&self) -> BTreeSet<Flaw> {
        self.head.last.clone().unwrap().flaws
    }

    fn kept(&self) -> Result<Inventory, Unfit> {
        let (tenant, target) = place();
        self.keeper.inventory(&tenant, &target)
    }
}

fn groups(received: u64) -> Page<ListedGroup> {
    let group = ListedGroup {
        id: ScimId::new("g-1"),
        name: GroupName::new("VPN"),
        created: None,
        changed: None,
    };
    let items = if received == 0 { vec![group] } else { Vec::new() };
    Page { received: items.len() as u64, items, total: Some(1), goes_on: false }
}

#[test]
fn what_is_read_whole_is_kept_whole() {
    let mut target = Target::of(37);
    assert!(target.read());
    let kept = target.kept().unwrap();
    assert_eq!(kept.accounts, target.accounts);
    assert_eq!(kept.members[&ScimId::new("g-1")].len(), 3);
    assert_eq!((kept.taken.accounts.rows, kept.taken.accounts.total), (37, Some(37)));
    assert_eq!(kept.taken.active, 31, "every seventh is inactive");
    assert_eq!(target.keeper.heads().unwrap().len(), 1);
}

#[test]
fn a_large_target_is_kept_in_several_parts_and_shrinks_without_leaving_any() {
    let mut target = Target::of(3_000);
    assert!(target.read());
    assert!(target.kept().unwrap().taken.parts > 1);
    target.accounts.truncate(1_601);
    assert!(target.read() && target.read(), "both slots hold the small one now");
    assert_eq!(target.kept().unwrap().accounts.len(), 1_601);
    let parts = target.keeper.keys().filter(|key| key.starts_with("part:")).count();
    let taken = target.kept().unwrap().taken;
    assert_eq!(
        parts,
        2 * usize::try_from(taken.parts).unwrap(),
        "no part of the larger one is left"
    );
}

#[test]
fn a_list_cut_at_exactly_one_page_is_not_believed_and_the_last_whole_one_stays() {
    for says_total in [true, false] {
        let mut target = Target { says_total, ..Target::of(37) };
        assert!(target.read());
        // One page comes, and the total, if there is one, is that of the page (adobe-apiplatform/umapi-client.py#111).
        let cut = |received, page: Page<ListedAccount>| match received {
            0 => Page { total: page.total.map(|_| PAGE as u64), ..page },
            _ => Page { received: 0, items: Vec::new(), total: None, goes_on: false },
        };
        assert!(!target.read_with(cut));
        assert!(target.flaws().contains(&Flaw::WholePages), "{:?}", target.flaws());
        assert_eq!(target.kept().unwrap().accounts.len(), 37, "what is known stays");
    }
}

#[test]
fn a_list_that_is_halved_counts_only_when_it_is_seen_twice() {
    let mut target = Target::of(61);
    assert!(target.read());
    target.accounts.truncate(23);
    assert!(!target.read());
    assert_eq!(target.flaws(), [Flaw::Shrunken].into());
    assert_eq!(target.kept().unwrap().accounts.len(), 61);
    assert!(target.read(), "the same again is believed");
    assert_eq!(target.kept().unwrap().accounts.len(), 23);
}

#[test]
fn an_empty_list_is_not_nobody() {
    let mut target = Target::of(12);
    assert!(target.read());
    target.accounts.clear();
    assert!(!target.read());
    assert!(target.flaws().contains(&Flaw::WholePages));
    assert_eq!(target.kept().unwrap().accounts.len(), 12);
}

#[test]
fn a_list_that_is_shorter_than_its_own_total_is_not_whole() {
    let mut target = Target::of(37);
    let cut = |received, page: Page<ListedAccount>| match received {
        20.. => Page { received: 0, items: Vec::new(), ..page },
        _ => page,
    };
    assert!(!target.read_with(cut));
    assert_eq!(target.flaws(), [Flaw::Short].into());
    assert_eq!(target.kept().unwrap_err(), Unfit::Never(place().1));
}

#[test]
fn rows_that_shift_while_they_are_read_make_it_no_whole_one() {
    let mut target = Target::of(37);
    // Somebody is made in front of all others between two pages: the last of a page comes twice.
    let shift = |received, mut page: Page<ListedAccount>| {
        if received == 20 {
            page.items.insert(0, account(19));
            page.items.pop();
        }
        page
    };
    assert!(!target.read_with(shift));
    assert!(target.flaws().contains(&Flaw::Changed));
    let mut grows = Target::of(37);
    let other_total = |received, page: Page<ListedAccount>| Page {
        total: Some(if received == 0 { 36 } else { 37 }),
        ..page
    };
    assert!(!grows.read_with(other_total));
    assert!(grows.flaws().contains(&Flaw::Changed));
}

#[test]
fn the_same_page_again_and_again_ends_the_reading() {
    let mut target = Target { says_total: false, ..Target::of(37) };
    let first = target.page(0);
    assert!(!target.read_with(|_, _| first.clone()));
    assert_eq!(target.flaws(), [Flaw::Repeated].into());
}

#[test]
fn something_without_an_id_or_behind_a_cursor_is_no_whole_list() {
    let mut target = Target::of(37);
    let nameless = |_, mut page: Page<ListedAccount>| {
        page.items.pop();
        page
    };
    assert!(!target.read_with(nameless));
    assert!(target.flaws().contains(&Flaw::Nameless));
    let mut target = Target { says_total: false, ..Target::of(37) };
    assert!(!target.read_with(|_, page| Page { goes_on: true, ..page }));
    assert_eq!(target.flaws(), [Flaw::Cursor].into());
}

#[test]
fn a_reading_that_is_broken_off_leaves_the_whole_one_as_it_was() {
    let (tenant, place_of) = place();
    let mut target = Target::of(2_000);
    assert!(target.read());
    let mut reading = Reading::begin(&target.head, target.now);
    while let Next::Accounts { received } = reading.next() {
        reading.take_accounts(target.page(received));
        for write in reading.take_parts(&tenant, &place_of) {
            target.keeper.take(&write.key, write.value.as_deref());
        }
    }
    drop(reading);
    assert_eq!(target.kept().unwrap().accounts, target.accounts);
    // A part that is lost, or of another reading, is told as such.
    let part = super::part_key(&tenant, &place_of, super::Slot::A, 0);
    target.keeper.take(&part, None);
    assert_eq!(target.kept().unwrap_err(), Unfit::Torn(place_of));
}

#[test]
fn groups_that_may_not_be_read_take_nothing_from_the_accounts() {
    let (tenant, place_of) = place();
    let mut target = Target::of(5);
    let mut reading = Reading::begin(&target.head, target.now);
    reading.take_accounts(target.page(0));
    assert_eq!(reading.next(), Next::Groups { received: 0 });
    reading.fails(Flaw::Refused);
    let (records, is_whole) = reading.close(
        (&tenant, &place_of),
        &mut target.head,
        (target.now, (&BTreeSet::new(), None)),
    );
    assert!(is_whole);
    for write in records {
        target.keeper.take(&write.key, write.value.as_deref());
    }
    assert_eq!(target.kept().unwrap().taken.groups_flaws, [Flaw::Refused].into());
}

#[test]
fn a_record_of_a_later_version_is_refused_by_name() {
    let (tenant, target) = place();
    let mut keeper = Keeper::default();
    keeper.take(&super::head_key(&tenant, &target), Some(br#"{"v":3,"body":{}}"#));
    assert_eq!(keeper.inventory(&tenant, &target).unwrap_err(), Unfit::Newer(3));
    keeper.take(&super::head_key(&tenant, &target), Some(b"{"));
    assert!(matches!(keeper.inventory(&tenant, &target), Err(Unfit::Unreadable(_))));
}
