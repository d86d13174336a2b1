//! Types that are near to ours, and events of ours inside of others: set aside, never passed over.

use super::*;
use crate::model::code::Code;
use crate::model::event_kind::EventKind;
use proptest::prelude::*;

/// What becomes of the termination if it is of this type.
fn of_type(wire: &str) -> Item {
    only(decode_body(&changed("/type", json!(wire))))
}

/// The same without data of ours, so that the type alone decides.
fn by_type_alone(wire: &str) -> Item {
    let mut body = changed("/type", json!(wire));
    body["data"] = json!({"number": 17});
    only(decode_body(&body))
}

fn aside(item: Item) -> Refused {
    match item {
        Item::Park(refused) => refused,
        other => panic!("not parked but {other:?}"),
    }
}

#[test]
fn termination_under_a_type_near_to_ours_is_parked_as_a_cut() {
    for wire in [
        "worker.terminated",
        "worker.terminated.v1",
        "io.usher.worker.terminated",
        "io.usher.worker.terminated.1",
        "io.usher.worker.terminated/v1",
        "io.usher.worker.terminated v1",
        " io.usher.worker.terminated.v1",
        "io.usher.worker.terminated.v1\u{200b}",
        "IO.USHER.WORKER.TERMINATED.V1",
        "io.usher.Worker.Terminated.v1",
        "io.usher.workerTerminated.v1",
        "io.usher.worker_terminated.v1",
        "io.usher.worker-terminated.v1",
        "io/usher/worker/terminated/v1",
        "io.usher.worker.terminate.v1",
        "io.usher.worker.termination.v1",
        "io.usher.worker.terminatd.v1",
        "io.usher.worker.terminted.v1",
        "io.usher.wroker.terminated.v1",
        "io.usher.workers.terminated.v1",
        "io.usher.employee.terminated.v1",
        "io.usher.worker.fired.v1",
        "io.ushr.worker.terminated.v1",
        "io.ushers.worker.terminated.v1",
        "com.usher.worker.terminated.v1",
        "usher.worker.terminated.v1",
        "WorkerTerminated",
        "WORKER_TERMINATED",
        "workerterminated",
        "employee.terminated",
        "ｉｏ．ｕｓｈｅｒ．ｗｏｒｋｅｒ．ｔｅｒｍｉｎａｔｅｄ．ｖ１",
    ] {
        let refused = aside(by_type_alone(wire));
        assert_eq!(reason(&refused), ("type.misspelt", "type"), "{wire}");
        assert!(
            refused.why.text.contains("`io.usher.worker.terminated.v1`"),
            "{wire}: {refused:?}"
        );
        assert!(refused.takes_access, "{wire}");
    }
}

#[test]
fn every_type_without_its_version_or_prefix_is_parked_with_what_was_meant() {
    for kind in EventKind::ALL {
        for wire in [format!("io.usher.{kind}"), kind.to_string(), format!("IO.Usher.{kind}.V1")] {
            let refused = aside(by_type_alone(&wire));
            assert_eq!(refused.why.code, Code::TypeMisspelt);
            assert!(refused.why.text.contains(&format!("`io.usher.{kind}.v1`")), "{wire}");
        }
    }
    for kind in sent() {
        assert!(matches!(of_type(&format!("io.usher.{kind}.v1")), Item::Event(_)), "{kind}");
    }
}

#[test]
fn type_of_our_name_that_there_is_none_of_is_parked() {
    for wire in ["io.usher.worker.promoted.v1", "io.usher.badge.lost.v1", "io.usher"] {
        let refused = aside(by_type_alone(wire));
        assert_eq!(reason(&refused), ("type.misspelt", "type"), "{wire}");
        // It may be a cut that a newer usher knows.
        assert!(refused.takes_access);
    }
}

#[test]
fn what_is_plainly_somebody_elses_is_skipped() {
    for wire in [
        "com.example.invoice.paid",
        "com.example.worker.terminated",
        "com.workday.worker.hired.v1",
        "com.okta.session.revoked",
        "com.github.push",
        "order.terminated",
        "order.updated.v1",
        "user.created",
        "user.updated",
        "risk.report.written",
        "account.opened",
        "device.sold",
        "invoice",
        "io.cloudevents.demo",
        "io.pusher.message.v1",
        "https://schemas.openid.net/secevent/risc/event-type/account-purged",
    ] {
        match by_type_alone(wire) {
            Item::Skip(refused) => {
                assert_eq!(reason(&refused), ("type.unknown", "type"), "{wire}");
                assert_eq!(refused.kind.as_deref(), Some(wire));
                assert!(!refused.takes_access);
            }
            other => panic!("{wire}: {other:?}"),
        }
    }
}

