//! A Kafka and a SCIM provider to try things on, inside this process, on loopback only.
//!
//! What the provider is stands in the lab, as data; `http` and `kafka` put it and a log on ports.

/// An embedded Kafka.
pub mod kafka;
/// What is there before usher comes.
pub mod found;
mod http;

use crate::shutdown::Shutdown;
use http::House;
use kafka::{Kafka, Topic};
use serde_json::{Map, Value as Json};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;
use usher_lab::provider::calls::Seen;
use usher_lab::provider::faults::{Fault, Faults};
use usher_lab::provider::manners::Manners;
use usher_lab::provider::state::{self, State};
use usher_lab::provider::{Provider, Token};

/// What a sandbox is made of. A port that is 0 is any that is free.
#[derive(Clone, Debug)]
pub struct Settings {
    pub manners: Manners,
    pub token: Token,
    pub scim_port: u16,
    pub kafka_port: u16,
    pub topics: Vec<Topic>,
    /// Groups that are there, and empty.
    pub groups: Vec<String>,
    /// Users that are there.
    pub users: Vec<Map<String, Json>>,
    pub faults: Vec<Fault>,
    /// Decides where faults leave it to chance.
    pub seed: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Kafka(#[from] kafka::Error),
    #[error("could not listen on {address} for SCIM; take another port, or 0 for any that is free")]
    Listen {
        address: SocketAddr,
        #[source]
        source: std::io::Error,
    },
}

/// A sandbox that runs until the shutdown.
#[derive(Clone, Debug)]
pub struct Sandbox {
    house: Arc<House>,
    kafka: Arc<Kafka>,
    address: SocketAddr,
    base_path: String,
}

impl Sandbox {
    /// Starts both; they are ready when this returns.
    pub async fn start(settings: Settings, shutdown: &Shutdown) -> Result<Self, Error> {
        let kafka = Kafka::start(settings.topics, settings.kafka_port, shutdown).await?;
        let kafka = Arc::new(kafka);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, settings.scim_port));
        let failed = |source| Error::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;

        let base_path = settings.manners.base_path.clone();
        let mut provider =
            Provider::new(settings.manners, settings.token, &format!("http://{address}"));
        for name in settings.groups {
            let group = Map::from_iter([("displayName".to_owned(), Json::from(name))]);
            if let Err(refusal) = provider.directory_mut().create_group(&group) {
                tracing::warn!(%refusal, "a group of the sandbox could not be made");
            }
        }
        for user in settings.users {
            if let Err(refusal) = provider.directory_mut().create_user(&user) {
                tracing::warn!(%refusal, "a user of the sandbox could not be made");
            }
        }
        let faults = Faults::new(settings.seed);
        let house = House::new(provider, faults, Arc::clone(&kafka), shutdown.clone());
        let house = Arc::new(house);
        for fault in settings.faults {
            house.add_fault(fault);
        }
        http::serve(&house, listener);
        Ok(Self { house, kafka, address, base_path })
    }

    /// Where the pages of the sandbox are: `http://127.0.0.1:18080`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The SCIM base address.
    pub fn scim_url(&self) -> String {
        format!("http://{}{}", self.address, self.base_path)
    }

    pub fn kafka(&self) -> &Kafka {
        &self.kafka
    }

    /// Everybody and every group, now.
    pub fn state(&self) -> State {
        state::of(&self.house.provider())
    }

    /// Calls that came after that number; the last thousand are kept.
    pub fn calls_after(&self, number: u64) -> Vec<Seen> {
        self.house.calls().after(number)
    }

    /// How many calls there were.
    pub fn calls_total(&self) -> u64 {
        self.house.calls().total()
    }

    /// From now on, something goes wrong.
    pub fn add_fault(&self, fault: Fault) {
        self.house.add_fault(fault);
    }

    /// From now on, nothing goes wrong.
    pub fn clear_faults(&self) {
        self.house.faults().clear();
    }

    /// Another token from now on; the old one is worth nothing.
    pub fn replace_token(&self, text: &str) {
        let token = Token { text: text.to_owned(), expires_at: None };
        self.house.provider().replace_token(token);
    }
}
