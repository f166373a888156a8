//! Where IBC's log is: what the Gateway's process writes to, the folder that its environment names, the
//! usual places, and the file that docker keeps of a container's output.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::time::SystemTime;

use super::{ReadLog, Seen, Sight, age, tail};
use crate::machine::container::is_group_of_container;
use crate::machine::process::Facts;
use crate::text::printable::clean;

/// The folders of IBC's logs in a home directory, and the one for everybody.
const IN_HOME: &[&str] = if cfg!(windows) {
    &["Documents/IBC/Logs"]
} else {
    &["ibc/logs"]
};
const FOR_ALL: &str = if cfg!(windows) {
    "C:\\IBC\\Logs"
} else {
    "/opt/ibc/logs"
};
/// Where docker keeps the output of its containers.
const DOCKER: &str = "/var/lib/docker/containers";
/// So many files of one folder are compared by their times.
const MOST: usize = 64;

/// The log of a file that was named, or the newest one of a folder.
pub(super) fn named(path: &Path) -> Seen {
    let name = clean(&path.to_string_lossy(), super::LONGEST);
    if path.is_dir() {
        let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let open = |name: &str| regular(&path.join(name));
        let names: Vec<String> = names.take(MOST).collect();
        let newest = newest(&names, is_log, open).or_else(|| newest(&names, is_text, open));
        return newest.map_or_else(
            || Seen::Unread(format!("no log of IBC in {name}")),
            |(file, mut open)| read(&mut open, &format!("{name}/{}", clean(&file, 80)), true),
        );
    }
    match regular(path) {
        Some(mut file) => read(&mut file, &name, true),
        None => Seen::Unread(format!(
            "failed to read {name}: it is no file, or may not be read"
        )),
    }
}

fn regular(path: &Path) -> Option<File> {
    let is_file = std::fs::metadata(path).is_ok_and(|it| it.is_file());
    is_file.then(|| File::open(path).ok()).flatten()
}

/// Looks in one place after the other until one has a line of IBC.
pub(super) fn find(sight: &Sight<'_>) -> Seen {
    let mut places = Vec::new();
    for path in &sight.traces.outputs {
        let name = sight.shown(path);
        if let Some(seen) = sight
            .source
            .open(sight.pid, path)
            .and_then(|file| ibc(file, &name, true))
        {
            return seen;
        }
        places.push(name);
    }
    for (folder, is_own) in folders(sight) {
        let names = sight.source.names(sight.pid, &folder);
        let open = |name: &str| sight.source.open(sight.pid, &format!("{folder}/{name}"));
        if let Some((file, open)) = newest(&names, is_log, open) {
            let name = sight.shown(&format!("{folder}/{file}"));
            if let Some(seen) = ibc(open, &name, is_own) {
                return seen;
            }
        }
        places.push(sight.shown(&folder));
    }
    if let Some(seen) = of_container(sight) {
        return seen;
    }
    let mut told = BTreeSet::new();
    places.retain(|place| told.insert(place.clone()));
    let is_piped = sight.traces.is_piped;
    Seen::Nothing { places, is_piped }
}

/// The folders of logs, and whether each is the process's own.
fn folders(sight: &Sight<'_>) -> Vec<(String, bool)> {
    let named = sight
        .traces
        .logs
        .iter()
        .map(|folder| (folder.clone(), true));
    let beside = sight.traces.config.iter().filter_map(|file| {
        let (folder, _) = file.rsplit_once(['/', '\\'])?;
        Some((format!("{folder}/logs"), true))
    });
    let in_homes = sight.homes.iter().flat_map(|home| {
        let folders = IN_HOME.iter();
        folders.map(move |folder| (format!("{home}/{folder}"), sight.is_own_home))
    });
    let for_all = [(FOR_ALL.to_owned(), false)];
    let is_absolute = |folder: &str| folder.starts_with('/') || folder.contains(":\\");
    let mut folders: Vec<(String, bool)> = Vec::new();
    for (folder, is_own) in named.chain(beside).chain(in_homes).chain(for_all) {
        let is_new = !folders.iter().any(|(known, _)| *known == folder);
        if is_new && is_absolute(&folder) {
            folders.push((folder, is_own));
        }
    }
    folders
}

