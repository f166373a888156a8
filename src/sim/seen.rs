//! What a simulated Gateway sees of its clients, for a test that counts.

/// Something that a client did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A connection was accepted; it may be refused at once.
    Connected {
        /// Its number, from 1.
        connection: u64,
    },
    /// A request came, answered or not.
    Asked {
        /// The number of the connection.
        connection: u64,
        /// The client id, after the start of the session.
        client_id: Option<i32>,
        /// The message id on the wire, without the offset of protobuf.
        message: u32,
    },
    /// A connection has ended.
    Ended {
        /// Its number.
        connection: u64,
    },
}
