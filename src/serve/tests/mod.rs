//! Pages, asked for by HTTP, of people in a Kafka of this process whose every name is hostile.

mod inventory;
mod pages;
mod size;
mod visitors;
mod world;
