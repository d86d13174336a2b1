//! scimmy behind a small Express 4 app, with a dialect file of its own.

use super::{Server, TOKEN};
use crate::support::broker::free_ports;
use crate::support::cache;
use crate::support::supervised::Supervised;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// What stands beside each other where it runs.
const FILES: [&str; 3] = ["package.json", "package-lock.json", "app.js"];

pub(super) fn start() -> Result<Server, String> {
    for program in ["node", "npm"] {
        cache::run(Command::new(program).arg("--version"))?;
    }
    let directory = installed()?;
    let [port] = free_ports();
    let mut command = Command::new("node");
    command.arg(directory.join("app.js"));
    command.env("PORT", port.to_string()).env("TOKEN", TOKEN);
    let log = cache::run_directory().join("scimmy.log");
    let process = Supervised::start(&command, &log, None);
    let dialect = cache::scripts().join("scimmy/dialect.yaml").display().to_string();
    Ok(Server::at(port, dialect, process))
}

fn installed() -> Result<PathBuf, String> {
    let source = cache::scripts().join("scimmy");
    let recipe = FILES.map(|file| fs::read_to_string(source.join(file)).unwrap()).concat();
    cache::fetched("scimmy", &recipe, |directory| {
        for file in FILES {
            fs::copy(source.join(file), directory.join(file)).unwrap();
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]).arg(directory);
        cache::run(&mut npm)
    })
}
