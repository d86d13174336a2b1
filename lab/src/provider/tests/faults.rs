use crate::provider::calls::{Calls, Seen};
use crate::provider::faults::{Fault, Faults, Kind, Only};
use crate::provider::manners::{ArrayRemoval, Manners, PRESETS};
use crate::provider::quirks::Sifting;
use jiff::{SignedDuration, Timestamp};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn kinds(faults: &mut Faults, method: &str, count: usize) -> Vec<Option<Kind>> {
    (0..count).map(|_| faults.draw(method, NOW).map(|fault| fault.kind)).collect()
}

#[test]
fn a_fault_befalls_the_next_call_or_as_many_as_it_says() {
    let mut faults = Faults::new(1);
    faults.add(Fault::parse(br#"{"kind":"reset"}"#).unwrap(), NOW);
    faults.add(Fault::parse(br#"{"kind":"slow","next":2,"only":"writes"}"#).unwrap(), NOW);
    assert_eq!(kinds(&mut faults, "GET", 2), [Some(Kind::Reset), None]);
    let slow = Some(Kind::Slow);
    assert_eq!(kinds(&mut faults, "PATCH", 3), [slow, slow, None]);
    assert_eq!(faults.open(NOW), []);
}

#[test]
fn a_fault_ends_when_its_time_is_up() {
    let mut faults = Faults::new(1);
    faults.add(Fault::from_pairs("kind=status,status=503,for=10s").unwrap(), NOW);
    let later = |seconds| NOW + SignedDuration::from_secs(seconds);
    assert!(faults.draw("GET", later(9)).is_some());
    assert!(faults.draw("GET", later(9)).is_some());
    assert!(faults.draw("GET", later(10)).is_none());
}

#[test]
fn a_share_is_drawn_from_the_seed() {
    let drawn = |seed| {
        let mut faults = Faults::new(seed);
        faults.add(Fault::from_pairs("kind=drop_reply,share=0.2").unwrap(), NOW);
        kinds(&mut faults, "GET", 1_000)
    };
    assert_eq!(drawn(7), drawn(7));
    assert_ne!(drawn(7), drawn(8));
    let hits = drawn(7).iter().flatten().count();
    assert!((150..250).contains(&hits), "{hits}");
}

#[test]
fn faults_that_cannot_be_meant_are_refused() {
    for text in [
        "kind=explode",
        "kind=status,status=99",
        "kind=reset,share=2",
        "kind=slow,after=1h",
        "kind=reset,nxt=1",
        "reset",
        "",
    ] {
        assert!(Fault::from_pairs(text).is_err(), "{text}");
    }
}

#[test]
fn retry_after_has_three_forms() {
    let told = |form: &str| {
        let text = format!("kind=status,status=429,retry_after=90,retry_after_form={form}");
        Fault::from_pairs(&text).unwrap().retry_after(NOW).unwrap()
    };
    assert_eq!(told("seconds"), "90");
    assert_eq!(told("words"), "90 seconds");
    assert_eq!(told("date"), "Thu, 01 Jan 1970 00:01:30 GMT");
}

#[test]
fn a_fault_in_code_is_the_one_in_json() {
    let fault = Fault { only: Only::Writes, next: Some(2), ..Fault::new(Kind::LandLate) };
    let json = serde_json::to_vec(&fault).unwrap();
    assert_eq!(Fault::parse(&json).unwrap(), fault);
}

#[test]
fn every_switch_can_be_set_by_its_name() {
    let manners = Manners::named("rfc7644").unwrap();
    let set = manners.with("array_removal", "is_refused").unwrap();
    assert_eq!(set.array_removal, ArrayRemoval::IsRefused);
    assert_eq!(set.with("calls_per_second", "9").unwrap().calls_per_second, Some(9));
    let error = manners.with("array_removl", "is_refused").unwrap_err().to_string();
    assert!(error.contains("array_removal"), "{error}");
    assert!(manners.with("page_size", "many").is_err());
    let lag = manners.with("user_reads_lag", "20s").unwrap().quirks.user_reads_lag;
    assert_eq!(lag, SignedDuration::from_secs(20));
    let filters = manners.with("filters", r#"{"emails.value":"refused"}"#).unwrap();
    assert_eq!(filters.quirks.sifting("emails.value"), Some(Sifting::Refused));
    assert!(manners.with("clears_by", "prayer").is_err());
    assert!(PRESETS.iter().all(|name| Manners::named(name).is_ok()));
    assert!(Manners::named("okta").is_err());
}

#[test]
fn the_log_of_calls_is_bounded_and_numbered() {
    let mut calls = Calls::default();
    let seen = Seen {
        number: 0,
        at: NOW,
        method: "GET".to_owned(),
        path: "/Users".to_owned(),
        body: serde_json::Value::Null,
        status: Some(200),
        fault: None,
    };
    for _ in 0..1_500 {
        calls.push(seen.clone());
    }
    assert_eq!((calls.total(), calls.after(0).len()), (1_500, 1_000));
    let last: Vec<u64> = calls.after(1_498).iter().map(|seen| seen.number).collect();
    assert_eq!(last, [1_499, 1_500]);
}
