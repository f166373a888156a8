//! Frames and messages of the TWS API, to and from bytes.
