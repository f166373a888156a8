//! Half-closed sockets: census, plan, kill, heal, watch.

pub(crate) mod arguments;
#[cfg(target_os = "linux")]
pub(crate) mod behind;
pub(crate) mod elsewhere;
pub(crate) mod foreign;
pub(crate) mod gateway;
pub(crate) mod heal;
pub(crate) mod kill;
pub(crate) mod listener;
pub(crate) mod named;
pub(crate) mod netns;
pub(crate) mod outlived;
#[cfg(feature = "portable")]
pub(crate) mod portable;
pub(crate) mod ports;
pub(crate) mod private;
pub(crate) mod race;
pub(crate) mod sharers;
pub(crate) mod situations;
pub(crate) mod spared;
pub(crate) mod stop;
pub(crate) mod text;
pub(crate) mod unread;
pub(crate) mod unseen;
pub(crate) mod watch;
pub(crate) mod zoo;
