//! The part of a report that belongs to `compare`.

use serde::{Deserialize, Serialize};

use super::Unit;
use crate::finding::verdict::Verdict;
use crate::stats::Interval;

/// What differs between two soaks, and whether that can be chance.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Compare {
    /// The first report.
    pub a: Compared,
    /// The second report, which is judged against the first.
    pub b: Compared,
    /// What the second one is, all in all: worse if it is worse in anything.
    pub judgement: Difference,
    /// What was compared, one figure each.
    pub figures: Vec<Figure>,
    /// What else is to be known, such as that `--force` was needed.
    pub notes: Vec<String>,
}

/// One of two reports that are compared.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Compared {
    /// The file, as it was typed.
    pub file: String,
    /// The version of ibdoc that wrote it.
    pub version: String,
    /// When its soak began.
    pub started_at: String,
    /// The target of its soak.
    pub address: String,
    /// Whether that was a simulated Gateway.
    pub simulated: bool,
    /// The verdict of its soak.
    pub verdict: Verdict,
}

/// What a figure of the second report is, beside that of the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", schemars(transform = crate::text::json::open))]
pub enum Difference {
    /// It is worse, and that is not chance.
    Worse,
    /// It is better, and that is not chance.
    Better,
    /// Two counts are the same.
    Same,
    /// It differs, and by too little to count: less than 1 ms, or less than 5 %.
    TooSmall,
    /// What was measured does not show a difference; that there is none is not shown either.
    NotShown,
    /// There is too little in the reports to tell.
    Unknown,
}

/// One figure of both reports.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Figure {
    /// What is compared: `success`, `ready`, a stage such as `version`, `sockets-left`,
    /// `program-success`, `program-time` or `program-sockets-left`.
    pub name: String,
    /// The unit of both figures: a share, a median of times, or a count.
    pub unit: Unit,
    /// The figure of the first report; null where it has none.
    pub a: Option<f64>,
    /// The figure of the second report; null where it has none.
    pub b: Option<f64>,
    /// On how many handshakes, runs or connections the first figure rests.
    pub of_a: u32,
    /// On how many the second one rests.
    pub of_b: u32,
    /// In which interval the difference of the medians lies, in milliseconds (bootstrap); null
    /// for what is no time.
    pub interval: Option<Interval>,
    /// Two-sided p-value of Fisher's exact test; null for what is no share.
    pub p_value: Option<f64>,
    /// What the second figure is beside the first.
    pub judgement: Difference,
    /// The judgement in words.
    pub says: String,
}
