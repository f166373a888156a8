//! `inet_diag` requests as bytes: a walk over the table, and the look-up of one socket.
//!
//! Layouts from `linux/netlink.h` and `linux/inet_diag.h`.

use std::net::{IpAddr, SocketAddr};

use super::filter;
use super::message::{ATTRIBUTE_INFO, HEADER, INET, INET6};
use crate::machine::sockets::Wanted;

/// `SOCK_DIAG_BY_FAMILY`.
const BY_FAMILY: u16 = 20;
/// `TCPDIAG_GETSOCK`, which walks the table once for both families: with 20,000 sockets 9 ms
/// instead of twice 9.
const BOTH_FAMILIES: u16 = 18;
/// `NLM_F_REQUEST`, and `NLM_F_ROOT | NLM_F_MATCH`.
const REQUEST: u16 = 1;
const DUMP: u16 = 0x300;
const PROTOCOL_TCP: u8 = 6;
const WITH_TCP_INFO: u8 = 1 << (ATTRIBUTE_INFO - 1);
/// `INET_DIAG_REQ_BYTECODE`, an attribute of the request.
const REQUEST_BYTECODE: u16 = 1;

/// The request for one walk over the sockets of both families (`struct inet_diag_req`).
pub(super) fn walk(wanted: Wanted<'_>) -> Vec<u8> {
    let states: u32 = match wanted {
        // Bits 1 to 12: everything, NEW_SYN_RECV included.
        Wanted::Ports(_) => 0x1ffe,
        Wanted::Listeners => 1 << 10,
        Wanted::Open => 0x1ffe & !(1 << 6),
    };
    // 300 of the 400 bytes of a row, and a lock on the socket: too much for all of them.
    let extensions = match wanted {
        Wanted::Ports(_) | Wanted::Listeners => WITH_TCP_INFO,
        Wanted::Open => 0,
    };
    let mut request = vec![0; HEADER];
    // No family, no lengths of addresses, no socket in particular.
    request.extend([0, 0, 0, extensions]);
    request.extend([0; 48]);
    request.extend(states.to_ne_bytes());
    request.extend([0; 4]);
    if let Wanted::Ports(ports) = wanted {
        let code = filter::bytecode(ports);
        request.extend(length16(code.len() + 4).to_ne_bytes());
        request.extend(REQUEST_BYTECODE.to_ne_bytes());
        request.extend(code);
    }
    finish(request, BOTH_FAMILIES, REQUEST | DUMP)
}

/// The request for the one socket a segment from `remote` to `local` would reach.
pub(super) fn exact(local: SocketAddr, remote: SocketAddr) -> Vec<u8> {
    let family = if local.is_ipv4() { INET } else { INET6 };
    let mut request = vec![0; HEADER];
    request.extend([family, PROTOCOL_TCP, WITH_TCP_INFO, 0]);
    request.extend(0x1ffe_u32.to_ne_bytes());
    request.extend(local.port().to_be_bytes());
    request.extend(remote.port().to_be_bytes());
    request.extend(sixteen(local.ip()));
    request.extend(sixteen(remote.ip()));
    // Any interface, and INET_DIAG_NOCOOKIE.
    request.extend([0; 4]);
    request.extend([0xff; 8]);
    finish(request, BY_FAMILY, REQUEST)
}

/// The request for every unix socket that is connected, with its peer, or listens.
///
/// Layout from `linux/unix_diag.h`.
pub(super) fn unix_sockets() -> Vec<u8> {
    const UNIX: u8 = 1;
    const CONNECTED_OR_LISTENING: u32 = 1 << 1 | 1 << 10;
    const WITH_PEER: u32 = 4;
    let mut request = vec![0; HEADER];
    request.extend([UNIX, 0, 0, 0]);
    request.extend(CONNECTED_OR_LISTENING.to_ne_bytes());
    request.extend([0; 4]);
    request.extend(WITH_PEER.to_ne_bytes());
    request.extend([0; 8]);
    finish(request, BY_FAMILY, REQUEST | DUMP)
}

pub(super) fn finish(mut request: Vec<u8>, kind: u16, flags: u16) -> Vec<u8> {
    let length = u32::try_from(request.len()).unwrap_or(u32::MAX);
    request[..4].copy_from_slice(&length.to_ne_bytes());
    request[4..6].copy_from_slice(&kind.to_ne_bytes());
    request[6..8].copy_from_slice(&flags.to_ne_bytes());
    request
}

pub(super) fn length16(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

fn sixteen(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V4(ip) => {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&ip.octets());
            bytes
        }
        IpAddr::V6(ip) => ip.octets(),
    }
}
