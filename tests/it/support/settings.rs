//! A replica's configuration file.

use super::world::Tenant;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;

pub(crate) const VPN: &str = "VPN_Allowed";
pub(crate) const QUARANTINE: &str = "Quarantine_HighRisk";

/// What tells one replica's configuration from another's.
pub(crate) struct Place<'a> {
    pub(crate) deployment: &'a str,
    pub(crate) instance: &'a str,
    pub(crate) brokers: &'a str,
    pub(crate) http_port: u16,
    /// Each tenant, and where its target answers.
    pub(crate) tenants: Vec<(&'a Tenant, SocketAddr)>,
}

/// usher's own topics of a deployment.
pub(crate) fn topic(deployment: &str, which: &str) -> String {
    format!("{deployment}.usher.{which}")
}

/// Writes the configuration. JSON is YAML.
pub(crate) fn write(place: &Place<'_>, file: &Path) {
    let topics: Value = ["control", "people", "audit", "parked", "inventory", "events"]
        .into_iter()
        .map(|which| (which.to_owned(), json!(topic(place.deployment, which))))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let tenants: Vec<Value> = place.tenants.iter().map(|(tenant, at)| entry(tenant, *at)).collect();
    let settings = json!({
        "kafka": {
            "brokers": place.brokers,
            "group": place.deployment,
            "instance_id": place.instance,
            "topics": topics,
        },
        "http": { "listen": format!("127.0.0.1:{}", place.http_port) },
        "log": { "level": "info", "format": "json" },
        "engine": { "retry_max": "2s", "late_window": "8s" },
        "tenants": tenants,
    });
    std::fs::write(file, format!("{settings:#}")).unwrap();
}

fn entry(tenant: &Tenant, at: SocketAddr) -> Value {
    json!({
        "name": tenant.name,
        "rules": tenant.rules,
        "sources": [{
            "topic": tenant.topic,
            "format": "cloudevents",
            "types": tenant.types,
        }],
        "targets": [{
            "name": "main",
            "url": format!("http://{at}{}", tenant.directory.path()),
            "token_file": "token",
            "dialect": tenant.directory.dialect(),
            "mode": tenant.mode,
            "restricting_groups": [QUARANTINE],
            "limits": "none",
            // Tests count calls; the one of inventories turns it on.
            "inventory": "none",
            "concurrency": 4,
            "calls_per_second": 200,
            "request_timeout": "4s",
        }],
    })
}
