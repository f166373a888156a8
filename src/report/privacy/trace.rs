//! Account numbers in the part of a report that belongs to `trace`.

use super::{Accounts, shorten};
use crate::event::TraceMessage;
use crate::report::{Tap, Trace, TraceSession};

impl Accounts {
    pub(super) fn hide_in_message(&self, message: &mut TraceMessage) {
        self.hide_all(&mut message.notice);
        self.hide_all(&mut message.fields);
    }

    pub(in crate::report) fn hide_in_tap(&self, tap: &mut Tap) {
        for file in [&mut tap.recording, &mut tap.capture].into_iter().flatten() {
            self.hide(&mut file.file);
            self.hide_all(&mut file.error);
        }
        self.hide_all([&mut tap.address, &mut tap.target]);
        self.hide_all(tap.program.iter_mut().map(|it| &mut it.program));
        self.hide_in_trace(&mut tap.trace);
    }

    pub(in crate::report) fn hide_in_trace(&self, trace: &mut Trace) {
        self.hide_all(trace.sources.iter_mut().map(|source| &mut source.name));
        self.hide_all(&mut trace.notes);
        for story in &mut trace.stories {
            self.hide(&mut story.client);
            self.hide_all(&mut story.lines);
        }
        self.hide_all(&mut trace.drill);
        for recovery in &mut trace.recoveries {
            self.hide_all([&mut recovery.client, &mut recovery.summary]);
        }
        for reaction in &mut trace.reactions {
            self.hide_all([&mut reaction.client, &mut reaction.summary]);
        }
        for session in &mut trace.sessions {
            self.hide_in_session(session);
        }
    }

    fn hide_in_session(&self, session: &mut TraceSession) {
        for account in session.accounts.iter_mut().flatten() {
            *account = shorten(account);
        }
        self.hide_all(&mut session.client);
        self.hide_all(&mut session.gateway);
        self.hide_all(&mut session.connection_time);
        self.hide_all(&mut session.who.options);
        self.hide_all(&mut session.who.capabilities);
        self.hide_in_stages(&mut session.stages);
        self.hide_all(&mut session.said);
        self.hide_all(&mut session.drills);
        let notices = session.notices.iter_mut();
        self.hide_all(notices.map(|notice| &mut notice.message));
        let requests = session.requests.iter_mut();
        self.hide_all(requests.filter_map(|request| request.notice.as_mut()));
    }
}
