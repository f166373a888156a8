//! The rules on made-up processes.

mod any;
mod made;
mod rules;
mod said;
mod whom;
