mod dialects;
mod faults;
mod lookups;
mod provider;
mod roots;
mod settings;
mod table;
mod writes;
