//! scim2-server: RFC 7644 with pydantic's strictness, one connection at a time.

use super::{Server, TOKEN};
use crate::support::broker::free_ports;
use crate::support::cache;
use crate::support::supervised::Supervised;
use std::process::Command;

pub(super) fn start() -> Result<Server, String> {
    let environment = cache::python("scim2-server", "scim/requirements.txt")?;
    let [port] = free_ports();
    let mut command = Command::new(environment.join("bin/python"));
    command.args(["-c", "from scim2_server.testserver.cli import main; main()"]);
    command.args(["--hostname", "127.0.0.1", "--port", &port.to_string()]);
    command.args(["--bearer-token", TOKEN, "--dynamic-tenants"]);
    let log = cache::run_directory().join("scim2-server.log");
    let process = Supervised::start(&command, &log, None);
    Ok(Server::at(port, "rfc7644".to_owned(), process))
}
