//! Records of sources in every format: the first byte says which, the second what headers there are.
#![no_main]

use libfuzzer_sys::fuzz_target;
use usher_core::decode::{Item, decode, wants_key_of};
use usher_fuzz::{SOURCES, record};

fuzz_target!(|data: &[u8]| {
    let [format, headers, value @ ..] = data else { return };
    let source = &SOURCES[usize::from(*format) % SOURCES.len()];
    let raw = record(value, *headers);
    wants_key_of(&raw, source);
    let items = decode(&raw, source);
    assert!(!items.is_empty(), "every record has an item");
    for item in &items {
        match item {
            Item::Event(event) => assert!(!event.aliases.is_empty() || event.kind.only_informs()),
            Item::Skip(refused) | Item::Park(refused) => {
                assert!(refused.why.code.known().is_some() && !refused.why.text.is_empty());
            }
        }
    }
});
