//! The SCIM servers: those that are not ours, fetched once and started once a run, and our sandbox.
//!
//! Each test has directories of its own in them. One more kind is one more file here and its line in
//! [`Peer::directory`], be it a server for all directories or one for each.

mod sandbox;
mod scim2_server;
mod scimmy;

use super::directory::Directory;
use super::missing;
use super::supervised::Supervised;
use std::net::{SocketAddr, TcpStream};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

pub(crate) const TOKEN: &str = "the-token-of-the-tests";
const START_DEADLINE: Duration = Duration::from_secs(30);

/// Those that serve one directory each; they run as long as the tests do.
static SANDBOXES: Mutex<Vec<Server>> = Mutex::new(Vec::new());

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    /// scim2-server, from `PyPI`: strict.
    Scim2Server,
    /// scimmy with scimmy-routers, from npm: case-sensitive, and a member may stand twice.
    Scimmy,
    /// usher's own sandbox, with Netskope's manners.
    Sandbox,
    /// The same with the RFC's manners.
    StrictSandbox,
}

/// One that runs.
struct Server {
    address: SocketAddr,
    /// As a target's `dialect` in usher's configuration: a name, or a file.
    dialect: String,
    _process: Mutex<Supervised>,
}

impl Peer {
    /// A directory that nobody else has, or `None` after saying what is left out. Blocks at first.
    pub(crate) fn directory(self, name: &str) -> Option<Directory> {
        let (manners, path, dialect) = match self {
            Self::Scim2Server | Self::Scimmy => {
                let server = self.server()?;
                let path = format!("/{name}/v2");
                return Some(Directory::new(server.address, &path, &server.dialect));
            }
            Self::Sandbox => ("netskope", "/api/v2/scim", "netskope"),
            Self::StrictSandbox => ("rfc7644", "/scim/v2", "rfc7644"),
        };
        let server = sandbox::start(name, manners, dialect);
        let directory = Directory::new(server.address, path, &server.dialect);
        SANDBOXES.lock().unwrap().push(server);
        Some(directory)
    }

    /// The one that serves all directories.
    fn server(self) -> Option<&'static Server> {
        static SCIM2_SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
        static SCIMMY: OnceLock<Result<Server, String>> = OnceLock::new();
        let (server, start, tests): (_, fn() -> _, _) = match self {
            Self::Scim2Server => {
                (&SCIM2_SERVER, scim2_server::start, "the tests with scim2-server")
            }
            Self::Scimmy => (&SCIMMY, scimmy::start, "the tests with scimmy"),
            Self::Sandbox | Self::StrictSandbox => return None,
        };
        server.get_or_init(start);
        missing::or_say(server, tests)
    }
}

impl Server {
    /// Waits until somebody answers at `port`. What was fetched must start; that it does not is a
    /// failure, and nothing to leave out.
    fn at(port: u16, dialect: String, mut process: Supervised) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let start = Instant::now();
        while TcpStream::connect_timeout(&address, Duration::from_millis(100)).is_err() {
            let is_hopeless = process.ended().is_some() || start.elapsed() > START_DEADLINE;
            assert!(!is_hopeless, "the SCIM server did not start: {}", process.said());
            std::thread::yield_now();
        }
        Self { address, dialect, _process: Mutex::new(process) }
    }
}
