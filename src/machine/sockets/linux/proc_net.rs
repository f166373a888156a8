//! The text tables `tcp` and `tcp6`: the last resort, and the view into another namespace.
//!
//! Format: `Documentation/networking/proc_net_tcp.rst`. No age, no cookie, no byte counts, and
//! no limit on LISTEN rows.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use crate::machine::sockets::{
    Snapshot, Socket, SocketTable, Source, TableError, TcpState, Wanted, canonical,
};

/// The reader of one `/proc/…/net` directory.
#[derive(Debug, Clone)]
pub struct ProcNet {
    directory: PathBuf,
}

impl Default for ProcNet {
    fn default() -> Self {
        Self::new("/proc/net")
    }
}

impl ProcNet {
    /// The reader of `directory`, such as `/proc/PID/net` for the namespace of that process.
    pub fn new(directory: impl AsRef<Path>) -> Self {
        Self {
            directory: directory.as_ref().to_owned(),
        }
    }

    /// Adds the rows of one file and returns how many made no sense.
    fn read_file(
        &self,
        name: &str,
        wanted: Wanted<'_>,
        sockets: &mut Vec<Socket>,
    ) -> Result<usize, TableError> {
        let path = self.directory.join(name);
        let failed = |source| TableError::File {
            path: path.clone(),
            source,
        };
        let file = File::open(&path).map_err(failed)?;
        let mut odd = 0;
        for line in BufReader::with_capacity(64 * 1024, file).lines().skip(1) {
            match row(&line.map_err(failed)?) {
                Some(socket) if wanted.has(&socket) => sockets.push(socket),
                Some(_) => {}
                None => odd += 1,
            }
        }
        Ok(odd)
    }
}

impl SocketTable for ProcNet {
    fn read(&self, wanted: Wanted<'_>) -> Result<Snapshot, TableError> {
        let mut sockets = Vec::new();
        let mut odd = self.read_file("tcp", wanted, &mut sockets)?;
        match self.read_file("tcp6", wanted, &mut sockets) {
            Ok(more) => odd += more,
            // Without IPv6 in the kernel there is no such file.
            Err(TableError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let degraded = (odd > 0).then(|| format!("{odd} rows could not be understood"));
        Ok(Snapshot {
            sockets,
            source: Source::ProcNet,
            degraded,
        })
    }
}

/// The other end of each connected UDP socket in this `/proc/…/net` directory, by its inode; errs
/// if a row makes no sense.
pub fn connected_udp(directory: impl AsRef<Path>) -> io::Result<Vec<(u64, SocketAddr)>> {
    let mut peers = Vec::new();
    for name in ["udp", "udp6"] {
        let text = match std::fs::read_to_string(directory.as_ref().join(name)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound && name == "udp6" => continue,
            Err(error) => return Err(error),
        };
        for line in text.lines().skip(1) {
            // The states are those of TCP: 1 is connected, 7 is not.
            let row = row(line).ok_or(io::ErrorKind::InvalidData)?;
            if row.state == TcpState::Established {
                peers.push((row.inode.unwrap_or_default(), canonical(row.remote)));
            }
        }
    }
    Ok(peers)
}

/// The socket of one line; `None` if the line is no row.
fn row(line: &str) -> Option<Socket> {
    let mut fields = line.split_ascii_whitespace().skip(1);
    let local = address(fields.next()?)?;
    let remote = address(fields.next()?)?;
    let state = TcpState::from_linux(u8::from_str_radix(fields.next()?, 16).ok()?)?;
    let (send, recv) = fields.next()?.split_once(':')?;
    let send = u32::from_str_radix(send, 16).ok()?;
    let recv = u32::from_str_radix(recv, 16).ok()?;
    // The timer and the retransmissions.
    let uid = fields.nth(2)?.parse().ok()?;
    let inode = fields.nth(1)?.parse().ok()?;
    Some(Socket {
        recv_queue: Some(recv),
        send_queue: (state != TcpState::Listen).then_some(send),
        inode: Some(inode),
        uid: Some(uid),
        ..Socket::unknown(local, remote, state)
    })
}

/// `0100007F:0FA2`: words of the address in the machine's order, the port in hexadecimal.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |index: usize| -> Option<[u8; 4]> {
        let digits = ip.get(8 * index..8 * index + 8)?;
        Some(u32::from_str_radix(digits, 16).ok()?.to_ne_bytes())
    };
    let ip = match ip.len() {
        8 => IpAddr::V4(Ipv4Addr::from(word(0)?)),
        32 => {
            let mut bytes = [0; 16];
            for index in 0..4 {
                bytes[4 * index..4 * index + 4].copy_from_slice(&word(index)?);
            }
            IpAddr::V6(Ipv6Addr::from(bytes))
        }
        _ => return None,
    };
    Some(canonical(SocketAddr::new(ip, port)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_of_both_files_are_understood() {
        if cfg!(target_endian = "big") {
            return;
        }
        let line = "   3: 0100007F:0FA2 0700000A:C350 08 00000005:00000012 00:00000000 00000000  \
                    1000        0 4711 1 0000000000000000 20 4 30 10 -1";
        let four = row(line).unwrap();
        assert_eq!(four.local, "127.0.0.1:4002".parse().unwrap());
        assert_eq!(four.remote, "10.0.0.7:50000".parse().unwrap());
        assert_eq!((four.state, four.uid), (TcpState::CloseWait, Some(1000)));
        assert_eq!((four.recv_queue, four.send_queue), (Some(18), Some(5)));
        assert_eq!(four.inode, Some(4711));
        let mapped = line.replace("0100007F", "0000000000000000FFFF00000100007F");
        let six = mapped.replace("0700000A", "0000000000000000FFFF00000700000A");
        assert_eq!(row(&six).unwrap(), four);
    }

    proptest! {
        #[test]
        fn no_line_panics(line in ".{0,300}") {
            row(&line);
        }

        #[test]
        fn no_address_panics(text in "[0-9A-Fé:]{0,60}") {
            address(&text);
        }
    }
}
