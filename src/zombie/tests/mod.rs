//! The rules on made-up processes.

mod any;
mod by_hand;
mod changes;
mod charged;
mod family;
mod heals;
mod instead;
mod made;
mod named;
mod relays;
mod rules;
mod said;
mod steps;
mod systems;
mod theirs;
mod twice;
mod unmet;
mod whom;
