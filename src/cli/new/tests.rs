use crate::cli::{Cli, Error};
use crate::model::code::Code;
use clap::Parser;
use std::fs;
use std::path::PathBuf;

/// A directory that is not there yet.
fn nowhere(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("usher-new-{name}-{}", std::process::id()))
}

fn run(words: &[&str]) -> Result<(), Error> {
    Cli::try_parse_from([&["usher"], words].concat()).unwrap().run()
}

#[test]
fn what_is_written_is_right_as_it_is() {
    let directory = nowhere("right");
    let of = |name: &str| directory.join(name).to_str().unwrap().to_owned();
    run(&["new", &of("")]).unwrap();
    run(&["config", "check", "--config", &of("usher.yaml")]).unwrap();
    run(&["rules", "check", "--config", &of("usher.yaml")]).unwrap();
    let fixtures = of("fixtures");
    run(&["rules", "test", &fixtures, "--config", &of("usher.yaml"), "--min-coverage", "100"])
        .unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(of("token")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
    fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn nothing_that_is_there_is_overwritten() {
    let directory = nowhere("there");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("token"), "secret").unwrap();
    let error = run(&["new", directory.to_str().unwrap()]).unwrap_err();
    assert_eq!((error.code(), error.exit_code()), (Code::NewNotWritten, 1));
    assert_eq!(fs::read_to_string(directory.join("token")).unwrap(), "secret");
    assert!(!directory.join("usher.yaml").exists());
    fs::remove_dir_all(&directory).unwrap();
}
