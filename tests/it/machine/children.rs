//! Programs that the process tests start, each ended by the test that started it.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use ibdoc::machine::pid::Pid;

/// A program of Java that listens, says where, and ends when its standard input does.
pub(crate) const GATEWAY: &str = "public class Gateway {\n\
                       public static void main(String[] a) throws Exception {\n\
                       var listener = new java.net.ServerSocket(0);\n\
                       System.out.println(listener.getLocalPort());\n\
                       System.in.read();\n\
                       }}\n";

/// A program that has said one line and goes on until its standard input ends.
pub(crate) struct Running {
    child: Child,
    /// The line it said when it was ready.
    pub(crate) said: String,
}

impl Running {
    /// Starts `command` and waits for its first line; `None` if there is no such program.
    pub(crate) fn start(command: &mut Command) -> Option<Self> {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().ok()?;
        let mut said = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut said)
            .unwrap();
        assert!(said.ends_with('\n'), "it ended without a word");
        Some(Self {
            child,
            said: said.trim_end().to_owned(),
        })
    }

    /// Starts a Python script given as text, with the address to connect to as its argument.
    pub(crate) fn python(script: &str, argument: &str) -> Option<Self> {
        Self::start(Command::new("python3").args(["-c", script, argument]))
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid(self.child.id())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
