//! Examples of a command, for its help and its manual page.

/// What stands above examples in the help.
const TITLE: &str = "Examples:\n";

/// The examples of a command as its help shows them: the line to type, below it what it is for.
pub(super) fn shown(examples: &[(&str, &str)]) -> String {
    let lines: Vec<String> = examples
        .iter()
        .map(|(line, meaning)| format!("  {line}\n      {meaning}"))
        .collect();
    format!("{TITLE}{}", lines.join("\n"))
}

/// The examples in a help that [`shown`] begins, without their title and what follows them.
pub(super) fn of_help(help: &str) -> Option<&str> {
    let examples = help.strip_prefix(TITLE)?;
    examples.split("\n\n").next()
}
