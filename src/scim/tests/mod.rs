mod faults;
mod lookups;
mod provider;
mod settings;
mod table;
mod writes;
