//! From the host of a target to its addresses: a name that has none is told from a resolver that
//! does not answer.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::lookup_host;
use tokio::time::{Instant, timeout_at};

use crate::finding::Code;

/// What the C libraries say (`gai_strerror`) where it is the resolver that failed: of glibc, musl,
/// macOS and Windows; and ibdoc's own words.
const RESOLVER_FAILED: [&str; 5] = [
    "did not answer",
    "temporary failure",
    "temporary error",
    "try again",
    "non-recoverable",
];

/// Why a host has no address, in the resolver's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResolveError {
    /// The name has no address, or does not exist.
    NoAddress(String),
    /// The resolver did not answer, or could not.
    ResolverFailed(String),
    /// An IPv6 address whose interface, named after `%`, is not one of this machine.
    NoInterface(String),
}

impl ResolveError {
    /// The code of the finding.
    pub fn code(&self) -> Code {
        match self {
            Self::NoAddress(_) | Self::NoInterface(_) => Code::NotResolved,
            Self::ResolverFailed(_) => Code::ResolverFailed,
        }
    }

    /// The reason in words.
    pub fn words(&self) -> &str {
        match self {
            Self::NoAddress(words) | Self::ResolverFailed(words) | Self::NoInterface(words) => {
                words
            }
        }
    }
}

/// The addresses of a host with this port, in the resolver's order and without repetition; at least
/// one.
///
/// Errs where there is none, or the resolver gives none by `until`.
pub async fn resolve(
    host: &str,
    port: u16,
    until: Instant,
) -> Result<Vec<SocketAddr>, ResolveError> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let Ok(answer) = timeout_at(until, lookup_host((host, port))).await else {
        let words = "the resolver did not answer in time";
        return Err(ResolveError::ResolverFailed(words.to_owned()));
    };
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for address in answer.map_err(|error| reason(host, &error))? {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() {
        return Err(ResolveError::NoAddress(
            "the name has no address".to_owned(),
        ));
    }
    Ok(addresses)
}

fn reason(host: &str, error: &io::Error) -> ResolveError {
    let words = error.to_string();
    if let Some((_, interface)) = host.split_once('%') {
        let words = format!("this machine has no interface {interface}");
        return ResolveError::NoInterface(words);
    }
    let lower = words.to_lowercase();
    // Of `getaddrinfo` itself there is no number; one that stands here is that of a call below it.
    let is_systems_own = cfg!(unix) && error.raw_os_error().is_some();
    if is_systems_own || RESOLVER_FAILED.iter().any(|failed| lower.contains(failed)) {
        ResolveError::ResolverFailed(words)
    } else {
        ResolveError::NoAddress(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_does_not_exist_is_no_resolver_that_failed() {
        let code = |words: &str| reason("gw", &io::Error::other(words)).code();
        for words in [
            "Name or service not known",
            "Name does not resolve",
            "nodename nor servname provided, or not known",
            "No address associated with hostname",
            "No such host is known. (os error 11001)",
        ] {
            assert_eq!(code(words), Code::NotResolved, "{words}");
        }
        for words in [
            "failed to lookup address information: Temporary failure in name resolution",
            "Try again",
            "Non-recoverable failure in name resolution",
            "This is usually a temporary error during hostname resolution (os error 11002)",
        ] {
            assert_eq!(code(words), Code::ResolverFailed, "{words}");
        }
        let scoped = reason(
            "fe80::1%eth9",
            &io::Error::other("Name or service not known"),
        );
        assert_eq!(scoped.words(), "this machine has no interface eth9");
    }
}
