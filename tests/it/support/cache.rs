//! What is fetched once and kept between runs, and what a run leaves behind.
//!
//! A cached directory is complete or absent: it is filled under another name and renamed, under a
//! lock, so that two runs at once fetch it once.

use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Scripts and settings that the support code starts servers with.
pub(crate) fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support")
}

/// The directory `name` as `fill` makes it from `recipe`; made anew when the recipe changes.
pub(crate) fn fetched(
    name: &str,
    recipe: &str,
    fill: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<PathBuf, String> {
    let digest = Sha256::digest(recipe);
    let done = root().join(format!("{name}-{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2]));
    let lock = File::create(root().join(format!("{name}.lock"))).unwrap();
    lock.lock().unwrap();
    if !done.is_dir() {
        let half = done.with_extension("half");
        if half.exists() {
            fs::remove_dir_all(&half).unwrap();
        }
        fs::create_dir_all(&half).unwrap();
        fill(&half)?;
        fs::rename(&half, &done).unwrap();
    }
    Ok(done)
}

/// A Python environment with the packages of a requirements file below `scripts`.
pub(crate) fn python(name: &str, requirements: &str) -> Result<PathBuf, String> {
    environment(name, requirements, &[])
}

/// The same where a package asks for a later Python than it needs.
pub(crate) fn python_of_any_age(name: &str, requirements: &str) -> Result<PathBuf, String> {
    environment(name, requirements, &["--ignore-requires-python", "--no-deps"])
}

fn environment(name: &str, requirements: &str, options: &[&str]) -> Result<PathBuf, String> {
    let list = scripts().join(requirements);
    let recipe = fs::read_to_string(&list).unwrap();
    fetched(name, &recipe, |directory| {
        // Debian has Python without it; what Python says then has the cure in the midst of much else.
        let needs = ["-c", "import venv, ensurepip"];
        run(Command::new("python3").args(needs))
            .map_err(|why| format!("{why}; install python3 and python3-venv"))?;
        run(Command::new("python3").args(["-m", "venv"]).arg(directory))?;
        let mut pip = Command::new(directory.join("bin/python"));
        pip.args(["-m", "pip", "install", "-q", "--disable-pip-version-check"]);
        pip.args(options).arg("-r").arg(&list);
        run(&mut pip)
    })
}

/// Runs a command to its end; the error is the last line that it said.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output =
        command.output().map_err(|error| format!("`{program}` could not be started: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let last = said.lines().rfind(|line| !line.trim().is_empty());
    Err(format!("`{program}` failed: {}", last.unwrap_or("without a word")))
}

/// Where this run keeps its files. Those of the runs before it are removed, unless they still run.
pub(crate) fn run_directory() -> &'static Path {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(|| {
        for entry in fs::read_dir(root()).unwrap().map(Result::unwrap) {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(process) = name.strip_prefix("run-") else { continue };
            if !Path::new("/proc").join(process).exists() {
                // Its supervisors may be removing the same files at this moment.
                drop(fs::remove_dir_all(entry.path()));
            }
        }
        let directory = root().join(format!("run-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        directory
    })
}

fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("test-support");
    fs::create_dir_all(&root).unwrap();
    root
}
