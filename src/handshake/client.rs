//! The usual client libraries: what each announces and waits for, and whether it would have got
//! through where a session of ibdoc has just been. Pure functions of plain data.
//!
//! Ranges and timeouts were read in the clients' sources.

use std::time::Duration;

use crate::event::{StageName, StageStatus};
use crate::finding::Code;
use crate::report::Judgement;
use crate::session::Record;
use crate::text::duration::shown;
use crate::wire::{ServerVersion, VersionRange};

/// A client library in one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// `ib_insync` 0.9.86
    IbInsync,
    /// `ib_async` 2.1.0
    IbAsync,
    /// Official API 10.19
    Official1019,
    /// Official API 10.30
    Official1030,
    /// Official API 10.37.2
    Official1037,
    /// Official API 10.43.2
    Official1043,
    /// Official API 10.46.1
    Official1046,
    /// `@stoqey/ib` 1.6.10
    Stoqey,
}

/// What a client waits for before it calls itself connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    /// The next valid id and at least one account.
    IdAndAccounts,
    /// The next valid id.
    Id,
}

impl Client {
    /// All of them, in the order in which they are compared.
    pub const ALL: [Client; 8] = [
        Client::IbInsync,
        Client::IbAsync,
        Client::Official1019,
        Client::Official1030,
        Client::Official1037,
        Client::Official1043,
        Client::Official1046,
        Client::Stoqey,
    ];

    /// The name, as typed.
    pub fn name(self) -> &'static str {
        match self {
            Client::IbInsync => "ib_insync",
            Client::IbAsync => "ib_async",
            Client::Official1019 => "official-10.19",
            Client::Official1030 => "official-10.30",
            Client::Official1037 => "official-10.37",
            Client::Official1043 => "official-10.43",
            Client::Official1046 => "official-10.46",
            Client::Stoqey => "stoqey",
        }
    }

    /// The range of versions that it announces.
    pub fn announces(self) -> VersionRange {
        let (min, max) = match self {
            Client::IbInsync => (157, 176),
            Client::IbAsync => (157, 178),
            Client::Official1019 => (100, 176),
            Client::Official1030 => (100, 187),
            Client::Official1037 => (100, 203),
            Client::Official1043 => (100, 219),
            Client::Official1046 => (100, 225),
            Client::Stoqey => (100, 193),
        };
        VersionRange {
            min: ServerVersion(min),
            max: ServerVersion(max),
        }
    }

    /// How long it waits for the TCP connection, and then again for the API; nothing: for ever.
    pub fn timeout(self) -> Option<Duration> {
        match self {
            Client::IbInsync | Client::IbAsync => Some(Duration::from_secs(4)),
            _ => None,
        }
    }

    fn needs(self) -> Needs {
        match self {
            Client::IbInsync | Client::IbAsync => Needs::IdAndAccounts,
            _ => Needs::Id,
        }
    }

    /// Whether it would have connected in the place of the session on record.
    ///
    /// The session has to have announced the client's own range.
    pub fn judge(self, record: &Record) -> Judgement {
        let verdict = self.verdict(record);
        let name = self.name();
        let says = match &verdict {
            Ok(elapsed) => format!("{name} would have connected in {}", shown(*elapsed)),
            Err(why) => format!("{name} would have failed: {why}"),
        };
        Judgement {
            client: name,
            announced: self.announces().to_string(),
            server_version: record.server_version.map(|version| version.0),
            would_connect: verdict.is_ok(),
            elapsed: verdict.ok(),
            says,
        }
    }

    fn verdict(self, record: &Record) -> Result<Duration, String> {
        let connect = self.connected(record)?;
        let version = record.stage(StageName::Version);
        if let Some(code) = version.and_then(|stage| stage.code) {
            return Err(self.without_version(code));
        }
        let Some(accounts) = record.stage(StageName::Accounts) else {
            return Err("the connection was lost before startApi".to_owned());
        };
        let api = version.map_or(accounts.start, |stage| stage.start);
        let waited = (accounts.start + accounts.elapsed).saturating_sub(api);
        let came = match self.needs() {
            Needs::IdAndAccounts => record.is_ready(),
            Needs::Id => record.next_order_id.is_some(),
        };
        match (came, self.timeout()) {
            (true, Some(limit)) if waited > limit => Err(format!(
                "TimeoutError after {}, although the accounts came at {}",
                shown(limit),
                shown(waited)
            )),
            (true, _) => Ok(connect + waited),
            (false, _) if accounts.status == StageStatus::Failed => {
                let detail = accounts.detail.clone().unwrap_or_default();
                Err(format!("{}: {detail}", self.closed_after_start()))
            }
            (false, Some(limit)) => Err(format!("TimeoutError after {}", shown(limit))),
            (false, None) => Err("it has no timeout and would wait for ever".to_owned()),
        }
    }

    /// The time of the TCP connect.
    fn connected(self, record: &Record) -> Result<Duration, String> {
        let connect = record.stage(StageName::Connect);
        let Some(connect) = connect.filter(|stage| stage.status == StageStatus::Ok) else {
            return Err(match self {
                Client::IbInsync | Client::IbAsync => "no TCP connection".to_owned(),
                _ => "error 502, no TCP connection".to_owned(),
            });
        };
        match self.timeout().filter(|limit| connect.elapsed > *limit) {
            Some(limit) => Err(format!("TimeoutError after {} in connect", shown(limit))),
            None => Ok(connect.elapsed),
        }
    }

    fn without_version(self, code: Code) -> String {
        match (code, self.timeout()) {
            (Code::SilentAfterConnect, Some(limit)) => {
                format!("TimeoutError after {}", shown(limit))
            }
            (Code::SilentAfterConnect, None) => {
                "it has no timeout and would wait for ever".to_owned()
            }
            (Code::VersionUnsupported, _) if self == Client::Stoqey => {
                "error 506, the version is outside its range".to_owned()
            }
            (Code::VersionUnsupported, _) => "the version is outside its range".to_owned(),
            _ => "no version came".to_owned(),
        }
    }

    fn closed_after_start(self) -> &'static str {
        match self {
            Client::IbInsync | Client::IbAsync => "it would guess \"clientId already in use?\"",
            _ => "the session ends",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ranges_are_those_of_the_sources() {
        assert_eq!(Client::IbAsync.announces().to_string(), "157..178");
        assert_eq!(Client::Stoqey.announces().to_string(), "100..193");
        assert_eq!(Client::Official1046.announces().to_string(), "100..225");
    }
}