/// The output of the container in which the Gateway runs, as docker keeps it.
fn of_container(sight: &Sight<'_>) -> Option<Seen> {
    let process = sight.process?;
    let facts = sight.source.facts(process.pid).ok().flatten()?;
    let id = container_id(&facts)?;
    let path = format!("{DOCKER}/{id}/{id}-json.log");
    let own = crate::machine::pid::Pid(std::process::id());
    let file = sight.source.open(own, &path)?;
    ibc(
        file,
        &format!("docker's log of container {}", &id[..12]),
        true,
    )
}

fn container_id(facts: &Facts) -> Option<String> {
    let cgroup = facts.cgroup.as_ref()?;
    let parts = cgroup
        .path
        .split('/')
        .filter(|part| is_group_of_container(part));
    let mut ids = parts.filter_map(|part| {
        let id = part
            .trim_start_matches("docker-")
            .trim_end_matches(".scope");
        let is_id = id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_id.then(|| id.to_owned())
    });
    ids.next_back()
}

/// Whether IBC's scripts give their logs such a name, in any language of the weekday.
fn is_log(name: &str) -> bool {
    name.to_ascii_lowercase().starts_with("ibc-") && has_extension(name, "txt")
}

fn is_text(name: &str) -> bool {
    has_extension(name, "txt") || has_extension(name, "log")
}

fn has_extension(name: &str, wanted: &str) -> bool {
    let extension = Path::new(name).extension();
    extension.is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}

/// The newest of these files whose names satisfy `test`.
fn newest(
    names: &[String],
    test: impl Fn(&str) -> bool,
    open: impl Fn(&str) -> Option<File>,
) -> Option<(String, File)> {
    let names = names.iter().filter(|name| test(name)).take(MOST);
    let files = names.filter_map(|name| {
        let file = open(name)?;
        let written = file.metadata().ok()?.modified().ok()?;
        Some((written, name.clone(), file))
    });
    let newest = files.max_by_key(|(written, ..)| *written);
    newest.map(|(_, name, file)| (name, file))
}

/// What a log tells; nothing where no line of it is IBC's.
fn ibc(mut file: File, name: &str, is_own: bool) -> Option<Seen> {
    let seen = read(&mut file, name, is_own);
    matches!(seen, Seen::Log(_)).then_some(seen)
}

fn read(file: &mut File, name: &str, is_own: bool) -> Seen {
    match tail::read(file) {
        Ok(tail) if tail.log.lines == 0 => {
            Seen::Unread(format!("no line of IBC or socat in {name}"))
        }
        Ok(tail) => Seen::Log(Box::new(ReadLog {
            name: name.to_owned(),
            age: age(&tail.log, tail.written, SystemTime::now()),
            log: tail.log,
            is_whole: tail.is_whole,
            is_own,
        })),
        Err(error) => Seen::Unread(format!("failed to read {name}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::process::Cgroup;

    #[test]
    fn the_log_of_any_language_of_the_weekday_is_known_and_no_other_file() {
        for name in [
            "ibc-3.23.0_GATEWAY-10.37_Saturday.txt",
            "ibc-3.23.0_TWS-1019_суббота.txt",
            "IBC-3.8.1_GATEWAY-978_Samstag.TXT",
        ] {
            assert!(is_log(name), "{name}");
        }
        assert!(!is_log("launcher.log") && !is_log("ibc-notes.md") && !is_log("config.ini"));
    }

    #[test]
    fn the_container_is_named_by_the_control_group() {
        let id = "0123456789abcdef".repeat(4);
        let of = |path: &str| {
            container_id(&Facts {
                cgroup: Some(Cgroup::at(path)),
                ..Facts::default()
            })
        };
        assert_eq!(of(&format!("/docker/{id}")).as_ref(), Some(&id));
        let scope = format!("/system.slice/docker-{id}.scope");
        assert_eq!(of(&scope).as_ref(), Some(&id));
        assert_eq!(of("/user.slice/user-1000.slice"), None);
        assert_eq!(of("/docker/0123"), None);
    }

    #[test]
    fn of_several_logs_the_newest_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let hour = std::time::Duration::from_secs(3600);
        let names = ["ibc-1_Friday.txt", "ibc-1_Monday.txt", "other.txt"];
        for (name, age) in names.iter().zip([2, 1, 0]) {
            let file = File::create(folder.path().join(name)).unwrap();
            file.set_modified(SystemTime::now() - hour * age).unwrap();
        }
        let names = names.map(str::to_owned);
        let open = |name: &str| File::open(folder.path().join(name)).ok();
        let (newest, _) = newest(&names, is_log, open).unwrap();
        assert_eq!(newest, "ibc-1_Monday.txt");
    }
}
