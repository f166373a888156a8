//! Recorded sessions of other clients.

mod analyser;
mod talk;
