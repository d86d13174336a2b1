//! Names with signs that nobody sees, and words that stand where a name should.

use super::*;
use crate::model::code::Code;
use crate::model::{Alias, AliasKind};

/// The event with `worker` in it.
fn of(worker: &Value) -> Event {
    event(decode_body(&changed("/data/worker", worker.clone())))
}

/// What is left of `worker`, and the fields of the remarks.
fn left(worker: &Value) -> (Value, Vec<String>) {
    let event = of(worker);
    for remark in &event.remarks {
        assert_eq!(remark.code, Code::NamePlaceholder);
    }
    let fields = event.remarks.iter().map(|remark| remark.field.clone().unwrap()).collect();
    (event.data["worker"].clone(), fields)
}

#[test]
fn names_with_blanks_that_nobody_sees_are_the_names_without_them() {
    let plain = of(&json!({
        "employee_id": "88213",
        "user_name": "Kim.Lee@Example.com",
        "work_email": "kim.lee@example.com",
        "external_ids": {"entra": "4f0c"},
    }));
    for blank in
        ["\u{a0}", "\u{200b}", "\u{feff}", "\u{2007}", "\u{3000}", "\t", "\u{ad}", "\u{202e}"]
    {
        let around = |text: &str| format!("{blank}{text}{blank}");
        let odd = of(&json!({
            "employee_id": around("88213"),
            "user_name": around("Kim.Lee@Example.com"),
            "work_email": around("kim.lee@example.com"),
            "external_ids": {"entra": around("4f0c")},
        }));
        assert_eq!(odd.aliases, plain.aliases, "{blank:?}");
        // Accounts and look-ups get it from here.
        assert_eq!(odd.data["worker"], plain.data["worker"], "{blank:?}");
    }
    let inside = of(&json!({
        "employee_id": "88\u{200d}213",
        "user_name": "Kim.\u{2060}Lee@Example.com",
        "work_email": "ｋｉｍ．ｌｅｅ＠ｅｘａｍｐｌｅ．ｃｏｍ",
        "external_ids": {"entra": "4f\u{ad}0c"},
    }));
    assert_eq!(inside.aliases, plain.aliases);
    assert_eq!(inside.data["worker"], plain.data["worker"]);
}

#[test]
fn earlier_names_are_cleaned_as_well() {
    let mut body = changed("/type", json!("io.usher.worker.updated.v1"));
    body["data"]["previous"] = json!({"user_name": "kim.ray@example.com\u{a0}"});
    let event = event(decode_body(&body));
    let earlier = Alias::parse(AliasKind::UserName, "kim.ray@example.com").unwrap();
    assert!(event.aliases.contains(&earlier));
    assert_eq!(event.data["previous"]["user_name"], "kim.ray@example.com");
}

#[test]
fn attributes_lose_blanks_at_their_ends_and_nothing_else() {
    let body = changed(
        "/data/profile",
        json!({
            "display_name": "\u{feff}Kim\u{a0}Lee \u{200b}",
            "given_name": "علی\u{200c}رضا",
            "title": "Lead \u{2764}\u{fe0f}",
            "score": 7,
        }),
    );
    let profile = &event(decode_body(&body)).data["profile"];
    assert_eq!(profile["display_name"], "Kim\u{a0}Lee");
    assert_eq!(profile["given_name"], "علی\u{200c}رضا");
    assert_eq!(profile["title"], "Lead \u{2764}\u{fe0f}");
    assert_eq!(profile["score"], 7);
}

/// What clears an attribute must not look like what leaves it alone.
#[test]
fn null_and_blank_attributes_are_told_apart_from_absent_ones() {
    for blank in [json!(null), json!(""), json!("  "), json!("\u{a0}"), json!("\u{200b}")] {
        let body = changed("/data/profile", json!({"department": blank, "title": "Lead"}));
        let profile = event(decode_body(&body)).data["profile"].clone();
        let department = profile.get("department").expect("it was said");
        assert!(department.is_null() || department == "", "{blank}");
        assert_eq!(profile.get("division"), None);
    }
}

