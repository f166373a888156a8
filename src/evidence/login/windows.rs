//! The dialogs that are open: one is open whose last event is not `Closed`.

use crate::evidence::log::dialog::Dialog;
use crate::evidence::stamp::Stamp;

/// More dialogs at a time are not kept.
const MOST: usize = 32;

/// Dialogs, each with a number for its title and the time at which it was first seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Windows(Vec<(Dialog, u64, Option<Stamp>)>);

impl Windows {
    pub(super) fn iter(&self) -> impl Iterator<Item = (Dialog, Option<Stamp>)> {
        self.0.iter().map(|(dialog, _, since)| (*dialog, *since))
    }

    /// Whether it was not open before.
    pub(super) fn open(&mut self, dialog: Dialog, title: u64, at: Option<Stamp>) -> bool {
        let is_new = !self
            .0
            .iter()
            .any(|(it, other, _)| *it == dialog && *other == title);
        if is_new && self.0.len() < MOST {
            self.0.push((dialog, title, at));
        }
        is_new
    }

    /// Whether it was open. What asks to accept a connection goes by another title, so that any such
    /// dialog's end is taken for its own.
    pub(super) fn close(&mut self, dialog: Dialog, title: u64) -> bool {
        let before = self.0.len();
        self.0.retain(|(it, other, _)| {
            let is_it = *it == dialog && *other == title;
            let may_be_it = *it == Dialog::AcceptConnection && dialog == Dialog::Other;
            !is_it && !may_be_it
        });
        self.0.len() < before
    }

    /// A login that has completed has closed what stood before it.
    pub(super) fn close_of_login(&mut self) {
        self.0.retain(|(dialog, ..)| {
            matches!(
                dialog,
                Dialog::AcceptConnection | Dialog::WriteAccess | Dialog::Other
            )
        });
    }
}
