//! What another network namespace is called: the container by its control group, or the name under
//! which `ip netns` keeps it.

use crate::machine::process::{Cgroup, Facts};

/// So many digits of a container's id are shown, as `docker ps` does.
const SHOWN: usize = 12;
/// The shortest id of a container runtime.
const SHORTEST: usize = 32;

/// The network namespace of a process in words; `own` are ibdoc's facts, whose container has that
/// process too where ibdoc runs in one.
pub(super) fn place(facts: Option<&Facts>, own: Option<&Facts>) -> String {
    let id_of = |facts: &Facts| facts.cgroup.as_ref().and_then(id);
    let here = own.and_then(id_of);
    let id = facts.and_then(id_of).filter(|id| Some(id) != here.as_ref());
    let name = || facts.and_then(|facts| named(facts.net_namespace?));
    match (id, name) {
        (Some(id), _) => format!("container {id}"),
        (None, name) => name().map_or_else(
            || "another network namespace".to_owned(),
            |name| format!("network namespace {name}"),
        ),
    }
}

/// The id of the container of a control group, shortened.
pub fn id(cgroup: &Cgroup) -> Option<String> {
    let mut parts = paths(cgroup).flat_map(|path| path.split('/').rev());
    parts.find_map(|part| {
        let part = part.trim_end_matches(".scope").trim_end_matches(".service");
        let id = part.rsplit('-').next()?;
        let is_id = id.len() >= SHORTEST && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_id.then(|| id[..SHOWN].to_owned())
    })
}

/// The words before a command that run it in the container of a control group, by the program to
/// which that container belongs.
pub fn exec(cgroup: &Cgroup) -> Option<String> {
    Some(format!("{} exec {}", engine(cgroup), id(cgroup)?))
}

/// What does this, such as `unpause`, to the container of a control group; `None` in a cluster, where
/// that is done to a pod.
pub(super) fn command(cgroup: &Cgroup, verb: &str) -> Option<String> {
    let id = id(cgroup)?;
    (!is_of_cluster(cgroup)).then(|| format!("{} {verb} {id}", engine(cgroup)))
}

/// What restarts the container of a control group, typed by this user; `None` where `command` has none,
/// and of another user's own containers: root's runtime does not know those.
pub fn restart(cgroup: &Cgroup, typist: Option<u32>) -> Option<String> {
    let is_known = owner(cgroup).is_none_or(|owner| Some(owner) == typist);
    is_known.then(|| command(cgroup, "restart")).flatten()
}

/// Whether a cluster runs the container, and starts it again.
pub fn is_of_cluster(cgroup: &Cgroup) -> bool {
    id(cgroup).is_some() && engine(cgroup) == CLUSTER
}

/// The user who runs the container without root: below a service manager of that user's.
fn owner(cgroup: &Cgroup) -> Option<u32> {
    let mut parts = paths(cgroup).flat_map(|path| path.split('/'));
    parts.find_map(|part| {
        let user = part.strip_prefix("user@")?.strip_suffix(".service")?;
        user.parse().ok()
    })
}

fn paths(cgroup: &Cgroup) -> impl Iterator<Item = &String> {
    std::iter::once(&cgroup.path).chain(&cgroup.others)
}

/// The program of a cluster's runtime.
const CLUSTER: &str = "crictl";

/// The program to which a container belongs.
fn engine(cgroup: &Cgroup) -> &'static str {
    let has = |word: &str| paths(cgroup).any(|path| path.contains(word));
    if has("libpod") {
        "podman"
    } else if ["kubepods", "cri-", "crio-"].into_iter().any(has) {
        CLUSTER
    } else {
        "docker"
    }
}

/// The name that `ip netns` has for a network namespace.
#[cfg(target_os = "linux")]
fn named(inode: u64) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let entries = std::fs::read_dir("/run/netns").ok()?;
    let is_it = |entry: &std::fs::DirEntry| {
        std::fs::metadata(entry.path()).is_ok_and(|file| file.ino() == inode)
    };
    let found = entries.flatten().find(is_it)?;
    let name = found.file_name();
    Some(crate::text::printable::clean(&name.to_string_lossy(), 64))
}

#[cfg(not(target_os = "linux"))]
fn named(_: u64) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_found_in_the_paths_of_the_usual_runtimes() {
        let long = "0123456789abcdef".repeat(4);
        for path in [
            format!("/docker/{long}"),
            format!("/system.slice/docker-{long}.scope"),
            format!("/machine.slice/libpod-{long}.scope/container"),
            format!("/kubepods.slice/kubepods-pod1.slice/cri-containerd-{long}.scope"),
        ] {
            let found = id(&Cgroup::at(path.clone()));
            assert_eq!(found.as_deref(), Some("0123456789ab"), "{path}");
            let program = match () {
                () if path.contains("libpod") => "podman",
                () if path.contains("kube") => "crictl",
                () => "docker",
            };
            let exec = exec(&Cgroup::at(path.clone()));
            let expected = format!("{program} exec 0123456789ab");
            assert_eq!(exec.as_deref(), Some(expected.as_str()), "{path}");
            let restart = restart(&Cgroup::at(path.clone()), Some(1000));
            let expected = format!("{program} restart 0123456789ab");
            let expected = Some(expected).filter(|_| program != CLUSTER);
            assert_eq!(restart, expected, "{path}");
        }
        let rootless =
            format!("/user.slice/user-5.slice/user@5.service/user.slice/libpod-{long}.scope");
        let restart = |user| restart(&Cgroup::at(rootless.clone()), user);
        assert_eq!(
            restart(Some(5)).as_deref(),
            Some("podman restart 0123456789ab")
        );
        assert_eq!((restart(Some(0)), restart(None)), (None, None));
        assert_eq!(id(&Cgroup::at("/system.slice/cron.service")), None);
        assert_eq!(id(&Cgroup::at("/")), None);
    }
}
