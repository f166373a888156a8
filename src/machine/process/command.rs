//! What may be learnt from a command line without repeating it.

use std::ffi::OsString;

use crate::text::printable::clean;

/// The longest name or path that is kept.
pub(super) const LONGEST: usize = 256;

/// What an interpreter runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Script {
    /// No interpreter, or one without a script.
    Absent,
    /// The file name of the script.
    File(String),
    /// A module (`python -m`).
    Module(String),
    /// Code on the command line, which is not repeated, or from the standard input.
    Inline,
}

/// A trace of IB's software in a path or a command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// The Gateway's folder, class and launcher, or what IBC starts it with.
    Gateway,
    /// The main class of TWS, or what IBC starts it with.
    Tws,
    /// The folder or a library of both.
    Either,
    /// What installs or starts one of both, and other programs too.
    Tool,
}

/// Each mark and its texts, in lower case.
const MARKS: [(Mark, &[&str]); 4] = [
    (Mark::Gateway, &["ibgateway", "ib gateway", "ibcgateway"]),
    (
        Mark::Tws,
        &["jclient.loginframe", "trader workstation", "ibctws"],
    ),
    (
        Mark::Either,
        &["/jts/", "\\jts\\", "jts4launch", "twslaunch"],
    ),
    (
        Mark::Tool,
        &["install4j", "i4j_jres", "ibcalpha.ibc", "ibautomater"],
    ),
];

/// The marks in `text`.
pub(super) fn marks(text: &str) -> Vec<Mark> {
    let text = text.to_ascii_lowercase();
    let has = |texts: &[&str]| texts.iter().any(|mark| text.contains(mark));
    let found = MARKS.iter().filter(|(_, texts)| has(texts));
    found.map(|(mark, _)| *mark).collect()
}

/// The marks in a command as it is typed.
pub fn marks_typed<'a>(words: impl Iterator<Item = &'a std::ffi::OsStr>) -> Vec<Mark> {
    let words: Vec<_> = words.map(std::ffi::OsStr::to_string_lossy).collect();
    marks(&words.join("\0"))
}

/// The first word of a command line, fit to show.
///
/// A program may have written a whole title there (`setproctitle`), arguments included: then
/// only its first word is kept.
pub(super) fn argv0(first: &str, executable: Option<&str>) -> String {
    let word = if executable == Some(first) {
        first
    } else {
        first.split_whitespace().next().unwrap_or_default()
    };
    clean(word, LONGEST)
}

/// What the interpreter named by the first word or by its program file runs.
pub(super) fn script(arguments: &[&str], executable: Option<&str>) -> Script {
    let names = [executable, arguments.first().copied()];
    let interpreter = names
        .into_iter()
        .flatten()
        .map(file_name)
        .find_map(interpreter);
    let Some(interpreter) = interpreter else {
        return Script::Absent;
    };
    let mut rest = arguments.iter().skip(1).copied();
    while let Some(argument) = rest.next() {
        if argument == "-m" && interpreter == Interpreter::Python {
            return rest
                .next()
                .map_or(Script::Absent, |module| named(module, Script::Module));
        }
        if interpreter.inline().contains(&argument) || interpreter.reads_input(argument) {
            return Script::Inline;
        }
        if interpreter.takes_value().contains(&argument) {
            rest.next();
        } else if argument == "--" || argument == "run" && interpreter == Interpreter::Node {
            // What follows is the script.
        } else if !argument.starts_with('-') {
            return named(file_name(argument), Script::File);
        } else if interpreter.glued(argument) {
            return Script::Inline;
        }
    }
    Script::Absent
}

/// Whether it is the resource tracker of Python's multiprocessing, by the code that it is given.
pub(super) fn is_tracker(arguments: &[&str]) -> bool {
    const CODE: [&str; 2] = [
        "from multiprocessing.resource_tracker import main",
        "from multiprocessing.semaphore_tracker import main",
    ];
    let starts = |argument: &&str| CODE.iter().any(|code| argument.starts_with(code));
    arguments.iter().any(starts)
}

/// What a command runs, such as `python3 bot.py`: its file name and the script that it
/// interprets, never another argument.
pub fn title(command: &[OsString]) -> String {
    let words: Vec<String> = command
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let name = words.first().copied().map(file_name).unwrap_or_default();
    let name = clean(name, 64);
    match script(&words, None) {
        Script::File(script) => format!("{name} {script}"),
        Script::Module(module) => format!("{name} -m {module}"),
        Script::Absent | Script::Inline => name,
    }
}

