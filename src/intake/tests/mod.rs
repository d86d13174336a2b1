//! Doors on a port, with a Kafka inside this process.

mod changes;
mod polled;
mod proved;
mod records;
mod refused;
mod signed;
mod tokens;
mod world;
