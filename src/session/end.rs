//! How a stage ended, before it is on record.

use crate::event::StageStatus;
use crate::finding::Code;

/// How a stage ended, before its times are known.
#[derive(Clone, Debug)]
pub struct End {
    /// Whether it passed.
    pub status: StageStatus,
    /// What came, or what went wrong, in a few words.
    pub detail: Option<String>,
    /// The finding that follows.
    pub code: Option<Code>,
}

impl End {
    /// It passed.
    pub fn ok(detail: impl Into<Option<String>>) -> Self {
        Self {
            status: StageStatus::Ok,
            detail: detail.into(),
            code: None,
        }
    }

    /// The other side refused or ended it.
    pub fn failed(code: Code, detail: impl Into<String>) -> Self {
        Self {
            status: StageStatus::Failed,
            detail: Some(detail.into()),
            code: Some(code),
        }
    }

    /// Its deadline passed.
    pub fn timeout(code: Code, detail: impl Into<String>) -> Self {
        Self {
            status: StageStatus::Timeout,
            ..Self::failed(code, detail)
        }
    }

    /// It was not tried, or is not to be had.
    pub fn skipped(code: Option<Code>, detail: impl Into<String>) -> Self {
        Self {
            status: StageStatus::Skipped,
            detail: Some(detail.into()),
            code,
        }
    }
}
