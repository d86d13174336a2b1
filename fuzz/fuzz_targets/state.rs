//! Records of the state, the inventory and the audit, and what a target's own lists answer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use usher_core::audit::line::Line;
use usher_core::engine::record::{self, Counted, Kept, Surveyed};
use usher_core::engine::state::ShardRecord;
use usher_core::inventory::Slot;
use usher_core::inventory::scope::{List, Scope, read};
use usher_core::inventory::{Keeper, Record, head_key, part_key};
use usher_core::model::ids::{TargetName, TenantName};
use usher_core::reconcile::Memory;

fuzz_target!(|data: &[u8]| {
    let [kind, value @ ..] = data else { return };
    let (tenant, target) = (TenantName::new("t"), TargetName::new("main"));
    match kind % 8 {
        0 => match record::decode::<Kept>("t/p-1", value) {
            Ok(kept) => {
                let written = record::encode_person(&kept.person, &kept.seats.iter().collect());
                let value = written.value.expect("somebody");
                record::decode::<Kept>("t/p-1", &value).expect("what is written is read");
            }
            Err(error) => drop(record::aside(value, &error)),
        },
        1 => {
            if let Ok(shard) = record::decode::<ShardRecord>("shard", value) {
                let value = record::encode_shard(&shard).value.expect("a shard");
                record::decode::<ShardRecord>("shard", &value).expect("what is written is read");
            }
        }
        2 => drop(record::decode::<Counted>("counters:t:main", value)),
        3 => drop(record::decode::<Surveyed>("inventory:t:main", value)),
        4 => {
            let head = head_key(&tenant, &target);
            let part = part_key(&tenant, &target, Slot::A, 0);
            for key in [&head, &part] {
                drop(Record::read(key, value));
            }
            let mut keeper = Keeper::default();
            keeper.take(&head, Some(value));
            keeper.take(&part, Some(value));
            drop((keeper.heads(), keeper.inventory(&tenant, &target)));
        }
        5 => {
            let mut keeper = Keeper::default();
            keeper.take("past:t:000000", Some(value));
            drop(Memory::of(&keeper, &tenant));
        }
        6 => {
            if let Some(line) = Line::read(value) {
                line.at();
            }
        }
        _ => {
            let Ok(body) = serde_json::from_slice(value) else { return };
            for list in
                Scope::ALL.iter().flat_map(|scope| scope.lists()).copied().collect::<Vec<List>>()
            {
                if let Some(page) = read(list, &body) {
                    assert!(page.rows.len() as u64 <= page.received);
                }
            }
        }
    }
});
