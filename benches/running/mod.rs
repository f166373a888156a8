//! What the measures of `tap` and `worker` share: how they are asked for, and the programs they run.

use std::io::BufReader;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// What can fail in any way.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Measures with the number that was typed after `cargo bench --bench NAME --`, or this one. Without
/// `--bench` it is a test run, which compiles and no more.
pub(crate) fn measure(usual: usize, measure: impl FnOnce(usize) -> Outcome<()>) -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if !words.iter().any(|word| word == "--bench") {
        return Ok(());
    }
    let typed = words.iter().find_map(|word| word.parse().ok());
    measure(typed.unwrap_or(usual))
}

/// A program that is ended with this.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts `ibdoc`, with its stdin and stdout.
pub(crate) fn start(arguments: &[&str]) -> Outcome<(Running, ChildStdin, BufReader<ChildStdout>)> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ibdoc"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let pipes = child.stdin.take().zip(child.stdout.take());
    let running = Running(child);
    let (input, output) = pipes.ok_or("no pipes")?;
    Ok((running, input, BufReader::new(output)))
}
