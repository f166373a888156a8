//! The headline of a report: the verdict and what it rests on, in one sentence.

use super::{Body, Report};
use crate::finding::principal;
use crate::finding::verdict::Verdict;

impl Report {
    /// The headline without its mark, as the JSON has it: the verdict and what it rests on.
    pub fn headline_summary(&self) -> String {
        let (word, summary) = self.headline();
        let word = word.split_once(' ').map_or("", |(_, word)| word);
        format!("{word} {summary}")
    }

    /// The verdict with its mark, and what it rests on in one sentence.
    pub fn headline(&self) -> (String, String) {
        let mark = match self.verdict {
            Verdict::Healthy => "✓",
            Verdict::Attention => "!",
            Verdict::Unknown => "?",
            Verdict::Failed => "✗",
        };
        let word = match &self.body {
            Some(Body::Compare(body)) => body.word().to_owned(),
            _ => format!("{mark} {}:", self.verdict.name()),
        };
        let simulated = if self.simulated { " (simulated)" } else { "" };
        // Most errors of what was interrupted say so, and a soak says it among its figures.
        let is_told = |error: &String| error.contains("interrupted");
        let is_soak = matches!(&self.body, Some(Body::Soak(_)));
        let says_so = is_soak || self.error.as_ref().is_some_and(is_told);
        let interrupted = if self.interrupted && !says_so {
            ", interrupted"
        } else {
            ""
        };
        (word, format!("{}{interrupted}{simulated}", self.sentence()))
    }

    /// The code of the principal finding, behind a sentence of the command's own.
    pub fn headline_code(&self) -> String {
        let finding = principal(&self.findings);
        finding.map_or_else(String::new, |finding| format!(" [{}]", finding.code))
    }

    fn sentence(&self) -> String {
        match (&self.body, &self.error, principal(&self.findings)) {
            (Some(body @ Body::Compare(_)), ..) => body.sentence(),
            (Some(body @ Body::Soak(_)), ..) | (Some(body @ Body::Doctor(_)), None, _) => {
                format!("{}{}", body.sentence(), self.headline_code())
            }
            (_, Some(error), Some(finding)) => {
                format!("{error}: {} [{}]", finding.summary, finding.code)
            }
            (_, Some(error), None) => error.clone(),
            (_, _, Some(finding)) => {
                format!(
                    "{}: {} [{}]",
                    finding.subject, finding.summary, finding.code
                )
            }
            (Some(body), None, None) => body.sentence(),
            (None, None, None) => String::new(),
        }
    }
}
