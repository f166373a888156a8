//! The rules on made-up processes.

mod any;
mod changes;
mod charged;
mod family;
mod made;
mod named;
mod relays;
mod rules;
mod said;
mod steps;
mod twice;
mod whom;
