//! The program has every page with it; that codes have pages, the compiler sees to.

use crate::support::replica::PROGRAM;
use std::process::Command;
use usher::model::code::Code;

fn explain(arguments: &[&str]) -> String {
    let output = Command::new(PROGRAM).arg("errors").args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_program_has_every_page_with_it() {
    let overview = explain(&[]);
    let listed = overview.lines().filter_map(|line| line.split(' ').next());
    assert!(listed.eq(Code::ALL.iter().map(|code| code.as_str())), "{overview}");
    assert!(explain(&["topics.unfit"]).starts_with("# `topics.unfit`\n"));
    let unknown = Command::new(PROGRAM).args(["errors", "topics.unfti"]).output().unwrap();
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("topics.unfit"));
}