#[test]
fn words_for_none_are_no_names_of_anybody() {
    for word in [
        "N/A",
        "n.a.",
        "-",
        "--",
        "0",
        "000000",
        "unknown",
        "none",
        "NULL",
        "TBD",
        "xxx",
        "99999",
        "?",
        "#N/A",
        "(n/a)",
        "<none>",
        "[unknown]",
        "undefined",
        " - ",
        "\u{a0}N/A\u{a0}",
        "00000000-0000-0000-0000-000000000000",
    ] {
        for name in ["employee_id", "worker_id", "user_name"] {
            let (worker, fields) = left(&json!({"work_email": "kim@example.com", name: word}));
            // Absent, not null: it clears no attribute either.
            assert_eq!(worker, json!({"work_email": "kim@example.com"}), "{name} {word}");
            assert_eq!(fields, [format!("data.worker.{name}")], "{word}");
        }
        let (worker, fields) = left(&json!({
            "employee_id": "88213",
            "external_ids": {"entra": word, "sid": "S-1-5-21-1"},
        }));
        assert_eq!(worker["external_ids"], json!({"sid": "S-1-5-21-1"}), "{word}");
        assert_eq!(fields, ["data.worker.external_ids"]);
    }
    for word in
        ["N/A", "-", "none@example.com", "no-reply@example.com", "unknown@example.com", "n/a@n/a"]
    {
        let (worker, fields) = left(&json!({"employee_id": "88213", "work_email": word}));
        assert_eq!(worker, json!({"employee_id": "88213"}), "{word}");
        assert_eq!(fields, ["data.worker.work_email"]);
    }
}

#[test]
fn names_that_only_look_like_words_for_none_are_names() {
    for (name, text) in [
        ("employee_id", "1000"),
        ("employee_id", "00001"),
        ("employee_id", "9999"),
        ("employee_id", "199999"),
        ("employee_id", "X0001"),
        ("worker_id", "4e6f6e65"),
        ("user_name", "na@example.com"),
        ("user_name", "na"),
        ("user_name", "no.un@example.com"),
        ("user_name", "nonen"),
        ("user_name", "tbd@example.com"),
        ("user_name", "n.a.lee"),
        ("work_email", "max.null@example.com"),
        ("work_email", "x@example.com"),
        ("work_email", "tim.unknown@example.com"),
    ] {
        let (worker, fields) = left(&json!({name: text}));
        assert_eq!(worker, json!({name: text}));
        assert!(fields.is_empty(), "{text}");
    }
}

#[test]
fn whoever_has_only_words_for_none_is_nobody() {
    let nobody = changed("/data/worker", json!({"employee_id": "N/A", "user_name": "-"}));
    let refused = parked(decode_body(&nobody));
    assert_eq!(reason(&refused), ("worker.no_identifier", "data.worker"));
    // A sensor that saw nobody at work has nothing to say.
    let mut signal = nobody;
    signal["type"] = json!("io.usher.credential.compromised.v1");
    let refused = skipped(decode_body(&signal));
    assert_eq!(reason(&refused), ("subject.machine", "data.worker"));
}

#[test]
fn source_has_words_for_none_of_its_own() {
    let mut settings = source();
    settings.placeholders = vec!["Leiharbeit".to_owned(), "0815".to_owned()];
    let body = changed(
        "/data/worker",
        json!({
            "employee_id": "LEIHARBEIT ",
            "user_name": "kim@example.com",
            "external_ids": {"badge": "0815"},
        }),
    );
    let event = event(decode(&record(body.to_string()), &settings));
    assert_eq!(event.aliases, [Alias::parse(AliasKind::UserName, "kim@example.com").unwrap()]);
    assert_eq!(event.remarks.len(), 2);
}
