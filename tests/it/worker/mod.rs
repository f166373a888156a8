//! `ibdoc worker`, spoken to as a program does it.

#[cfg(unix)]
mod ends;
#[cfg(unix)]
mod examples;
mod lines;
mod session;
#[cfg(unix)]
mod supervise;

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::helpers::command::{Ran, Running, ibdoc};
use crate::helpers::validated;

/// A worker that is spoken to; what it says is held against the schema.
pub(crate) struct Worker {
    running: Running,
    input: Option<std::process::ChildStdin>,
    /// Lines that were read while another was waited for.
    passed: Vec<Value>,
}

impl Worker {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let all = [&["worker"], arguments].concat();
        let mut command = ibdoc(&all);
        command.stdin(Stdio::piped());
        // So that a test can signal all of it, as a terminal does.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut running = Running::start(command);
        let input = running.child.stdin.take();
        Self {
            running,
            input,
            passed: Vec::new(),
        }
    }

    /// One with a session with this port.
    pub(crate) fn connected(port: u16, arguments: &[&str]) -> Self {
        let mut worker = Self::start(arguments);
        let answer = worker.call(&json!("c"), "connect", &json!({ "port": port }));
        assert_eq!(answer["status"], "success", "{answer}");
        worker
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn pid(&self) -> u32 {
        self.running.child.id()
    }

    #[cfg(unix)]
    pub(crate) fn running(&self) -> &Running {
        &self.running
    }

    /// Writes one line.
    pub(crate) fn write(&mut self, line: &str) {
        let input = self.input.as_mut().expect("its stdin");
        writeln!(input, "{line}").expect("it reads");
    }

    /// Asks for something.
    pub(crate) fn ask(&mut self, id: &Value, command: &str, params: &Value) {
        let line = json!({ "id": id, "command": command, "params": params });
        self.write(&line.to_string());
    }

    /// Asks for something and waits for its answer.
    pub(crate) fn call(&mut self, id: &Value, command: &str, params: &Value) -> Value {
        self.ask(id, command, params);
        self.answer(id)
    }

    /// The answer to the command with this id.
    pub(crate) fn answer(&mut self, id: &Value) -> Value {
        self.find(|line| line.get("status").is_some() && line["id"] == *id)
    }

    /// The next event of this kind.
    pub(crate) fn event(&mut self, kind: &str) -> Value {
        self.find(|line| line["event"] == kind)
    }

    fn find(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        if let Some(place) = self.passed.iter().position(&is_it) {
            return self.passed.remove(place);
        }
        loop {
            let line = self.running.line();
            assert!(!line.is_empty(), "it has ended: {:?}", self.passed);
            let line = validated::document(&line);
            if is_it(&line) {
                return line;
            }
            self.passed.push(line);
        }
    }

    /// Ends its stdin.
    pub(crate) fn close(&mut self) {
        self.input = None;
    }

    /// Ends its stdin and waits for its end; every line that was not read before.
    pub(crate) fn finish(mut self) -> (Ran, Vec<Value>) {
        self.close();
        let mut lines = std::mem::take(&mut self.passed);
        let ran = self.running.finish();
        lines.extend(ran.lines());
        (ran, lines)
    }
}

/// The report on the last line.
pub(crate) fn report(lines: &[Value]) -> &Value {
    let last = lines.last().expect("a line");
    assert_eq!(last["event"], "report", "{last}");
    last
}
