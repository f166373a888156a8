//! The part of netstat2 0.11 that ibdoc uses, with the types of macOS and nothing behind them.

use std::io::Error;
use std::net::IpAddr;
use std::ops::BitOr;

#[derive(Clone, Copy)]
pub struct AddressFamilyFlags;

impl AddressFamilyFlags {
    pub const IPV4: Self = Self;
    pub const IPV6: Self = Self;
}

impl BitOr for AddressFamilyFlags {
    type Output = Self;

    fn bitor(self, _: Self) -> Self {
        self
    }
}

#[derive(Clone, Copy)]
pub struct ProtocolFlags;

impl ProtocolFlags {
    pub const TCP: Self = Self;
}

pub struct SocketInfo {
    pub protocol_socket_info: ProtocolSocketInfo,
    pub associated_pids: Vec<u32>,
}

pub enum ProtocolSocketInfo {
    Tcp(TcpSocketInfo),
    Udp(UdpSocketInfo),
}

pub struct TcpSocketInfo {
    pub local_addr: IpAddr,
    pub local_port: u16,
    pub remote_addr: IpAddr,
    pub remote_port: u16,
    pub state: TcpState,
}

pub struct UdpSocketInfo;

#[derive(Clone, Copy)]
pub enum TcpState {
    Closed,
    Listen,
    SynSent,
    SynReceived,
    Established,
    FinWait1,
    FinWait2,
    CloseWait,
    Closing,
    LastAck,
    TimeWait,
    DeleteTcb,
    Unknown,
}

pub fn get_sockets_info(
    _: AddressFamilyFlags,
    _: ProtocolFlags,
) -> Result<Vec<SocketInfo>, Error> {
    unreachable!("it is for checks, and is never run")
}
