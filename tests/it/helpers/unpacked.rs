//! Programs that listen as soon as they are installed, and are only unpacked for the tests
//! (`.ci/run`): sshd, nginx, haproxy and docker-proxy.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::command::PATH;

/// Where `.ci/run` unpacks them.
pub(crate) const UNPACKED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/debian");

/// The file of a program, unpacked or installed; `None` without one that starts here.
pub(crate) fn program(name: &str) -> Option<String> {
    let unpacked = ["usr/sbin", "usr/bin"].map(|folder| Path::new(UNPACKED).join(folder));
    let installed = PATH.split(':').map(PathBuf::from);
    let files = unpacked.into_iter().chain(installed);
    let mut files = files.map(|folder| folder.join(name));
    let file = files.find(|file| file.is_file())?;
    // What lacks a library ends with 127, whatever its arguments are.
    let mut asked = Command::new(&file);
    asked.arg("-V").env("LD_LIBRARY_PATH", libraries());
    let asked = asked.stdin(Stdio::null()).output().ok()?;
    let starts = asked.status.code() != Some(127);
    starts.then(|| file.to_string_lossy().into_owned())
}

/// The module of nginx for streams, unpacked or installed.
pub(crate) fn stream_module() -> Option<String> {
    let module = "usr/lib/nginx/modules/ngx_stream_module.so";
    let files = [
        Path::new(UNPACKED).join(module),
        Path::new("/").join(module),
    ];
    let file = files.into_iter().find(|file| file.is_file())?;
    Some(file.to_string_lossy().into_owned())
}

/// The folder of unpacked libraries.
pub(crate) fn libraries() -> String {
    format!("{UNPACKED}/usr/lib/x86_64-linux-gnu:{UNPACKED}/usr/lib/aarch64-linux-gnu")
}
