use super::tokens::{self, Login, Role, TokenDigest};
use super::{Cookies, Logins, NotIn};
use crate::model::ids::TenantName;
use jiff::{SignedDuration, Timestamp};
use std::fs;
use std::path::PathBuf;

const NOW: &str = "2026-10-02T08:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn line(name: &str, token: &str, rest: &str) -> String {
    format!("- {{ name: {name}, sha256: {}, {rest} }}\n", TokenDigest::of(token).as_str())
}

fn file(name: &str, text: &str) -> PathBuf {
    let directory = std::env::temp_dir().join(format!("usher-logins-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let file = directory.join(name);
    fs::write(&file, text).unwrap();
    file
}

fn logins(name: &str, text: &str) -> Logins {
    Logins::load(file(name, text), SignedDuration::from_hours(8)).unwrap()
}

#[test]
fn a_token_opens_a_session_that_ends_by_itself_and_with_its_token() {
    let text = line("ann", "right", "role: unmask, until: 2026-10-02T12:00:00Z");
    let logins = logins("ends.yaml", &text);
    let now = at(NOW);
    let (word, login) = logins.enter(" right\n", now).unwrap();
    assert_eq!((login.name.as_str(), login.role), ("ann", Role::Unmask));
    assert_eq!(logins.who(&word, now).unwrap().name, "ann");
    assert!(logins.who("another word", now).is_none());
    assert!(logins.who(&word, at("2026-10-02T11:59:59Z")).is_some());
    assert!(logins.who(&word, at("2026-10-02T12:00:00Z")).is_none(), "its token has ended");
    logins.leave(&word);
    assert!(logins.who(&word, now).is_none());
}

#[test]
fn wrong_and_old_tokens_let_nobody_in() {
    let text = line("ann", "old", "role: viewer, until: 2026-10-02T07:00:00Z");
    let logins = logins("wrong.yaml", &text);
    for token in ["old", "", "right", TokenDigest::of("old").as_str()] {
        assert_eq!(logins.enter(token, at(NOW)).unwrap_err(), NotIn::Wrong, "{token}");
        assert!(logins.bearer(token, at(NOW)).is_none());
    }
}

#[test]
fn whoever_is_taken_out_of_the_file_is_out_and_a_broken_file_throws_nobody_out() {
    let ann = line("ann", "a", "role: viewer, until: 2027-01-01T00:00:00Z");
    let bob = line("bob", "b", "role: viewer, until: 2027-01-01T00:00:00Z");
    let logins = logins("changes.yaml", &(ann.clone() + &bob));
    let (word, _) = logins.enter("a", at(NOW)).unwrap();
    fs::write(&logins.file, "- { name: bo").unwrap();
    logins.read_again();
    assert!(logins.who(&word, at(NOW)).is_some());
    assert_eq!(logins.enter("b", at(NOW)).unwrap_err(), NotIn::Unusable);
    fs::write(&logins.file, bob).unwrap();
    logins.read_again();
    assert!(logins.who(&word, at(NOW)).is_none());
    assert!(logins.enter("b", at(NOW)).is_ok());
}

#[test]
fn what_cannot_be_meant_in_the_file_is_refused_with_its_place() {
    let until = "until: 2027-01-01T00:00:00Z";
    let cases = [
        (line("ann", "a", &format!("role: admin, {until}")), "admin"),
        (line("ann", "a", "role: viewer"), "until"),
        (line("''", "a", &format!("role: viewer, {until}")), "name"),
        (line("ann", "a", &format!("role: viewer, tenants: [], {until}")), "tenants"),
        (format!("- {{ name: ann, sha256: ABC, role: viewer, {until} }}"), "64"),
        (line("ann", "a", &format!("role: viewer, {until}")).repeat(2), "earlier"),
    ];
    for (text, told) in cases {
        let error = tokens::parse(&text).unwrap_err();
        assert!(error.contains(told), "{error}");
    }
    assert!(tokens::parse("").unwrap().is_empty());
}

#[test]
fn a_login_sees_the_tenants_that_it_names_and_no_other() {
    let text = line("ann", "a", "role: viewer, tenants: [acme], until: 2027-01-01T00:00:00Z");
    let login: Login = tokens::parse(&text).unwrap().remove(0);
    assert!(login.sees(&TenantName::new("acme")));
    assert!(!login.sees(&TenantName::new("globex")));
}

#[test]
fn wrong_tokens_are_answered_a_few_at_a_time() {
    let logins = logins("few.yaml", "");
    let mut waiting: Vec<_> = std::iter::from_fn(|| logins.wrong_one()).collect();
    assert_eq!(waiting.len(), super::WRONG_AT_ONCE_MOST);
    waiting.pop();
    assert!(logins.wrong_one().is_some());
}

#[test]
fn the_cookie_is_bound_to_the_host_where_there_is_tls() {
    let (plain, secure) = (Cookies { is_encrypted: false }, Cookies { is_encrypted: true });
    assert_eq!(
        secure.set("w", 60),
        "__Host-usher=w; Max-Age=60; Path=/; HttpOnly; SameSite=Strict; Secure"
    );
    assert_eq!(plain.set("w", 60), "usher=w; Max-Age=60; Path=/; HttpOnly; SameSite=Strict");
    assert_eq!(secure.word("a=b; __Host-usher=w;c=d"), Some("w"));
    // What came without TLS counts nothing where there is some.
    assert_eq!(secure.word("usher=w"), None);
    assert_eq!(plain.word("usher=w"), Some("w"));
}

#[test]
fn tokens_are_long_and_never_the_same() {
    let (one, other) = (tokens::fresh().unwrap(), tokens::fresh().unwrap());
    assert_ne!(one, other);
    assert_eq!(one.len(), "usher_login_".len() + 64);
}
