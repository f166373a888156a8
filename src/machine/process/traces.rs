//! Where a Gateway's process has its settings and its log, by its arguments and its environment. Both
//! hold user names and passwords: only the named words are read.

use std::path::Path;

/// What tells where files of a Gateway are; paths as the process sees them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    /// Its home directory.
    pub home: Option<String>,
    /// The folder in which IBC's scripts keep their logs (`LOG_PATH`).
    pub logs: Option<String>,
    /// Where its settings may be, the surest first: `-DjtsConfigDir=`, `TWS_SETTINGS_PATH`, its working
    /// directory.
    pub settings: Vec<String>,
    /// The file with IBC's settings.
    pub config: Option<String>,
    /// The files to which its standard output and standard error go.
    pub outputs: Vec<String>,
    /// Whether one of them is a pipe, as in a container.
    pub is_piped: bool,
}

/// A longer value is no path of interest.
const LONGEST: usize = 4096;

impl Traces {
    /// What the arguments and the environment tell; each variable is `NAME=VALUE`.
    pub(super) fn of<'a>(
        arguments: impl Iterator<Item = &'a str>,
        environment: impl Iterator<Item = &'a str>,
    ) -> Self {
        let mut traces = Self::default();
        for argument in arguments.filter(|it| it.len() < LONGEST) {
            if let Some(folder) = argument.strip_prefix("-DjtsConfigDir=") {
                traces.settings.insert(0, folder.to_owned());
            } else if is_ini(argument) && !argument.starts_with('-') {
                // IBC's class takes it before the user name and the password.
                traces.config.get_or_insert_with(|| argument.to_owned());
            }
        }
        for variable in environment.filter(|it| it.len() < LONGEST) {
            let Some((name, value)) = variable.split_once('=').filter(|it| !it.1.is_empty()) else {
                continue;
            };
            let value = value.to_owned();
            match name {
                "HOME" | "USERPROFILE" => traces.home = Some(value),
                "LOG_PATH" => traces.logs = Some(value),
                "TWS_SETTINGS_PATH" => traces.settings.push(value),
                "IBC_INI" => {
                    traces.config.get_or_insert(value);
                }
                _ => {}
            }
        }
        traces
    }
}

fn is_ini(argument: &str) -> bool {
    let extension = Path::new(argument).extension();
    extension.is_some_and(|extension| extension.eq_ignore_ascii_case("ini"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_places_are_read_of_a_command_line_and_an_environment() {
        let arguments = [
            "java",
            "-DjtsConfigDir=/opt/jts",
            "ibcalpha.ibc.IbcGateway",
            "/home/me/ibc/config.ini",
            "bob",
            "hunter2",
            "paper",
        ];
        let environment = [
            "HOME=/home/me",
            "TWSUSERID=bob",
            "TWSPASSWORD=hunter2",
            "LOG_PATH=/var/log/ibc",
            "TWS_SETTINGS_PATH=/home/me/Jts",
            "IBC_INI=/other.ini",
            "EMPTY=",
        ];
        let traces = Traces::of(arguments.into_iter(), environment.into_iter());
        assert_eq!(traces.settings, ["/opt/jts", "/home/me/Jts"]);
        assert_eq!(traces.config.as_deref(), Some("/home/me/ibc/config.ini"));
        assert_eq!(traces.logs.as_deref(), Some("/var/log/ibc"));
        let shown = format!("{traces:?}");
        assert!(
            !shown.contains("bob") && !shown.contains("hunter2"),
            "{shown}"
        );
    }
}
