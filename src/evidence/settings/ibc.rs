//! What IBC was told: its `config.ini`, or the settings that it prints at its start. Secrets stand there
//! too; only the named keys are kept, and of those no text but an address.

use std::net::IpAddr;

use super::trusted::Trusted;

/// The settings of IBC that matter here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IbcSettings {
    /// Whether it logs in by FIX; without it, trusted addresses of `jts.ini` and IBC are ignored.
    pub fix: Option<bool>,
    /// `TrustedTwsApiClientIPs`.
    pub trusted: Trusted,
    /// `OverrideTwsApiPort`.
    pub port: Option<u16>,
    /// `ReadOnlyApi`.
    pub read_only: Option<bool>,
    /// Whether it answers the question for a connection by itself (`AcceptIncomingConnectionAction`).
    pub accepts: Option<bool>,
    /// Whether it leaves that question to a person.
    pub asks_person: bool,
    /// `CommandServerPort`; 0 is off.
    pub command_port: Option<u16>,
    /// Whether a time for an automatic restart is set (`AutoRestartTime`).
    pub auto_restart: Option<bool>,
}

impl IbcSettings {
    /// Takes the value of a key, which is in lower case; an unknown one changes nothing.
    pub fn set(&mut self, key: &str, value: &str) {
        let value = value.trim();
        let lower = value.to_ascii_lowercase();
        let yes = match lower.as_str() {
            "yes" | "true" => Some(true),
            "no" | "false" => Some(false),
            _ => None,
        };
        match key {
            "fix" => self.fix = Some(yes.unwrap_or_default()),
            "trustedtwsapiclientips" => self.trusted = Trusted::parse(value),
            "overridetwsapiport" => self.port = value.parse().ok(),
            "readonlyapi" => self.read_only = yes,
            "acceptincomingconnectionaction" => {
                self.accepts = match lower.as_str() {
                    "accept" => Some(true),
                    "reject" => Some(false),
                    _ => None,
                };
                self.asks_person = lower == "manual";
            }
            "commandserverport" => self.command_port = Some(value.parse().unwrap_or(0)),
            "autorestarttime" => self.auto_restart = Some(!value.is_empty()),
            _ => {}
        }
    }

    /// Reads a `config.ini`; FIX is off unless it says otherwise.
    pub fn parse(text: &str) -> Self {
        let mut settings = Self::default();
        for line in text.lines() {
            let line = line.trim();
            if let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) {
                settings.set(&key.trim().to_ascii_lowercase(), value);
            }
        }
        settings.fix.get_or_insert(false);
        settings
    }

    /// Whether IBC itself answers the question for a connection.
    pub fn answers_connections(&self) -> bool {
        self.accepts.is_some() && !self.asks_person
    }

    /// Whether this address is set where it is ignored.
    pub fn ignores(&self, address: IpAddr) -> bool {
        self.fix == Some(false) && self.trusted.contains(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_ibc_is_read_and_no_secret_is_kept() {
        let text = "# FIX=yes\r\nIbLoginId=bob\r\nIbPassword=hunter2\r\nTrustedTwsApiClientIPs=10.0.0.7, x\r\n\
                    ReadOnlyApi=yes\r\nAcceptIncomingConnectionAction=manual\r\nCommandServerPort=7462\r\n\
                    AutoRestartTime=\r\nOverrideTwsApiPort=4002\r\n";
        let read = IbcSettings::parse(text);
        let shown = format!("{read:?}");
        assert!(
            !shown.contains("bob") && !shown.contains("hunter2"),
            "{shown}"
        );
        assert_eq!(
            (read.fix, read.read_only, read.port),
            (Some(false), Some(true), Some(4002))
        );
        assert!(read.ignores("10.0.0.7".parse().expect("an address")));
        assert!(!read.answers_connections());
        assert_eq!(
            (read.command_port, read.auto_restart),
            (Some(7462), Some(false))
        );
        let fix = IbcSettings::parse("FIX=yes\nTrustedTwsApiClientIPs=10.0.0.7");
        assert!(!fix.ignores("10.0.0.7".parse().expect("an address")));
    }
}
