//! Pages, asked for by HTTP, of people in a Kafka of this process whose every name is hostile.

mod api;
mod inventory;
mod pages;
mod policies;
mod size;
pub(super) mod target;
mod visitors;
mod world;
