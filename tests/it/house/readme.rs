//! What the README shows is what comes out: each block that shows a command is run.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use crate::helpers::command::skipped;

/// A block that shows a command and what it prints.
struct Block {
    command: String,
    shown: String,
}

/// Blocks that show a situation which takes more than one command to make, with what makes it.
const SITUATIONS: [(&str, &str); 4] = [
    ("ibdoc doctor 4004", include_str!("behind_socat.sh")),
    ("docker exec bot", include_str!("beside_a_bot.sh")),
    ("docker logs gateway", include_str!("missed_login.sh")),
    (GATE, include_str!("gate.sh")),
];
/// The gate before a bot, with a bot that says that it runs.
const GATE: &str = "ibdoc doctor paper --wait 240s --fail-on failed && exec bot";
/// The Gateway of a situation.
const GATEWAY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/it/handshake/gateway.java"
);

#[test]
fn every_block_of_the_readme_comes_out_as_it_is_shown() {
    if cfg!(not(target_os = "linux")) {
        return skipped("the README shows Linux");
    }
    let readme = include_str!("../../../README.md");
    let mut blocks = blocks(readme);
    assert!(blocks.len() >= 8, "only {} blocks", blocks.len());
    assert!(readme.contains(&format!("\n{GATE}")), "{GATE}");
    blocks.push(Block {
        command: GATE.to_owned(),
        shown: "the bot runs".to_owned(),
    });
    thread::scope(|scope| {
        let runs: Vec<_> = blocks
            .iter()
            .map(|block| (block, scope.spawn(|| came_out(&block.command))))
            .collect();
        for (block, run) in runs {
            let Some(printed) = run.join().expect("a run") else {
                skipped(&format!(
                    "{}: needs root, unshare, ip, jq, python3, java or socat",
                    block.command
                ));
                continue;
            };
            let (shown, printed) = (words(&block.shown), words(&printed));
            // A number of another length moves the words, so that a cut falls elsewhere.
            let is_cut = block.command.contains("| head");
            let same = shown
                .iter()
                .zip(&printed)
                .take_while(|(one, other)| one == other)
                .count();
            let spared = if is_cut { 12 } else { 0 };
            assert!(
                same + spared >= shown.len().max(printed.len()),
                "$ {}\nREADME, after the words they share: {}\ncame out: {}",
                block.command,
                shown[same..].join(" "),
                printed[same..].join(" ")
            );
        }
    });
}

#[test]
fn every_script_that_the_readme_runs_is_an_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).expect("the README");
    let scripts: Vec<&str> = readme
        .split([' ', '`', '\n', '"'])
        .filter(|word| Path::new(word).extension().is_some_and(|end| end == "py"))
        .collect();
    assert!(!scripts.is_empty());
    for script in scripts {
        // Names of other people's programs in samples of the plan.
        let file = script.rsplit('/').next().expect("a name");
        assert!(root.join("examples").join(file).is_file(), "{script}");
    }
}

/// The blocks marked as `console`, each from its `$ ` lines on.
fn blocks(readme: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    for part in readme.split("```console\n").skip(1) {
        let (block, _) = part.split_once("```").expect("an end of the block");
        assert!(block.starts_with("$ "), "a command: {block}");
        let mut lines = block.lines().peekable();
        let mut commands = Vec::new();
        while let Some(first) = lines.peek().and_then(|line| line.strip_prefix("$ ")) {
            let mut command = first.trim().to_owned();
            lines.next();
            while command.ends_with(['|', '\\']) {
                let rest = lines.next().expect("the rest of a command").trim();
                command = format!("{command} {rest}");
            }
            commands.push(command);
        }
        let command = commands.join("; ");
        let shown = lines.collect::<Vec<_>>().join("\n");
        blocks.push(Block { command, shown });
    }
    blocks
}

/// Namespaces of its own: what else runs on the machine is not shown in the README.
const ALONE: &str = "ip link set lo up && ln -sfn \"$2\" examples && exec sh -c \"$1\"";

/// What a shell prints for it in a folder with the project's examples, alone on its machine; nothing
/// when a program of it is missing or namespaces may not be made.
fn came_out(command: &str) -> Option<String> {
    let program = Path::new(env!("CARGO_BIN_EXE_ibdoc"));
    let folder = program.parent().expect("a folder");
    let path = env::var("PATH").expect("PATH");
    let mut situations = SITUATIONS.iter();
    let situation = situations.find(|(begin, _)| command.starts_with(begin));
    let script = situation.map_or(ALONE, |(_, script)| *script);
    let missing = ["jq", "python3", "java ", "socat "].iter().any(|name| {
        let is_used = command.contains(name) || script.contains(name);
        is_used && !is_installed(name.trim_end(), &path)
    });
    if missing {
        return None;
    }
    let place = tempfile::tempdir().expect("a folder");
    let alone = |script: &str, command: &str| {
        Command::new("unshare")
            .args(["--net", "--pid", "--fork", "--mount-proc", "--kill-child"])
            .args(["sh", "-c", script, "sh", command])
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples"))
            .arg(GATEWAY)
            .current_dir(place.path())
            .env_clear()
            .env("PATH", format!("{}:{path}", folder.display()))
            .stdin(Stdio::null())
            .output()
            .ok()
    };
    if !alone(ALONE, "true").is_some_and(|output| output.status.success()) {
        return None;
    }
    let output = alone(script, command)?;
    Some(String::from_utf8(output.stdout).expect("UTF-8"))
}

fn is_installed(name: &str, path: &str) -> bool {
    env::split_paths(path).any(|folder| folder.join(name).is_file())
}

/// The words of a text, ports and times masked, wherever its lines end.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let bare = word.trim_end_matches([',', ';', '.', ')', ':']);
        let unit = ["ms", "s", "µs", "min"].contains(&bare);
        let is_number = |word: &String| word.starts_with(|first: char| first.is_ascii_digit());
        if unit && words.last().is_some_and(is_number) {
            words.pop();
            words.push("TIME".to_owned());
        } else if let Some(port) = word.find("127.0.0.1:") {
            words.push(format!("{}ADDRESS", &word[..port]));
        } else if words.last().is_some_and(|last| last == "port") {
            words.push("PORT".to_owned());
        } else if words
            .last()
            .is_some_and(|last| last == "pid" || last == "(pid")
        {
            words.push("PID".to_owned());
        } else if words.last().is_some_and(|last| last == "up") {
            words.push("TIME".to_owned());
        } else {
            words.push(word.to_owned());
        }
    }
    without_late_reads(words)
}

/// On a machine that has no time for it a program reads late, which is told and true.
fn without_late_reads(mut words: Vec<String>) -> Vec<String> {
    let begins = |it: &[String]| it[0] == "and" && it[1] == "left" && it[2] == "up";
    let begin = words.windows(3).position(begins);
    let end = words.iter().position(|word| word == "runs,");
    if let (Some(begin), Some(end)) = (begin, end)
        && 0 < begin
        && begin < end
    {
        words.drain(begin..=end);
        words[begin - 1].push(',');
    }
    words
}
