//! Descriptions of `format: mapped`, a byte 0, and a record that is read by one; and proposals of such.
#![no_main]

use libfuzzer_sys::fuzz_target;
use usher_core::decode::{Format, MappingChoice, SourceSettings, decode, suggest};
use usher_fuzz::{halves, record};

fuzz_target!(|data: &[u8]| {
    let (description, value) = halves(data);
    if let Ok(proposed) = suggest(value) {
        assert!(!proposed.is_empty());
    }
    let Ok(text) = std::str::from_utf8(description) else { return };
    let mut mapping = MappingChoice::named("a.yaml");
    if mapping.take(text).is_err() {
        return;
    }
    let source = SourceSettings {
        format: Format::Mapped,
        mapping: Some(mapping),
        ..usher_fuzz::SOURCES[0].clone()
    };
    assert!(!decode(&record(value, 0), &source).is_empty());
});
