//! Colour, on which no meaning rests.

use anstyle::{AnsiColor, Style};

use crate::finding::verdict::{Severity, Verdict};

/// How text is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Paint {
    /// Whether escape sequences are written.
    pub color: bool,
    /// Columns and rows of the terminal; nothing where there is none.
    pub size: Option<(usize, usize)>,
}

impl Paint {
    /// Without colour and without a terminal.
    pub const PLAIN: Self = Self {
        color: false,
        size: None,
    };

    fn with(self, style: Style, text: &str) -> String {
        if self.color {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// In the colour of a verdict.
    pub fn verdict(self, verdict: Verdict, text: &str) -> String {
        let color = match verdict {
            Verdict::Healthy => AnsiColor::Green,
            Verdict::Attention | Verdict::Unknown => AnsiColor::Yellow,
            Verdict::Failed => AnsiColor::Red,
        };
        self.with(color.on_default().bold(), text)
    }

    /// A mark in the colour of a severity; as it is where nothing is wrong.
    pub(super) fn mark(self, severity: Option<Severity>, mark: &str) -> String {
        match severity {
            Some(severity) => self.severity(severity, mark),
            None => mark.to_owned(),
        }
    }

    /// In the colour of a severity.
    pub fn severity(self, severity: Severity, text: &str) -> String {
        let color = match severity {
            Severity::Info => AnsiColor::Cyan,
            Severity::Warning => AnsiColor::Yellow,
            Severity::Error => AnsiColor::Red,
        };
        self.with(color.on_default().bold(), text)
    }
}