#[test]
fn what_usher_itself_writes_is_skipped() {
    assert!(matches!(by_type_alone("io.usher.audit.v1"), Item::Skip(_)));
}

#[test]
fn data_of_ours_under_another_type_are_parked() {
    for wire in ["com.example.hr.leaver", "com.workday.worker.terminated.v1", "offboarding"] {
        let refused = aside(of_type(wire));
        assert_eq!(reason(&refused), ("type.misspelt", "type"), "{wire}");
        assert!(refused.takes_access, "it may be a termination");
    }
}

#[test]
fn event_of_ours_inside_of_another_is_parked() {
    let ours = termination();
    let text = json!(ours.to_string());
    for data in [
        ours.clone(),
        json!({"event": ours}),
        json!({"payload": {"events": [{"x": 1}, ours]}}),
        json!([ours]),
        json!({"message": text}),
        text,
    ] {
        let mut body = changed("/type", json!("com.example.bridge.forwarded"));
        body["data"] = data;
        let refused = aside(only(decode_body(&body)));
        assert_eq!(reason(&refused), ("event.wrapped", "data"));
        assert!(refused.takes_access);
    }
    // The same in binary mode, and with a harmless event inside.
    let hired = changed("/type", json!("io.usher.worker.hired.v1"));
    let headers = [
        ("ce_specversion", "1.0"),
        ("ce_id", "1"),
        ("ce_source", "bridge"),
        ("ce_type", "com.example.bridge.forwarded"),
    ];
    let refused = parked(decode(&with_headers(record(hired.to_string()), &headers), &source()));
    assert_eq!(reason(&refused), ("event.wrapped", "data"));
    assert!(!refused.takes_access);
}

#[test]
fn event_of_ours_inside_of_ours_is_parked() {
    let refused = aside(only(decode_body(&changed("/data", termination()))));
    assert_eq!(reason(&refused), ("worker.missing", "data.worker"));
    assert!(refused.takes_access);
}

#[test]
fn what_cannot_be_read_and_speaks_of_a_cut_is_a_cut() {
    let whole = termination().to_string();
    let half = record(whole.get(..whole.len() - 3).unwrap());
    assert!(parked(decode(&half, &source())).takes_access);
    let framed = record(json!({"payload": termination()}).to_string());
    assert!(parked(decode(&framed, &source())).takes_access);
    let batch = Value::Array(vec![termination(); 1001]);
    assert!(parked(decode_body(&batch)).takes_access);
    assert!(!parked(decode(&record("<event/>"), &source())).takes_access);
    let hired = changed("/type", json!("io.usher.worker.hired.v1"));
    assert!(!parked(decode_body(&json!({"payload": hired}))).takes_access);
    // What is wrong with a cut that can be read does not matter.
    assert!(parked(decode_body(&without("/data/worker"))).takes_access);
    assert!(parked(decode_body(&changed("/specversion", json!("0.3")))).takes_access);
    assert!(
        parked(decode_body(&changed("/type", json!("io.usher.worker.terminated.v2")))).takes_access
    );
}

proptest! {
    /// However a type of ours is written, it is never passed over.
    #[test]
    fn type_of_ours_in_any_letters_and_signs_is_no_stranger(
        which in 0..EventKind::ALL.len(),
        upper in prop::collection::vec(any::<bool>(), 60),
        sign in prop::sample::select(&[".", "_", "-", "/", ":", " "][..]),
        has_prefix in any::<bool>(),
        version in prop::sample::select(&["", ".v1", ".V1", ".1", ".v2", "v1"][..]),
    ) {
        let prefix = if has_prefix { "io.usher." } else { "" };
        let plain = format!("{prefix}{}", EventKind::ALL[which]).replace('.', sign);
        let letters = plain.chars().zip(upper).map(|(letter, upper)| {
            if upper && has_prefix { letter.to_ascii_uppercase() } else { letter }
        });
        let wire = letters.collect::<String>() + version;
        prop_assert!(!matches!(by_type_alone(&wire), Item::Skip(_)), "{wire}");
    }
}
