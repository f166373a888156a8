//! The commands that are not answered yet.

use std::collections::HashMap;

use crate::report::worker::{WorkerCommand, WorkerId};

/// Commands that are not answered yet at most; then no line is read.
pub(super) const MOST: usize = 256;

/// A command that is not answered yet.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) id: WorkerId,
    pub(super) command: WorkerCommand,
}

/// The commands that are not answered yet, by a key of the worker's own.
#[derive(Debug, Default)]
pub(super) struct Table {
    entries: HashMap<u64, Entry>,
    next: u64,
}

impl Table {
    /// Whether a command with this id is not answered yet.
    pub(super) fn holds(&self, id: &WorkerId) -> bool {
        self.entries.values().any(|entry| entry.id == *id)
    }

    pub(super) fn add(&mut self, id: WorkerId, command: WorkerCommand) -> u64 {
        self.next += 1;
        self.entries.insert(self.next, Entry { id, command });
        self.next
    }

    pub(super) fn take(&mut self, key: u64) -> Option<Entry> {
        self.entries.remove(&key)
    }

    pub(super) fn put_back(&mut self, key: u64, entry: Entry) {
        self.entries.insert(key, entry);
    }

    /// Takes every command, in the order in which they came.
    pub(super) fn drain(&mut self) -> Vec<Entry> {
        let mut all: Vec<(u64, Entry)> = self.entries.drain().collect();
        all.sort_by_key(|(key, _)| *key);
        all.into_iter().map(|(_, entry)| entry).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}
