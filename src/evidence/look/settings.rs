//! The files with settings: the Gateway's own, `jts.ini`, and IBC's `config.ini`.

use std::fs::File;
use std::io::Read as _;
use std::time::SystemTime;

use super::Sight;
use crate::evidence::settings::ibc::IbcSettings;
use crate::evidence::settings::jts;
use crate::evidence::settings::stored::StoredApi;
use crate::evidence::settings::trusted::Trusted;
use crate::machine::process::ProgramKind;

/// More of one file is not read.
const LONGEST: u64 = 4 * 1024 * 1024;
/// So many folders of logins are looked into.
const MOST: usize = 64;

/// Settings of the API, as a login's file has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// What it says.
    pub api: StoredApi,
    /// When it was written.
    pub written: SystemTime,
}

/// What was found in files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The Gateway's own settings, of each login that has some, the newest first.
    pub stored: Vec<Stored>,
    /// The trusted addresses of `jts.ini`.
    pub jts: Trusted,
    /// What IBC's own file says.
    pub ibc: Option<IbcSettings>,
}

/// Reads the settings of a Gateway; without a process only those in the usual places.
pub(super) fn read(sight: &Sight<'_>) -> Settings {
    let mut settings = Settings::default();
    let homes = &sight.homes;
    let configs = sight.traces.config.iter().cloned();
    let configs = configs.chain(homes.iter().map(|home| format!("{home}/ibc/config.ini")));
    settings.ibc = configs
        .filter_map(|path| text(sight, &path))
        .map(|text| IbcSettings::parse(&text))
        .next();
    let launched = homes.iter().filter_map(|home| launched(sight, home));
    let usual = homes.iter().map(|home| format!("{home}/Jts"));
    let folders = sight.traces.settings.iter().cloned();
    for folder in folders.chain(launched).chain(usual) {
        let Some(ini) = text(sight, &format!("{folder}/jts.ini")) else {
            continue;
        };
        settings.jts = jts::trusted(&ini);
        settings.stored = stored(sight, &folder);
        break;
    }
    settings
}

/// The settings of each login below a `Jts` folder, the newest first.
fn stored(sight: &Sight<'_>, folder: &str) -> Vec<Stored> {
    let is_tws = sight.process.is_some_and(|it| it.kind == ProgramKind::Tws);
    let name = if is_tws { "tws.xml" } else { "ibg.xml" };
    let logins = sight.source.names(sight.pid, folder).into_iter().take(MOST);
    let mut stored: Vec<Stored> = logins
        .filter_map(|login| {
            let mut file = sight
                .source
                .open(sight.pid, &format!("{folder}/{login}/{name}"))?;
            let written = file.metadata().ok()?.modified().ok()?;
            let api = StoredApi::parse(&content(&mut file)?)?;
            Some(Stored { api, written })
        })
        .collect();
    stored.sort_by_key(|it| std::cmp::Reverse(it.written));
    stored
}

/// The folder that the last line of `launcher.log` names.
fn launched(sight: &Sight<'_>, home: &str) -> Option<String> {
    let text = text(sight, &format!("{home}/Jts/launcher.log"))?;
    let line = text.lines().rev().find(|line| !line.trim().is_empty())?;
    let at = line
        .find('/')
        .or_else(|| line.find(":\\")?.checked_sub(1))?;
    Some(
        line.get(at..)?
            .trim()
            .trim_end_matches(['/', '\\'])
            .to_owned(),
    )
}

fn text(sight: &Sight<'_>, path: &str) -> Option<String> {
    content(&mut sight.source.open(sight.pid, path)?)
}

fn content(file: &mut File) -> Option<String> {
    let mut content = Vec::new();
    file.take(LONGEST).read_to_end(&mut content).ok()?;
    Some(String::from_utf8_lossy(&content).into_owned())
}
