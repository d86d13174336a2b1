//! Servers started, worlds built, and the means to look at both from outside.

pub(crate) mod cache;
pub(crate) mod eventually;
pub(crate) mod missing;
pub(crate) mod supervised;

pub(crate) mod broker;
pub(crate) mod browser;
pub(crate) mod certificates;
pub(crate) mod servers;
pub(crate) mod directory;
pub(crate) mod doors;
mod sandbox;
pub(crate) mod guarded;
pub(crate) mod conformance;
pub(crate) mod proxy;

pub(crate) mod audit;
pub(crate) mod events;
pub(crate) mod office;
pub(crate) mod replica;
pub(crate) mod settings;
pub(crate) mod stage;
pub(crate) mod transmitter;
pub(crate) mod signers;
pub(crate) mod world;

pub(crate) use eventually::{eventually, measured, never_within};
pub(crate) use proxy::{Blow, Moment, Strike};
pub(crate) use world::World;
