//! The rules on made-up processes.

mod any;
mod family;
mod made;
mod rules;
mod said;
mod twice;
mod whom;
