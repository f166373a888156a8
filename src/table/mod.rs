//! The TCP socket table of this machine.
