//! How often a watch looks, asks and connects.

use std::time::Duration;

/// How often a watch looks, asks and connects. What is typed changes three of them; tests shorten
/// all.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Between two looks at the socket table.
    pub look: Duration,
    /// The same while a port of this machine is not listened on.
    pub look_absent: Duration,
    /// Between two time requests on the held session.
    pub ping: Duration,
    /// Between two fresh handshakes while a session is held; `None` makes none.
    pub fresh: Option<Duration>,
    /// The first wait after a drop or a failure; it doubles with each failure.
    pub first_wait: Duration,
    /// The longest such wait, and how long the breaker stays open.
    pub longest_wait: Duration,
    /// Between two connections while no session is up.
    pub between_connections: Duration,
    /// How long the breaker stays open after connections that were accepted and not answered: each
    /// may leave a dialog.
    pub after_silence: Duration,
    /// After so long without an answer a held session is given up.
    pub give_up: Duration,
    /// An announced restart lowers the severity for so long.
    pub announced: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            look: Duration::from_secs(10),
            look_absent: Duration::from_secs(2),
            ping: Duration::from_secs(5),
            fresh: Some(Duration::from_secs(300)),
            first_wait: Duration::from_secs(5),
            longest_wait: Duration::from_secs(300),
            between_connections: Duration::from_secs(60),
            after_silence: Duration::from_secs(900),
            give_up: Duration::from_secs(180),
            announced: Duration::from_secs(15 * 60),
        }
    }
}
