//! What each person and each account takes in memory, counted to the byte.

use super::super::world::{at, configuration};
use super::data::{record_of, records_of_accounts};
use crate::model::{RawRecord, StateWrite};
use crate::serve::deployment::Deployment;
use crate::serve::memory::{Memory, Topic};
use allocation_counter::measure;

const PEOPLE: usize = 2_000;

/// Bytes that are asked for; what the allocator adds comes on top.
const OF_PERSON_MOST: i64 = 450;
const OF_ACCOUNT_MOST: i64 = 260;
/// While a reading is put together.
const OF_ACCOUNT_MEANWHILE: u64 = 900;

fn raw(number: usize, write: StateWrite) -> RawRecord {
    RawRecord {
        topic: "t".to_owned(),
        partition: 0,
        offset: i64::try_from(number).unwrap(),
        timestamp: at("2026-10-02T08:00:00Z"),
        key: Some(write.key.into_bytes()),
        value: write.value,
        headers: Vec::new(),
    }
}

fn take(memory: &Memory, topic: Topic, number: usize, write: StateWrite) {
    memory.take(memory.read(topic, raw(number, write), at("2026-10-02T08:00:00Z")));
}

#[test]
fn a_person_and_an_account_take_few_bytes() {
    let (loaded, directory) = configuration("127.0.0.1:1", "");
    let deployment = Deployment::load(&loaded).unwrap();
    let memory = Memory::of(&deployment);
    let each = |bytes: i64| bytes / i64::try_from(PEOPLE).unwrap();
    let people = measure(|| {
        for number in 0..PEOPLE {
            take(&memory, Topic::People, number, record_of(number));
        }
    });
    let of_person = each(people.bytes_current);
    let records = records_of_accounts(PEOPLE);
    let accounts = measure(|| {
        for (number, record) in records.iter().enumerate() {
            take(&memory, Topic::Inventory, number, record.clone());
        }
    });
    let of_account = each(accounts.bytes_current);
    let meanwhile = accounts.bytes_max / PEOPLE as u64;
    println!("{of_person} bytes a person; {of_account} an account, {meanwhile} meanwhile");
    let acme = &deployment.tenants[0].name;
    assert_eq!(memory.known().people.count(acme), PEOPLE);
    let target = &deployment.tenants[0].targets[0].place.target;
    let whole = memory.known().inventories.of(acme, target).unwrap().directory;
    assert_eq!(whole.len(), PEOPLE);
    assert!((1..=OF_PERSON_MOST).contains(&of_person), "{of_person} bytes a person");
    assert!((1..=OF_ACCOUNT_MOST).contains(&of_account), "{of_account} bytes an account");
    assert!(meanwhile <= OF_ACCOUNT_MEANWHILE, "{meanwhile} bytes an account for a while");
    // Everybody again: what was there before is let go.
    let again = measure(|| {
        for number in 0..PEOPLE {
            take(&memory, Topic::People, number, record_of(number));
        }
    });
    assert!(each(again.bytes_current) < 20, "{again:?}");
    drop(std::fs::remove_dir_all(directory));
}
