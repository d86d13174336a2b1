//! usher's own sandbox, its provider alone: one process for each directory.
//!
//! Without a quota: what is tried here is what it does, not how fast.

use super::{Server, TOKEN};
use crate::support::broker::free_ports;
use crate::support::cache;
use crate::support::replica::PROGRAM;
use crate::support::supervised::Supervised;
use std::process::Command;

pub(super) fn start(name: &str, manners: &str, dialect: &str) -> Server {
    let [kafka, scim] = free_ports();
    let mut command = Command::new(PROGRAM);
    command.args(["sandbox", "--no-worker", "--manners", manners, "--token", TOKEN]);
    command.args(["--manner", "calls_per_second=null"]);
    for (option, port) in [("--kafka-port", kafka), ("--scim-port", scim)] {
        command.arg(option).arg(port.to_string());
    }
    let log = cache::run_directory().join(format!("sandbox-{name}.log"));
    let process = Supervised::start(&command, &log, None);
    Server::at(scim, dialect.to_owned(), process)
}
