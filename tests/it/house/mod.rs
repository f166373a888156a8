//! How the sources themselves stand.

pub(crate) mod layers;
mod readme;
