//! What became of clients across several sessions, and in a drill of `ibdoc tap`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::text::json::{Millis, OptionalMillis};

/// How a client took the loss of its session in a drill of `ibdoc tap`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TraceRecovery {
    /// Whose session it was.
    pub client: String,
    /// The number of the session that was lost.
    pub session: u32,
    /// When it was lost.
    pub lost_at: Option<String>,
    /// How many connections the client made from then on until it was back, or the recording ended;
    /// those that were refused are not seen.
    pub connections: u64,
    /// From the loss until accounts and id were there again; null when they were not.
    #[serde(rename = "back_ms", with = "OptionalMillis")]
    pub back: Option<Duration>,
    /// Whether the recording lasted long enough to judge it.
    #[serde(rename = "judged")]
    pub is_judged: bool,
    /// What it had subscribed to and did not ask for again, in words.
    pub not_asked_again: Vec<String>,
    /// All of it in a sentence.
    pub summary: String,
}

/// How a client took a notice that a drill said to it, or that nothing of a side was passed on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TraceReaction {
    /// Whose session it was.
    pub client: String,
    /// The number of the session.
    pub session: u32,
    /// The step of the drill, as it is typed.
    pub step: String,
    /// When it met the session.
    pub at: Option<String>,
    /// How long the session went on from then, until a side closed, what lasted was ended, or the recording
    /// was over.
    #[serde(rename = "lasted_ms", with = "Millis")]
    pub lasted: Duration,
    /// Whether the client closed then.
    #[serde(rename = "left")]
    pub has_left: bool,
    /// Whether the recording lasted long enough to judge it.
    #[serde(rename = "judged")]
    pub is_judged: bool,
    /// What it should have asked for again and did not, in words.
    pub not_asked_again: Vec<String>,
    /// All of it in a sentence.
    pub summary: String,
}

/// The sessions of one client as one story.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TraceStory {
    /// Whose sessions they are.
    pub client: String,
    /// The numbers of its sessions.
    pub sessions: Vec<u32>,
    /// How often it connected again.
    pub reconnects: u64,
    /// The longest time from the end of one session to the next that got ready.
    #[serde(rename = "longest_away_ms", with = "OptionalMillis")]
    pub longest_away: Option<Duration>,
    /// What happened, one line each.
    pub lines: Vec<String>,
}
