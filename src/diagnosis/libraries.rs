//! Which of the usual client libraries would agree with a server on a version.

use crate::handshake::clients::{CLIENTS, Client};
use crate::text::words::joined;
use crate::wire::ServerVersion;

/// Which clients would agree with a server of this version, and which would not.
pub(super) fn accepting(version: ServerVersion) -> String {
    // A server answers the lower of its own version and the client's newest.
    let agrees = |client: &&Client| client.announces.negotiate(version).is_some();
    let (accept, refuse): (Vec<&Client>, Vec<&Client>) = CLIENTS.iter().partition(agrees);
    format!(
        "version {version} is accepted by {}; refused by {}",
        titles(&accept),
        titles(&refuse)
    )
}

fn titles(clients: &[&Client]) -> String {
    if clients.is_empty() {
        "none".to_owned()
    } else {
        joined(clients.iter().map(|client| client.title))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_gateway_is_refused_by_the_clients_that_begin_later() {
        let words = accepting(ServerVersion(150));
        assert!(words.contains("accepted by official API 9.81"), "{words}");
        assert!(
            words.contains("refused by ib_insync 0.9.86, ib_async 2.1.0, Rust"),
            "{words}"
        );
        assert!(accepting(ServerVersion(99)).contains("accepted by none"));
    }
}