/// Only a plain word is taken for a name; anything else could be code or a secret.
fn named(name: &str, kind: impl Fn(String) -> Script) -> Script {
    if name.is_empty() || name.contains(char::is_whitespace) || name.contains('=') {
        Script::Inline
    } else {
        kind(clean(name, 64))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Interpreter {
    Python,
    Node,
    Shell,
    Other,
}

impl Interpreter {
    const fn inline(self) -> &'static [&'static str] {
        match self {
            Self::Python | Self::Shell => &["-c"],
            Self::Node => &["-e", "--eval", "-p", "--print", "-pe"],
            Self::Other => &["-e", "-E", "-r"],
        }
    }

    const fn takes_value(self) -> &'static [&'static str] {
        match self {
            Self::Python => &["-W", "-X", "--check-hash-based-pycs"],
            Self::Node => &[
                "-r",
                "--require",
                "--import",
                "--loader",
                "-C",
                "--env-file",
            ],
            Self::Shell => &["-o", "+o", "-O", "+O", "--rcfile", "--init-file"],
            Self::Other => &["-I", "-C"],
        }
    }

    /// Whether the program comes from the standard input: what follows are arguments, and no script.
    fn reads_input(self, argument: &str) -> bool {
        let is_short = argument.starts_with(['-', '+']) && !argument.starts_with("--");
        argument == "-" || self == Self::Shell && is_short && argument.contains('s')
    }

    /// Short options in one word that end in code, such as `-uc CODE`.
    fn glued(self, argument: &str) -> bool {
        let code = match self {
            Self::Python | Self::Shell => 'c',
            Self::Node | Self::Other => 'e',
        };
        !argument.starts_with("--") && argument.contains(code)
    }
}

/// Whether a program of this name is a shell.
pub fn is_shell(name: &str) -> bool {
    const SHELLS: [&str; 10] = [
        "sh", "bash", "dash", "zsh", "ash", "ksh", "mksh", "csh", "tcsh", "fish",
    ];
    SHELLS.contains(&name)
}

fn interpreter(name: &str) -> Option<Interpreter> {
    let name = name.trim_start_matches('-').trim_end_matches(".exe");
    let versionless = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    Some(match versionless {
        "python" | "pythonw" | "pypy" | "Python" | "ipython" => Interpreter::Python,
        "node" | "nodejs" | "bun" | "deno" => Interpreter::Node,
        name if is_shell(name) => Interpreter::Shell,
        "ruby" | "perl" | "php" | "lua" | "julia" | "Rscript" | "tclsh" => Interpreter::Other,
        _ => return None,
    })
}

/// The part of a path behind the last separator.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(line: &str) -> Script {
        script(&line.split(' ').collect::<Vec<_>>(), None)
    }

    #[test]
    fn the_script_of_an_interpreter_is_its_first_plain_argument() {
        let bot = Script::File("bot.py".to_owned());
        assert_eq!(
            run("/usr/bin/python3.12 -u /home/me/bot.py --password hunter2"),
            bot
        );
        assert_eq!(run("python -W ignore -X dev bot.py"), bot);
        assert_eq!(
            run("node --require x.js index.js"),
            Script::File("index.js".to_owned())
        );
        assert_eq!(run("-bash"), Script::Absent);
        assert_eq!(run("/opt/bot --user me"), Script::Absent);
        let by_program = script(&["worker", "bot.py"], Some("/usr/bin/python3"));
        assert_eq!(by_program, bot);
    }

    #[test]
    fn modules_are_named_and_code_is_not_repeated() {
        assert_eq!(
            run("python3 -m trader.main"),
            Script::Module("trader.main".to_owned())
        );
        for line in [
            "python3 -c code",
            "python3 -uc code",
            "sh -ec code",
            "node -e code",
        ] {
            assert_eq!(run(line), Script::Inline, "{line}");
        }
        assert_eq!(script(&["python3", "PASSWORD=x y"], None), Script::Inline);
    }

    #[test]
    fn what_follows_a_program_from_the_standard_input_is_no_script() {
        for line in [
            "python3 - U1234567",
            "python3 -u - secret",
            "bash -s secret",
            "sh -es secret",
            "bash -x -s -- secret",
            "node - secret",
            "perl - secret",
        ] {
            assert_eq!(run(line), Script::Inline, "{line}");
        }
        let script = Script::File("run.sh".to_owned());
        assert_eq!(run("bash -o posix run.sh -s secret"), script);
    }

    #[test]
    fn a_title_names_the_program_and_its_script_and_nothing_else() {
        let title = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            super::title(&words)
        };
        assert_eq!(
            title("/usr/bin/python3 -u bots/bot.py --key s3cret"),
            "python3 bot.py"
        );
        assert_eq!(
            title("python3 -m trader.main U1234567"),
            "python3 -m trader.main"
        );
        assert_eq!(title("sh -c s3cret"), "sh");
        assert_eq!(title("./bot --password s3cret"), "bot");
        assert_eq!(title("\u{1b}[2Jbot"), "\u{fffd}[2Jbot");
    }

    #[test]
    fn a_rewritten_title_shows_its_first_word_only() {
        assert_eq!(argv0("bot: --password hunter2", None), "bot:");
        let path = "/Applications/Trader Workstation/tws";
        assert_eq!(argv0(path, Some(path)), path);
        assert_eq!(argv0("", None), "");
    }

    #[test]
    fn marks_are_found_in_any_case() {
        let line = "/home/me/Jts/ibgateway/1019/jars/twslaunch-1019.jar ibcalpha.ibc.IbcGateway";
        let expected = [Mark::Gateway, Mark::Either, Mark::Tool];
        assert_eq!(marks(line), expected);
        assert!(marks("/usr/bin/python3 bot.py").is_empty());
        for (mark, texts) in MARKS {
            for text in texts {
                assert!(
                    marks(&format!("/opt/X{}", text.to_uppercase())).contains(&mark),
                    "{text}"
                );
            }
        }
    }
}
