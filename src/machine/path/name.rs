//! The addresses of a name that a relay of this network namespace passes on to, by this machine's
//! resolver.

use std::collections::BTreeMap;
use std::net::{IpAddr, ToSocketAddrs as _};
use std::sync::mpsc;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// A resolver that takes longer is not waited for: the look comes before a connection.
const PATIENCE: Duration = Duration::from_millis(500);
/// So long an answer, or that there was none, is taken for what the resolver says.
const FRESH: Duration = Duration::from_secs(10);
/// As many addresses are looked at.
const MOST: usize = 16;

/// What each name was resolved to, and when.
static RESOLVED: Mutex<BTreeMap<String, (Instant, Vec<IpAddr>)>> = Mutex::new(BTreeMap::new());

/// The addresses of a name; none where the resolver knows none, or does not answer in time.
pub(super) fn resolved(name: &str) -> Vec<IpAddr> {
    let mut known = RESOLVED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((at, addresses)) = known.get(name)
        && at.elapsed() < FRESH
    {
        return addresses.clone();
    }
    let (say, hear) = mpsc::channel();
    let asked = name.to_owned();
    // The resolver of the system cannot be told how long to wait.
    let asking = thread::Builder::new().spawn(move || {
        let found = (asked.as_str(), 0).to_socket_addrs();
        let found = found.into_iter().flatten().map(|it| it.ip().to_canonical());
        drop(say.send(found.take(MOST).collect::<Vec<IpAddr>>()));
    });
    let addresses = match asking {
        Ok(_) => hear.recv_timeout(PATIENCE).unwrap_or_default(),
        Err(_) => Vec::new(),
    };
    known.insert(name.to_owned(), (Instant::now(), addresses.clone()));
    addresses
}
