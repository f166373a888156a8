//! Whether the loopback interface of this network namespace is up, by `rtnetlink`.
//!
//! Layouts from `linux/rtnetlink.h` and `linux/if.h`.

use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, connect, recv, send, socket_with,
};
use std::time::Duration;

use super::message::{self, HEADER};
use super::request;

const RTM_NEWLINK: u16 = 16;
const RTM_GETLINK: u16 = 18;
const NLM_F_REQUEST: u16 = 1;
/// The length of `struct ifinfomsg`; its index stands at 4, its flags at 8.
const LINK: usize = 16;
/// The loopback interface is the first one of every network namespace (`LOOPBACK_IFINDEX`).
const LOOPBACK: i32 = 1;
const IFF_UP: u32 = 1;

/// Whether the loopback interface is up; `None` if the kernel does not say.
pub fn is_loopback_up() -> Option<bool> {
    let mut link = [0; HEADER + LINK];
    link[HEADER + 4..HEADER + 8].copy_from_slice(&LOOPBACK.to_ne_bytes());
    let request = request::finish(link.to_vec(), RTM_GETLINK, NLM_F_REQUEST);
    let flags = SocketFlags::CLOEXEC;
    // `None` is NETLINK_ROUTE.
    let channel = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None).ok()?;
    connect(&channel, &SocketAddrNetlink::new(0, 0)).ok()?;
    set_socket_timeout(&channel, Timeout::Recv, Some(Duration::from_secs(1))).ok()?;
    send(&channel, &request, SendFlags::empty()).ok()?;
    let mut buffer = vec![0; 8 * 1024];
    let (length, _) = recv(&channel, &mut buffer[..], RecvFlags::empty()).ok()?;
    is_up(buffer.get(..length)?)
}

/// What an answer says; `None` if it is none.
fn is_up(mut answer: &[u8]) -> Option<bool> {
    let link = message::split(&mut answer)?;
    let flags = message::u32_at(link.payload, 8)?;
    (link.kind == RTM_NEWLINK).then_some(flags & IFF_UP != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_flags_of_the_interface_decide() {
        let answer = |kind, flags: u32| {
            let mut link = vec![0; HEADER + LINK];
            link[HEADER + 8..HEADER + 12].copy_from_slice(&flags.to_ne_bytes());
            is_up(&request::finish(link, kind, 0))
        };
        assert_eq!(answer(RTM_NEWLINK, 0x49), Some(true));
        assert_eq!(answer(RTM_NEWLINK, 0x08), Some(false));
        assert_eq!(answer(2, 0x49), None, "an error");
        assert_eq!(is_loopback_up(), Some(true), "of this machine");
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = is_up(&bytes);
        }
    }
}
