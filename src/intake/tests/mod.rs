//! Doors on a port, with a Kafka inside this process.

mod changes;
mod document;
mod polled;
mod proved;
mod reads;
mod records;
mod refused;
mod signed;
mod tokens;
mod world;
