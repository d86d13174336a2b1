//! What is kept of each day: the last whole reading of it, for a bounded time.

use super::{Target, place};
use crate::inventory::scope::{Device, Found, Grant, List, Scope, ScopePage};
use crate::inventory::{DAYS_KEPT, Day, Head, Next, Reading, Record, Wanted, day_key};
use crate::model::{AttributeName, StateWrite, Value};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The days that are kept of a target.
fn days(target: &Target) -> Vec<Day> {
    let keys: Vec<&String> = target.keeper.keys().filter(|key| key.starts_with("day:")).collect();
    let read = |key: &&String| match Record::read(key, target.keeper.record(key).unwrap()) {
        Ok(Some(Record::Day(day))) => day,
        other => panic!("{other:?}"),
    };
    keys.iter().map(read).collect()
}

#[test]
fn last_whole_reading_of_a_day_counts() {
    let mut target = Target::of(15);
    assert!(target.read());
    target.accounts.pop();
    assert!(target.read());
    // One that is cut short says nothing of the day.
    assert!(!target.read_with(|_, page| super::Page { total: Some(99), ..page }));
    let [day] = &days(&target)[..] else { panic!("{:?}", days(&target)) };
    assert_eq!((day.on.to_string().as_str(), day.provisioned), ("2026-09-01", 14));
    assert_eq!(
        (day.active, day.seen),
        (12, None),
        "0 and 7 are not active, and nobody tells who was seen"
    );
}

#[test]
fn so_many_days_are_kept_and_no_more_also_after_a_pause() {
    let mut target = Target::of(3);
    let day = SignedDuration::from_hours(18);
    for _ in 0..DAYS_KEPT + 30 {
        assert!(target.read());
        target.now += day;
    }
    let kept = days(&target);
    assert_eq!(i64::try_from(kept.len()).unwrap(), DAYS_KEPT);
    assert!(kept.windows(2).all(|two| two[0].on < two[1].on));
    target.now += SignedDuration::from_hours(24 * 100);
    assert!(target.read());
    assert_eq!(i64::try_from(days(&target).len()).unwrap(), DAYS_KEPT - 100);
    target.now += SignedDuration::from_hours(24 * 5_000);
    assert!(target.read());
    assert_eq!(days(&target).len(), 1);
}

/// What a reading keeps of a day whose devices are these: the number of an account, and the days since.
fn seen(devices: &[(&str, i64)], grant: Grant) -> Option<u64> {
    let now: Timestamp = "2026-10-01T06:00:00Z".parse().unwrap();
    let target = Target::of(4);
    let (tenant, name) = place();
    let mut head = Head::default();
    let wanted = Wanted { scopes: BTreeSet::from([Scope::Devices]), ..Wanted::default() };
    let mut reading = Reading::begin(&head, now).with_scopes(&wanted);
    loop {
        match reading.next() {
            Next::Accounts { received } => {
                let mut page = target.page(received);
                let mail = Value::Text("Other@example.com".to_owned());
                page.items[0].account.attributes.insert(AttributeName::WORK_EMAIL, mail);
                reading.take_accounts(page);
            }
            Next::Groups { received } => reading.take_groups(super::groups(received)),
            Next::Members(_) => reading.take_members(None),
            Next::Scope { .. } if grant != Grant::Granted => reading.refuse_scope(grant, now),
            Next::Scope { list, .. } => {
                assert_eq!(list, List::Devices);
                let row = |(user, days): &(&str, i64)| {
                    let seen = now - SignedDuration::from_hours(24 * days);
                    Found::Device(Device { user: (*user).to_owned(), seen })
                };
                let rows: Vec<Found> = devices.iter().map(row).collect();
                let received = rows.len() as u64;
                reading.take_scope(
                    ScopePage { rows, received, total: Some(received), is_last: true },
                    now,
                );
            }
            Next::Nothing => break,
        }
    }
    let (records, is_whole) =
        reading.close((&tenant, &name), &mut head, (now, (&BTreeSet::new(), None)));
    assert!(is_whole);
    let all: BTreeMap<String, StateWrite> =
        records.into_iter().map(|write| (write.key.clone(), write)).collect();
    let key = day_key(&tenant, &name, "2026-10-01".parse().unwrap());
    let written = all[&key].value.as_deref().unwrap();
    let Ok(Some(Record::Day(day))) = Record::read(&key, written) else { panic!("no day") };
    day.seen
}

#[test]
fn accounts_count_as_seen_by_either_name_within_thirty_days() {
    let both = [("user1@EXAMPLE.com", 3), ("other@example.com", 30), ("user2@example.com", 31)];
    assert_eq!(seen(&both, Grant::Granted), Some(2));
    assert_eq!(
        seen(&[("u1", 1), ("u2", 1), ("user3@example.com", 1)], Grant::Granted),
        None,
        "users are hidden"
    );
    assert_eq!(seen(&both, Grant::NotGranted), None);
}
