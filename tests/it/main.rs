//! The only integration binary: the real program against a real Apache Kafka and a SCIM server that
//! is not ours.
//!
//! `support` starts what is needed, once a run. What cannot be had is said in one line and left out;
//! `USHER_TEST_REQUIRE=all` makes that a failure. `USHER_TEST_KAFKA=host:port` uses another Kafka,
//! `USHER_TEST_LONG=1` takes the full times where a shorter one stands in.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests and their support may fail loudly, read the clock and start tasks"
)]

mod support;

mod bad_input;
mod browser;
mod changes;
mod commands;
mod config;
mod control;
mod conformance;
mod demo;
mod error_pages;
mod flood;
mod formats_walk;
mod frozen_owner;
mod future_termination;
mod hazards;
mod init;
mod inventory;
mod joiner_leaver;
mod kafka_rights;
mod kafka_security;
mod kill_points;
mod latency;
mod lost_answers;
mod orders;
mod orphans;
mod outage;
mod ownership;
mod peers;
mod proven;
mod proxy;
mod quarantine;
mod questions;
mod reading;
mod receive;
mod reconcile;
mod scenarios;
mod serve;
mod sets;
mod shipped_rules;
mod rules_walk;
mod schemas;
mod sandbox;
mod shutdown;
mod target_check;
mod tidy;
mod tokens;
mod truto;
mod vendors;
