//! The rules on made-up processes.

mod any;
mod made;
mod rules;
mod twice;
mod whom;
