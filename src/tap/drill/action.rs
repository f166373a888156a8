//! One action of a drill, as it is typed.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::event::Speaker;
use crate::text::typed::parse_duration;
use crate::trace::DrillSpan;
use crate::wire::messages::{told_by_name, told_names, typed_name};

/// The most that a drill delays what is carried.
const MOST_DELAY: Duration = Duration::from_secs(3600);

/// What the relay does to its clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Ends every session, in order, as a Gateway that ends does.
    Cut,
    /// Refuses new clients.
    Refuse,
    /// Ends everything that lasts: from here on it is a transparent relay again.
    Pass,
    /// Leaves out the Gateway's messages with this id.
    Drop(u32),
    /// Lets everything arrive so much later.
    Delay(Duration),
    /// Passes on nothing that this side sends.
    Stall(Speaker),
    /// Says this notice of IB's to every client.
    Say(i32),
    /// Answers the start of each session with 326, as if its client id were taken, and ends it.
    IdTaken,
}

impl Action {
    /// How long it works.
    pub(in crate::tap) fn span(self) -> DrillSpan {
        match self {
            Self::Cut | Self::Say(_) => DrillSpan::Once,
            Self::Pass => DrillSpan::Over,
            Self::Refuse | Self::Drop(_) | Self::Delay(_) | Self::Stall(_) | Self::IdTaken => {
                DrillSpan::Lasts
            }
        }
    }

    /// Whether what is carried has to be cut into messages, or held back.
    pub(super) fn shapes(self) -> bool {
        !matches!(self, Self::Cut | Self::Refuse | Self::Pass)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut => f.write_str("cut"),
            Self::Refuse => f.write_str("refuse"),
            Self::Pass => f.write_str("pass"),
            Self::Drop(id) => write!(f, "drop={}", typed_name(*id)),
            Self::Delay(delay) => write!(f, "delay={}", humantime::format_duration(*delay)),
            Self::Stall(Speaker::Client) => f.write_str("stall=client"),
            Self::Stall(Speaker::Gateway) => f.write_str("stall=gateway"),
            Self::Say(number) => write!(f, "say={number}"),
            Self::IdTaken => f.write_str("id-taken"),
        }
    }
}

impl FromStr for Action {
    /// Why it is none, where more can be said than that.
    type Err = Option<String>;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (word, value) = match text.split_once('=') {
            Some((word, value)) => (word, Some(value)),
            None => (text, None),
        };
        match (word, value) {
            ("cut", None) => Ok(Self::Cut),
            ("refuse", None) => Ok(Self::Refuse),
            ("pass", None) => Ok(Self::Pass),
            ("id-taken", None) => Ok(Self::IdTaken),
            ("stall", Some("client")) => Ok(Self::Stall(Speaker::Client)),
            ("stall", Some("gateway")) => Ok(Self::Stall(Speaker::Gateway)),
            ("drop", Some(value)) => message(value).map(Self::Drop).map_err(Some),
            ("say", Some(value)) => value.parse().map(Self::Say).map_err(|_| None),
            ("delay", Some(value)) => {
                let delay = parse_duration(value).map_err(Some)?;
                (delay <= MOST_DELAY)
                    .then_some(Self::Delay(delay))
                    .ok_or_else(|| Some("a delay is an hour at most".to_owned()))
            }
            _ => Err(None),
        }
    }
}

/// The Gateway's message of this name; errs with what was probably meant.
fn message(typed: &str) -> Result<u32, String> {
    if let Some(id) = told_by_name(typed) {
        return Ok(id);
    }
    let names: Vec<String> = told_names().map(|(name, _)| name).collect();
    let near = names
        .iter()
        .max_by(|a, b| strsim::jaro(a, typed).total_cmp(&strsim::jaro(b, typed)));
    let near = near.map_or("executions-end", String::as_str);
    Err(format!(
        "drop={typed}: no message of a Gateway has that name; did you mean {near}?"
    ))
}
