//! The part of a report that belongs to `compare`.

use serde::{Deserialize, Serialize};

use super::Unit;
use super::privacy::Accounts;
use crate::finding::verdict::Verdict;
use crate::stats::Interval;
use crate::text::duration::span;
use crate::text::words::joined;

/// Figures that the headline names.
const NAMED: usize = 4;

/// What differs between two soaks, and whether that can be chance.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
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

impl Compare {
    /// What the headline begins with.
    pub fn word(&self) -> &'static str {
        match self.judgement {
            Difference::Worse => "! worse:",
            Difference::Better => "✓ better:",
            Difference::NotShown | Difference::TooSmall | Difference::Same => {
                "= not shown to differ:"
            }
            Difference::Unknown => "? unknown:",
        }
    }

    /// What differs, the worse first; where nothing does, the first figures.
    pub(super) fn sentence(&self) -> String {
        let of = |wanted: &[Difference]| -> Vec<&Figure> {
            let figures = self.figures.iter();
            figures
                .filter(|it| wanted.contains(&it.judgement))
                .collect()
        };
        let named = match self.judgement {
            Difference::Unknown => {
                let why = self
                    .figures
                    .iter()
                    .map(|it| format!("{}: {}", it.name, it.says));
                let why = joined(why.take(2));
                return format!("nothing in B can be told from A; {why}");
            }
            Difference::Worse | Difference::Better => {
                [of(&[Difference::Worse]), of(&[Difference::Better])].concat()
            }
            _ => of(&[Difference::NotShown]),
        };
        let changed = matches!(self.judgement, Difference::Worse | Difference::Better);
        let most = if changed { NAMED } else { 2 };
        let words = |it: &&Figure| {
            let (a, b) = (it.value(it.a, it.of_a), it.value(it.b, it.of_b));
            let says = if changed {
                format!("{}, ", it.says)
            } else {
                String::new()
            };
            format!("{} {says}{a} → {b}", it.name)
        };
        let mut parts: Vec<String> = named.iter().take(most).map(words).collect();
        if named.len() > most {
            parts.push(format!("and {} more", named.len() - most));
        }
        format!("B beside A: {}", parts.join("; "))
    }

    pub(super) fn hide(&mut self, accounts: &Accounts) {
        for side in [&mut self.a, &mut self.b] {
            accounts.hide_all([&mut side.file, &mut side.address]);
        }
        accounts.hide_all(&mut self.notes);
    }
}

impl Figure {
    /// A figure of one report.
    pub fn value(&self, value: Option<f64>, of: u32) -> String {
        match (self.unit, value) {
            (_, None) => "–".to_owned(),
            (Unit::Fraction, Some(rate)) => format!("{:.0} of {of}", rate * f64::from(of)),
            (Unit::Ms, Some(ms)) => span(ms),
            (Unit::Count, Some(count)) => format!("{count} of {of}"),
        }
    }
}
