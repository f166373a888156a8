//! Whether this is a container: there 127.0.0.1 is the container, not the machine that runs it.

use std::fs;
use std::path::Path;

/// The files that container engines put into every container.
const FILES: [&str; 3] = [
    ".dockerenv",
    "run/.containerenv",
    "var/run/secrets/kubernetes.io",
];

/// The words that stand in the control groups of a container.
const WORDS: [&str; 5] = ["/docker", "/kubepods", "/libpod", "/lxc/", "containerd"];

/// Whether the system under `root`, `/` in earnest, is a container; false where nothing shows it.
pub fn is_container(root: &Path) -> bool {
    if FILES.iter().any(|file| root.join(file).exists()) {
        return true;
    }
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    WORDS.iter().any(|word| groups.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_shows_by_a_file_of_its_engine_or_by_its_control_group() {
        let root = tempfile::tempdir().unwrap();
        assert!(!is_container(root.path()));
        fs::create_dir_all(root.path().join("proc/self")).unwrap();
        let groups = root.path().join("proc/self/cgroup");
        fs::write(&groups, "0::/user.slice/user-1000.slice\n").unwrap();
        assert!(!is_container(root.path()));
        fs::write(&groups, "1:name=systemd:/docker/0123abcd\n").unwrap();
        assert!(is_container(root.path()));
        fs::write(&groups, "0::/\n").unwrap();
        fs::create_dir_all(root.path().join("run")).unwrap();
        fs::write(root.path().join("run/.containerenv"), "").unwrap();
        assert!(is_container(root.path()));
    }
}
