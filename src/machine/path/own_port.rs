//! The Gateway's own port behind a relay, as far as ibdoc may ask on it.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use super::hops::{End, Hop, Path};
use crate::machine::World;
use crate::machine::role::Role;

/// The Gateway's own listener behind a relay, under an address on which ibdoc comes to it from an
/// address that the Gateway trusts as it does the relay's: the loopback of its network namespace, or
/// the address that the relay of the same namespace uses. A Gateway asked under any other one shows a
/// dialog ("accept incoming connection?"). `None` where there is no such address, or no Gateway in
/// sight.
pub fn own_port(world: &World, path: &Path) -> Option<Hop> {
    let hop = path.behind()?;
    let relay = path.hops.iter().rev().nth(1)?;
    let row = hop
        .seat
        .with_table(world, |table| table.listener(hop.address));
    let local = row?.ok()??.local;
    let ip = match local.ip().to_canonical() {
        ip if ip.is_unspecified() && ip.is_ipv6() && hop.address.is_ipv6() => {
            Ipv6Addr::LOCALHOST.into()
        }
        ip if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        ip if ip.is_loopback() => ip,
        ip if relay.seat == hop.seat => ip,
        _ => return None,
    };
    Some(Hop {
        address: SocketAddr::new(ip, hop.address.port()),
        ..hop.clone()
    })
}

/// The listener beside the one at which a path is lost from sight, or may be, to which a relay on that
/// port usually passes on: the Gateway's own, in the same network namespace. Nothing proves that it does.
pub fn beside(world: &World, path: &Path) -> Option<Hop> {
    let is_lost = |last: &&Hop| path.end == End::Unknown || last.may_be_relay();
    let last = path.hops.last().filter(is_lost)?;
    let own = Role::behind_relay(last.address.port())?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, own));
    let row = last.seat.with_table(world, |table| table.listener(address));
    let listener = world.who_listens(&row?.ok()??);
    Some(Hop {
        address,
        pid: listener.pid,
        name: listener.name,
        kind: listener.kind,
        place: last.place.clone(),
        seat: last.seat,
    })
}
