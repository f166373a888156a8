//! The facts of this machine that every report carries.

use serde::{Deserialize, Serialize};

use crate::text::printable::clean;

/// The longest name that is kept, in characters.
const LONGEST: usize = 100;

/// The machine, or the container, on which ibdoc ran.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Host {
    /// Its name; null where the system does not tell.
    pub name: Option<String>,
    /// The operating system with its version, such as `Debian GNU/Linux 13 (trixie)`.
    pub system: Option<String>,
    /// The release of the kernel, such as `6.18.5`.
    pub kernel: Option<String>,
    /// The architecture that ibdoc was built for, such as `x86_64`.
    pub architecture: Option<String>,
    /// How many processors ibdoc may use.
    pub cpus: Option<usize>,
    /// Whether it is a container; null where nothing tells.
    pub container: Option<bool>,
}

impl Host {
    /// This machine, without a network or another program being asked.
    pub fn here() -> Self {
        let cpus = std::thread::available_parallelism().ok();
        Self {
            architecture: Some(std::env::consts::ARCH.to_owned()),
            cpus: cpus.map(std::num::NonZero::get),
            ..system()
        }
    }
}

/// A name as it may be printed; nothing where it is empty.
fn named(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| clean(text, LONGEST))
}

#[cfg(target_os = "linux")]
fn system() -> Host {
    let root = std::path::Path::new("/");
    let uname = rustix::system::uname();
    let release = ["etc/os-release", "usr/lib/os-release"];
    let mut release = release
        .iter()
        .filter_map(|file| std::fs::read_to_string(root.join(file)).ok());
    Host {
        name: named(&uname.nodename().to_string_lossy()),
        system: release.next().and_then(|release| pretty_name(&release)),
        kernel: named(&uname.release().to_string_lossy()),
        container: Some(super::container::is_container(root)),
        ..Host::default()
    }
}

#[cfg(not(target_os = "linux"))]
fn system() -> Host {
    use sysinfo::System;
    Host {
        name: System::host_name().as_deref().and_then(named),
        system: System::long_os_version().as_deref().and_then(named),
        kernel: System::kernel_version().as_deref().and_then(named),
        ..Host::default()
    }
}

/// What `os-release` calls the system.
#[cfg(any(target_os = "linux", test))]
fn pretty_name(release: &str) -> Option<String> {
    let mut lines = release.lines();
    let name = lines.find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    named(name.trim().trim_matches(['"', '\'']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_system_is_read_without_its_quotes_and_never_steers_a_terminal() {
        let release = "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\n";
        let name = Some("Debian GNU/Linux 13 (trixie)".to_owned());
        assert_eq!(pretty_name(release), name);
        assert_eq!(pretty_name("PRETTY_NAME=a\u{1b}[2J"), named("a\u{1b}[2J"));
        assert_eq!(pretty_name("PRETTY_NAME=\"\""), None);
        assert_eq!(pretty_name("NAME=x"), None);
    }

    #[test]
    fn this_machine_has_a_name_and_a_kernel() {
        let host = Host::here();
        assert!(host.name.is_some() && host.kernel.is_some(), "{host:?}");
        assert!(host.cpus.is_some_and(|cpus| cpus > 0));
    }
}
