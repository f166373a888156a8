//! What systemd is told of a service: that it is ready, how it does, that it lives (`sd_notify(3)`).

use std::time::Duration;

/// The socket of the service manager; nothing where there is none.
#[derive(Debug, Default)]
pub struct Notify {
    #[cfg(unix)]
    to: Option<unix::Manager>,
    watchdog: Option<Duration>,
}

impl Notify {
    /// By the variables that systemd sets.
    pub fn from_environment() -> Self {
        #[cfg(unix)]
        {
            let name = std::env::var_os("NOTIFY_SOCKET");
            let to = name.and_then(|name| unix::Manager::open(&name));
            let variable = |name| std::env::var(name).ok();
            let pid = variable("WATCHDOG_PID").and_then(|pid| pid.parse::<u32>().ok());
            let is_ours = pid.is_none_or(|pid| pid == std::process::id());
            let micros = variable("WATCHDOG_USEC").and_then(|it| it.parse::<u64>().ok());
            let watchdog = micros
                .filter(|it| is_ours && *it > 0)
                .map(Duration::from_micros);
            Self { to, watchdog }
        }
        #[cfg(not(unix))]
        Self::default()
    }

    /// How often it is to be told that the watch lives: twice in the time that it may be silent.
    pub fn watchdog(&self) -> Option<Duration> {
        self.watchdog.map(|limit| limit / 2)
    }

    /// Tells it these lines. A manager that does not listen is none of the watch's troubles.
    pub fn tell(&self, lines: &str) {
        #[cfg(unix)]
        if let Some(manager) = &self.to {
            manager.tell(lines);
        }
        #[cfg(not(unix))]
        let _ = lines;
    }
}

/// Whether a service manager started this: systemd, launchd, or any by whose socket it is told.
pub fn is_service() -> bool {
    let has = |name| std::env::var_os(name).is_some();
    has("NOTIFY_SOCKET") || has("INVOCATION_ID") || has("XPC_SERVICE_NAME")
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::net::{SocketAddr, UnixDatagram};

    #[derive(Debug)]
    pub(super) struct Manager {
        socket: UnixDatagram,
        address: SocketAddr,
    }

    impl Manager {
        pub(super) fn open(name: &OsStr) -> Option<Self> {
            let address = match name.as_bytes() {
                [b'@', rest @ ..] => in_no_folder(rest)?,
                [b'/', ..] => SocketAddr::from_pathname(name).ok()?,
                _ => return None,
            };
            let socket = UnixDatagram::unbound().ok()?;
            socket.set_nonblocking(true).ok()?;
            Some(Self { socket, address })
        }

        pub(super) fn tell(&self, lines: &str) {
            if let Err(error) = self.socket.send_to_addr(lines.as_bytes(), &self.address) {
                tracing::debug!(%error, "the service manager was not told");
            }
        }
    }

    #[cfg(target_os = "linux")]
    fn in_no_folder(name: &[u8]) -> Option<SocketAddr> {
        use std::os::linux::net::SocketAddrExt;
        SocketAddr::from_abstract_name(name).ok()
    }

    #[cfg(not(target_os = "linux"))]
    fn in_no_folder(_: &[u8]) -> Option<SocketAddr> {
        None
    }
}
