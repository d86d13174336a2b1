//! Lists of people, and their manifests: the first byte says how the list is written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use usher_core::roster::{self, Expect, Form, Guard, Manifest, Syntax};

fuzz_target!(|data: &[u8]| {
    let [kind, list @ ..] = data else { return };
    if *kind == 255 {
        drop(Manifest::parse(list));
        return;
    }
    let syntax = [None, Some(Syntax::Csv), Some(Syntax::Json), Some(Syntax::JsonLines)];
    let form = Form { syntax: syntax[usize::from(kind % 4)], ..Form::default() };
    let now = "2026-10-01T06:00:00Z".parse().expect("an instant");
    let guard = Guard { modified_at: Some(now), ..Guard::new(now, Expect::default()) };
    if let Ok(roster) = roster::read(list, &form, &guard, None) {
        for person in roster.people() {
            assert!(roster.row(person).is_some());
        }
    }
});
