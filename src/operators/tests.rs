use crate::config::{Loaded, load_with};
use std::path::Path;

const KEY: &str = include_str!("../../core/src/command/tests/vectors/ed25519.pub");
const OTHER_KEY: &str = include_str!("../../core/src/command/tests/vectors/p256.pub");

/// A configuration whose groups have these files, each by the name of its group.
fn configured(theme: &str, groups: &str, files: &[(&str, String)]) -> Loaded {
    let name = format!("usher-operators-{theme}-{}", std::process::id());
    let directory = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&directory).unwrap();
    for (name, text) in files {
        std::fs::write(directory.join(name), text).unwrap();
    }
    let text = format!(
        "
kafka: {{ brokers: 'localhost:9092' }}
operators:
{groups}
tenants:
  - name: acme
    rules: [rules.yaml]
    sources: [{{ topic: hr, format: cloudevents, types: ['worker.*'] }}]
    targets: [{{ name: main, url: 'https://example.com/v2', token_file: token, mode: observe }}]
"
    );
    let file = directory.join("usher.yaml");
    std::fs::write(&file, text).unwrap();
    load_with(&file, []).unwrap()
}

const ANALYSTS: &str = "  - { name: analysts, signers: analysts, may: [pause, approve] }";

fn line(name: &str, key: &str) -> String {
    format!("{name} namespaces=\"command@usher\" {key}")
}

fn refusal(loaded: &Loaded) -> (&'static str, String) {
    let error = super::load(loaded).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    (error.code().as_str(), cause)
}

#[test]
fn files_are_read_and_doubts_are_said() {
    let files = [("analysts", line("ann", KEY))];
    let loaded = configured("one", ANALYSTS, &files);
    let operators = super::load(&loaded).unwrap();
    insta::assert_snapshot!(super::doubts(&loaded, operators.operators()).join("\n"), @"1 operator(s) may `approve` for tenant `acme`, and some of it takes 2, each with a name and a key of their own: that is never done; name more in a file of signers");
    let files = [("analysts", line("ann", KEY) + &line("bob", OTHER_KEY))];
    let loaded = configured("two", ANALYSTS, &files);
    let operators = super::load(&loaded).unwrap();
    assert_eq!(super::doubts(&loaded, operators.operators()), Vec::<String>::new());
}

/// The configuration may ask for more than two, and nobody could ever be enough.
#[test]
fn fewer_operators_than_approvals_take_are_doubted() {
    let files = [("analysts", line("ann", KEY) + &line("bob", OTHER_KEY))];
    let mut loaded = configured("three", ANALYSTS, &files);
    loaded.settings.approvals.over = std::num::NonZeroUsize::new(3).unwrap();
    let operators = super::load(&loaded).unwrap();
    let doubts = super::doubts(&loaded, operators.operators()).join("\n");
    assert!(
        doubts.starts_with("2 operator(s) may `approve` for tenant `acme`, and some of it takes 3"),
        "{doubts}"
    );
}

#[test]
fn a_file_that_is_not_there_or_not_right_is_refused() {
    let loaded = configured("absent", "  - { name: a, signers: nowhere, may: [pause] }", &[]);
    assert_eq!(refusal(&loaded).0, "operators.signers_unreadable");
    let loaded = configured("star", ANALYSTS, &[("analysts", line("*", KEY))]);
    let (code, cause) = refusal(&loaded);
    assert_eq!(code, "operators.signers_refused");
    assert!(cause.starts_with("line 1: "), "{cause}");
}

#[test]
fn a_key_with_two_names_is_refused() {
    let groups = format!("{ANALYSTS}\n  - {{ name: admins, signers: admins, may: [erase] }}");
    let files = [("analysts", line("ann", KEY)), ("admins", line("anna", KEY))];
    let (code, cause) = refusal(&configured("names", &groups, &files));
    assert_eq!(code, "operators.two_names");
    assert!(!cause.contains("anna"), "{cause}");
}

#[test]
fn the_sample_in_the_full_configuration_can_be_taken() {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/full.yaml");
    let text = std::fs::read_to_string(full).unwrap();
    let sample = text.split("operators: []\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let lines = sample.lines().map(|line| line.strip_prefix('#').unwrap());
    let groups = lines.collect::<Vec<_>>().join("\n");
    let loaded = configured("sample", &groups, &[("allowed_signers", line("ann", KEY))]);
    assert_eq!(loaded.settings.operators.len(), 1);
    assert!(super::load(&loaded).is_ok());
}

#[test]
fn what_is_held_and_nobody_may_release_is_doubted() {
    let doubts = |groups: &str, limits: &str| {
        let mut loaded = configured("nobody", groups, &[("analysts", line("ann", KEY))]);
        let target = &mut loaded.settings.tenants[0].targets[0];
        target.mode = crate::engine::settings::Mode::Enforce;
        if limits == "none" {
            target.limits = crate::config::tenants::limits::OrNone::None;
        }
        let files = super::load(&loaded).unwrap();
        super::doubts(&loaded, files.operators())
    };
    let pauses = "  - { name: analysts, signers: analysts, may: [pause] }";
    let told = doubts(pauses, "usual");
    assert!(matches!(&told[..], [one] if one.contains("can be released by nobody")), "{told:?}");
    assert!(doubts(pauses, "none").is_empty());
    assert!(!doubts(ANALYSTS, "usual").concat().contains("released by nobody"));
}

#[test]
fn files_are_read_again_and_a_bad_one_leaves_pauses_alone() {
    let files = [("analysts", line("ann", KEY))];
    let loaded = configured("again", ANALYSTS, &files);
    let file = loaded.resolve(Path::new("analysts"));
    let mut files = super::load(&loaded).unwrap();
    let who = |files: &super::Files| {
        let tenant = crate::model::ids::TenantName::new("acme");
        let may = crate::command::instruction::CommandKind::Pause;
        let who = files.operators().who_may(may, &tenant);
        who.into_iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let first = files.read_again();
    assert!(first.operators.is_none() && first.problems.is_empty(), "nothing has changed");

    std::fs::write(&file, line("bob", OTHER_KEY)).unwrap();
    assert!(files.read_again().operators.is_some());
    assert_eq!(who(&files), ["bob"]);

    std::fs::write(&file, "nonsense").unwrap();
    let bad = files.read_again();
    assert!(bad.operators.is_some(), "who stood in it may pause, and no more");
    assert_eq!(bad.problems[0].code(), crate::model::code::Code::OperatorsSignersRefused);
    assert_eq!(who(&files), ["bob"]);
    let still = files.read_again();
    assert!(still.operators.is_none() && still.problems.len() == 1, "nothing new, and still wrong");

    std::fs::write(&file, line("ann", KEY)).unwrap();
    assert!(files.read_again().operators.is_some());
    assert_eq!(who(&files), ["ann"]);
}
