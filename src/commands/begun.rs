//! The events of a command, on their way to whoever shows them.

use super::setup::Setup;
use crate::event::{Event, Events, Start};
use crate::report::SCHEMA;

/// Events on their way: the first one is preceded by that of the start, and accounts are shortened.
/// What was typed without a meaning has no start.
pub(super) struct Begun<'a> {
    start: Option<Start>,
    setup: &'a Setup,
    events: Events<'a>,
}

impl<'a> Begun<'a> {
    pub(super) fn new(command: &'static str, setup: &'a Setup, events: Events<'a>) -> Self {
        let start = Start {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            command,
            simulated: setup.simulated.is_some(),
            pid: std::process::id(),
            host: setup.host.clone(),
        };
        Self {
            start: Some(start),
            setup,
            events,
        }
    }

    pub(super) fn begin(&mut self) {
        if let Some(start) = self.start.take() {
            self.pass_on(Event::Start(start));
        }
    }

    pub(super) fn tell(&mut self, event: Event) {
        if let Event::Accounts(named) = &event {
            return self.setup.accounts.borrow_mut().learn(named);
        }
        self.begin();
        self.pass_on(event);
    }

    fn pass_on(&mut self, mut event: Event) {
        if !self.setup.show_accounts {
            self.setup.accounts.borrow().mask_event(&mut event);
        }
        (self.events)(event);
    }
}
