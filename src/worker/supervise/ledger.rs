//! What the parent knows of the lines that pass: the ids that are not answered, and the session that
//! is to be made anew.

use serde::Deserialize;

use crate::report::worker::{WorkerCommand, WorkerId, WorkerParams};
use crate::worker::request::Command;

/// What is read of a line of the child.
#[derive(Debug, Deserialize)]
struct Passed {
    id: Option<WorkerId>,
    status: Option<String>,
}

/// The commands that are not answered, in the order in which they were asked.
#[derive(Debug, Default)]
pub(super) struct Unanswered {
    commands: Vec<Command>,
    session: Option<WorkerParams>,
}

impl Unanswered {
    /// Notes a command that is passed on; one whose id is taken is answered without it.
    pub(super) fn asked(&mut self, command: Command) {
        if self.commands.iter().all(|known| known.id != command.id) {
            self.commands.push(command);
        }
    }

    /// Takes a line of the child; false where it is no whole one.
    pub(super) fn heard(&mut self, line: &[u8]) -> bool {
        #[expect(clippy::disallowed_methods, reason = "the rule is one of the tests")]
        let Ok(passed) = serde_json::from_slice::<Passed>(line) else {
            return false;
        };
        let (Some(id), Some(status)) = (passed.id, passed.status) else {
            return true;
        };
        let place = self.commands.iter().position(|known| known.id == id);
        if let Some(command) = place.map(|place| self.commands.remove(place))
            && status == "success"
        {
            match command.name {
                WorkerCommand::Connect => self.session = Some(command.params),
                WorkerCommand::Disconnect => self.session = None,
                _ => {}
            }
        }
        true
    }

    /// The session that a new child is to make anew.
    pub(super) fn session(&self) -> Option<&WorkerParams> {
        let session = self.session.as_ref();
        session.filter(|params| params.reconnect != Some(false))
    }

    /// The ids that are lost with the child.
    pub(super) fn lost(&mut self) -> Vec<WorkerId> {
        let lost = self.commands.drain(..);
        lost.map(|command| command.id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::request::parse;

    fn asked(ledger: &mut Unanswered, text: &str) {
        let line = Line::Whole(text.as_bytes().to_vec());
        ledger.asked(parse(&line).expect(text));
    }

    use crate::worker::input::Line;

    #[test]
    fn what_is_lost_is_what_was_not_answered_and_each_once() {
        let mut ledger = Unanswered::default();
        for id in ["1", "\"1\"", "2", "2"] {
            asked(
                &mut ledger,
                &format!("{{\"id\":{id},\"command\":\"ping\"}}"),
            );
        }
        assert!(ledger.heard(br#"{"id":1,"status":"success","data":{}}"#));
        assert!(ledger.heard(br#"{"id":null,"status":"error"}"#));
        assert!(ledger.heard(br#"{"event":"notice"}"#));
        assert!(!ledger.heard(br#"{"id":2,"status":"suc"#));
        let lost = ledger.lost();
        assert_eq!(serde_json::to_string(&lost).expect("JSON"), r#"["1",2]"#);
        assert!(ledger.lost().is_empty());
    }

    #[test]
    fn a_session_is_made_anew_from_its_connect_to_its_disconnect() {
        let mut ledger = Unanswered::default();
        let connect = r#"{"id":1,"command":"connect","params":{"port":4002,"client_id":7}}"#;
        asked(&mut ledger, connect);
        assert_eq!(ledger.session(), None);
        ledger.heard(br#"{"id":1,"status":"success","data":{}}"#);
        assert_eq!(ledger.session().and_then(|it| it.port), Some(4002));
        asked(
            &mut ledger,
            r#"{"id":2,"command":"connect","params":{"port":4001}}"#,
        );
        ledger.heard(br#"{"id":2,"status":"error","code":"already-connected"}"#);
        assert_eq!(ledger.session().and_then(|it| it.port), Some(4002));
        asked(&mut ledger, r#"{"id":3,"command":"disconnect"}"#);
        ledger.heard(br#"{"id":3,"status":"success","data":{}}"#);
        assert_eq!(ledger.session(), None);
        let once = r#"{"id":4,"command":"connect","params":{"port":1,"reconnect":false}}"#;
        asked(&mut ledger, once);
        ledger.heard(br#"{"id":4,"status":"success","data":{}}"#);
        assert_eq!(ledger.session(), None);
    }
}
