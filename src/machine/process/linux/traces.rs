//! Where the process has its settings and its log: its arguments, environment, working directory and
//! standard descriptors.

use rustix::fd::OwnedFd;

use super::read;
use crate::machine::process::{Stdio, Traces};

/// More of an environment is not read.
const ENVIRONMENT: usize = 256 * 1024;

/// What tells where its files are; empty where nothing of it may be read.
pub(super) fn traces(process: &OwnedFd) -> Traces {
    let text = |name, limit| {
        let content = read::file(process, name, limit).map(|(content, _)| content);
        String::from_utf8_lossy(&content.unwrap_or_default()).into_owned()
    };
    let line = text("cmdline", super::collect::COMMAND_LINE);
    let environment = text("environ", ENVIRONMENT);
    let mut traces = Traces::of(line.split('\0'), environment.split('\0'));
    traces.settings.extend(read::link(process, "cwd").ok());
    let stdio = super::collect::stdio(process);
    for descriptor in [1, 2] {
        match stdio[descriptor] {
            Some(Stdio::File) => {
                let path = read::link(process, &format!("fd/{descriptor}")).ok();
                let path = path.filter(|path| !traces.outputs.contains(path));
                traces.outputs.extend(path);
            }
            Some(Stdio::Pipe) => traces.is_piped = true,
            _ => {}
        }
    }
    traces
}
