//! The errors and notices of a session, in bounded memory: the first and the last ones, without those
//! that only say that a farm is up, once there are many.

use crate::finding::ib_code::is_routine;
use crate::trace::chunk::Timestamp;

/// The first that are kept.
const FIRST: usize = 200;
/// The last that are kept.
const LAST: usize = 100;

/// An error or notice.
#[derive(Clone, Debug)]
pub(in crate::trace) struct Notice {
    pub(in crate::trace) at: Timestamp,
    pub(in crate::trace) code: i32,
    pub(in crate::trace) request_id: i32,
    pub(in crate::trace) text: String,
    /// The request that it is about, in words.
    pub(in crate::trace) request: Option<String>,
}

/// The errors and notices of a session.
#[derive(Debug, Default)]
pub(in crate::trace) struct Notices {
    first: Vec<Notice>,
    last: std::collections::VecDeque<Notice>,
    pub(in crate::trace) dropped: u64,
}

impl Notices {
    pub(super) fn add(&mut self, notice: Notice) {
        if self.first.len() < FIRST {
            self.first.push(notice);
            return;
        }
        if is_routine(notice.code) && self.last.len() == LAST {
            self.dropped += 1;
            return;
        }
        if self.last.len() == LAST {
            self.last.pop_front();
            self.dropped += 1;
        }
        self.last.push_back(notice);
    }

    /// Those that are kept, in the order in which they came.
    pub(in crate::trace) fn iter(&self) -> impl DoubleEndedIterator<Item = &Notice> {
        self.first.iter().chain(&self.last)
    }
}
