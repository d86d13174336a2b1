//! The file of signers: what a line says, and what no line may say.

use super::pen::Pen;
use crate::command::signers::{AllowedSigners, LineFlaw, NoPrincipal, SignersError, Validity};
use crate::command::sshsig::{Flaw, PublicKey};
use proptest::prelude::*;

const KEY: &str = include_str!("vectors/p256.pub");

fn line(options: &str) -> String {
    format!("ann {options} {KEY}")
}

fn parse(text: &str) -> Result<AllowedSigners, SignersError> {
    AllowedSigners::parse(text.as_bytes())
}

fn flaw(line: &str) -> LineFlaw {
    match parse(&format!("# first\n\n{line}")) {
        Err(SignersError::Line { line: 3, flaw }) => flaw,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_line_says_whose_key_it_is_what_it_signs_and_when() {
    let pen = Pen::new(1);
    let key = PublicKey::parse(&pen.key()).unwrap();
    let file = format!(
        "\u{23} operators\r\n\t\r\nann@example.com \
         Namespaces=\"git,command@usher\",valid-after=\"20260101Z\",valid-before=\"202701011530Z\" \
         {} laptop of the house\r\n",
        pen.public()
    );
    let signers = parse(&file).unwrap();
    let entry = signers.find(&key).unwrap();
    assert_eq!(entry.principal.as_str(), "ann@example.com");
    assert!(entry.signs_commands());
    let at = |instant: &str| entry.validity(instant.parse().unwrap());
    let (from, to) = ("2026-01-01T00:00:00Z", "2027-01-01T15:30:00Z");
    assert_eq!(at("2025-12-31T23:59:59.9Z"), Validity::NotYet(from.parse().unwrap()));
    assert_eq!((at(from), at(to)), (Validity::Valid, Validity::Valid));
    assert_eq!(at("2027-01-01T15:30:00.1Z"), Validity::Ended(to.parse().unwrap()));
    assert!(signers.find(&PublicKey::parse(&Pen::new(2).key()).unwrap()).is_none());
}

#[test]
fn the_digest_is_that_of_the_file() {
    let one = parse(&line("namespaces=\"command@usher\"")).unwrap();
    let other = parse(&format!("{}\n", line("namespaces=\"command@usher\""))).unwrap();
    assert_eq!(one.sha256().len(), 64);
    assert_ne!(one.sha256(), other.sha256());
}

#[test]
fn a_key_for_something_else_alone_signs_no_commands() {
    let signers = parse(&line("namespaces=\"git\"")).unwrap();
    let (key, _) = signers.keys().next().unwrap();
    assert!(!signers.find(key).unwrap().signs_commands());
}

#[test]
fn what_a_line_may_not_say_is_refused_with_its_number() {
    let time =
        |value: &str| line(&format!("namespaces=\"command@usher\",valid-before=\"{value}\""));
    let lines = [
        (line(""), LineFlaw::NoNamespaces),
        (line("valid-before=\"20300101Z\""), LineFlaw::NoNamespaces),
        (line("namespaces=\"*\""), LineFlaw::Namespaces),
        (line("namespaces=\"command@*\""), LineFlaw::Namespaces),
        (line("namespaces=\"\""), LineFlaw::Namespaces),
        (line("namespaces=\"!git,command@usher\""), LineFlaw::Namespaces),
        (line("namespaces=\"git, command@usher\""), LineFlaw::Namespaces),
        (line("cert-authority,namespaces=\"command@usher\""), LineFlaw::Authority),
        (line("namespaces=\"command@usher\",cert-authority"), LineFlaw::Authority),
        (line("namespaces=command@usher"), LineFlaw::Unquoted),
        (line("namespaces=\"command@usher"), LineFlaw::Unquoted),
        (line("namespaces=\"command@usher\"x"), LineFlaw::UnknownOption),
        (line("no-touch-required,namespaces=\"command@usher\""), LineFlaw::UnknownOption),
        (line("namespaces=\"git\",namespaces=\"command@usher\""), LineFlaw::OptionTwice),
        (time("20300101"), LineFlaw::LocalTime("valid-before")),
        (time("20300230Z"), LineFlaw::NoTime("valid-before")),
        (time("2030010124Z"), LineFlaw::NoTime("valid-before")),
        (time("203001012460Z"), LineFlaw::NoTime("valid-before")),
        (time("2030-01-01Z"), LineFlaw::NoTime("valid-before")),
        (time("20300101Z\",valid-after=\"20300101Z"), LineFlaw::NeverValid),
        ("ann namespaces=\"command@usher\"".to_owned(), LineFlaw::NoKey),
        ("ann namespaces=\"command@usher\" ssh-ed25519".to_owned(), LineFlaw::NoKey),
        (line("namespaces=\"command@usher\"").replace("AAAA", "A%AA"), Flaw::NotBase64.into()),
        (line("namespaces=\"command@usher\" ssh-rsa"), Flaw::NotBase64.into()),
        (
            line("namespaces=\"command@usher\"").replace("ecdsa-sha2-nistp256", "ssh-ed25519"),
            LineFlaw::OtherKind,
        ),
        (
            format!("ann namespaces=\"command@usher\" {}", include_str!("vectors/p521.pub")),
            Flaw::UnknownKeyKind.into(),
        ),
    ];
    for (line, expected) in lines {
        assert_eq!(flaw(&line), expected, "{line}");
    }
}

#[test]
fn nobody_stands_for_everybody() {
    for name in ["*", "*@example.com", "ann,bob", "!ann", "an?", "\"ann\"", "ann@example.com,*"] {
        let line = format!("{name} namespaces=\"command@usher\" {KEY}");
        assert_eq!(flaw(&line), LineFlaw::Principal(NoPrincipal), "{name}");
    }
}

#[test]
fn a_key_is_one_persons() {
    let two = format!("{}bob namespaces=\"command@usher\" {KEY}", line("namespaces=\"git\""));
    assert_eq!(parse(&two), Err(SignersError::Line { line: 2, flaw: LineFlaw::KeyTwice }));
}

#[test]
fn a_file_without_anybody_is_none() {
    for text in ["", "\n\n", "# nobody\n"] {
        assert_eq!(parse(text), Err(SignersError::Empty));
    }
    assert_eq!(AllowedSigners::parse(b"\xff"), Err(SignersError::NotText));
    assert_eq!(AllowedSigners::parse(&vec![b'\n'; 2 << 20]), Err(SignersError::TooLong));
}

proptest! {
    #[test]
    fn whatever_stands_in_the_file_there_is_an_answer(
        text in "[a-z*\"=, \tZ0-9\n#-]{0,80}", bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let _answer = parse(&text);
        let _answer = parse(&line(&text));
        let _answer = AllowedSigners::parse(&bytes);
    }
}
