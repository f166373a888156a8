//! A line of stdin → a command: strict, so that a slip is told and never guessed at.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::input::Line;
use crate::report::worker::{
    WorkerClientId, WorkerCommand, WorkerError, WorkerId, WorkerParams, WorkerWord,
};
use crate::target::{ClientId, Target};
use crate::text::printable::clean;

/// The longest id, in characters.
const LONGEST_ID: usize = 200;
/// The longest deadline of a command.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// A command, and the line's own id.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Command {
    pub(super) id: WorkerId,
    pub(super) name: WorkerCommand,
    pub(super) params: WorkerParams,
}

/// What is wrong with a line, with its id where it has one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wrong {
    pub(super) id: Option<WorkerId>,
    pub(super) error: WorkerError,
}

impl Wrong {
    fn new(id: Option<&WorkerId>, word: WorkerWord, message: impl Into<String>) -> Self {
        Self {
            id: id.cloned(),
            error: WorkerError::new(word, message),
        }
    }
}

/// Reads one line.
pub(super) fn parse(line: &Line) -> Result<Command, Wrong> {
    let mut fields = object(line)?;
    let id = id(fields.remove("id"))?;
    let wrong = |word, message: String| Wrong::new(Some(&id), word, message);
    let name = fields.remove("command");
    let Some(Value::String(name)) = name else {
        let message = "the field command is missing, or is no text";
        return Err(wrong(WorkerWord::InvalidRequest, message.to_owned()));
    };
    let params = fields.remove("params");
    if let Some(unknown) = fields.keys().next() {
        let unknown = clean(unknown, 40);
        let message = format!("a command has no field {unknown:?}: id, command, params");
        return Err(wrong(WorkerWord::InvalidRequest, message));
    }
    let command = typed(Value::String(name.clone())).map_err(|_| {
        let message = format!("there is no command {:?}", clean(&name, 40));
        wrong(WorkerWord::UnknownCommand, message)
    })?;
    let params = match params {
        None | Some(Value::Null) => WorkerParams::default(),
        // A list would be taken for the fields in their order.
        Some(params @ Value::Object(_)) => {
            typed(params).map_err(|error| wrong(WorkerWord::InvalidParams, error))?
        }
        Some(_) => {
            let message = "params is no object";
            return Err(wrong(WorkerWord::InvalidParams, message.to_owned()));
        }
    };
    if let Some(foreign) = foreign(command, &params) {
        let message = format!("the command {name} takes no {foreign}");
        return Err(wrong(WorkerWord::InvalidParams, message));
    }
    Ok(Command {
        id,
        name: command,
        params,
    })
}

fn object(line: &Line) -> Result<Map<String, Value>, Wrong> {
    let Line::Whole(bytes) = line else {
        let message = "the line is longer than 1 MiB";
        return Err(Wrong::new(None, WorkerWord::InvalidLine, message));
    };
    #[expect(clippy::disallowed_methods, reason = "the rule is one of the tests")]
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        let message = format!("the line is no JSON: {}", clean(&error.to_string(), 200));
        Wrong::new(None, WorkerWord::InvalidLine, message)
    })?;
    let Value::Object(fields) = value else {
        let message = "the line is JSON, but no object with an id and a command";
        return Err(Wrong::new(None, WorkerWord::InvalidRequest, message));
    };
    Ok(fields)
}

fn id(value: Option<Value>) -> Result<WorkerId, Wrong> {
    match value {
        Some(Value::Number(number)) => Ok(WorkerId::Number(number)),
        Some(Value::String(text)) if text.chars().count() <= LONGEST_ID => Ok(WorkerId::Text(text)),
        _ => {
            let message = "the field id is missing, or neither a number nor a text of at most 200 \
                characters";
            Err(Wrong::new(None, WorkerWord::InvalidRequest, message))
        }
    }
}

fn typed<T: DeserializeOwned>(value: Value) -> Result<T, String> {
    serde_json::from_value(value).map_err(|error| clean(&error.to_string(), 200))
}

/// The first parameter that the command does not take.
fn foreign(command: WorkerCommand, params: &WorkerParams) -> Option<&'static str> {
    let connects = command == WorkerCommand::Connect;
    let summary = command == WorkerCommand::AccountSummary;
    let values = command == WorkerCommand::AccountValues;
    let given = [
        ("host", params.host.is_some(), connects),
        ("port", params.port.is_some(), connects),
        ("client_id", params.client_id.is_some(), connects),
        ("reconnect", params.reconnect.is_some(), connects),
        ("group", params.group.is_some(), summary),
        ("tags", params.tags.is_some(), summary),
        ("account", params.account.is_some(), values),
        ("model", params.model.is_some(), values),
    ];
    let mut foreign = given
        .into_iter()
        .filter(|(_, given, takes)| *given && !takes);
    foreign.next().map(|(name, ..)| name)
}

/// The deadline of a command.
pub(super) fn deadline(params: &WorkerParams, usual: Duration) -> Duration {
    let given = params.timeout_ms.map(Duration::from_millis);
    given.unwrap_or(usual).min(LONGEST)
}

/// What a connect is to connect to, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) target: Target,
    pub(super) client_id: ClientId,
    pub(super) reconnect: bool,
}

/// The meaning of the parameters of a connect; `simulated` is the Gateway of `--sim`.
pub(super) fn wanted(
    params: &WorkerParams,
    simulated: Option<&Target>,
) -> Result<Wanted, WorkerError> {
    let wrong = |message: String| WorkerError::new(WorkerWord::InvalidParams, message);
    let target = match (params.port, simulated) {
        (None, Some(target)) if params.host.is_none() => target.clone(),
        (_, Some(_)) => {
            let message = "--sim brings its own Gateway: connect takes neither host nor port";
            return Err(wrong(message.to_owned()));
        }
        (None | Some(0), None) => {
            let message = "connect needs a port, such as 4002 for paper trading";
            return Err(wrong(message.to_owned()));
        }
        (Some(port), None) => {
            let host = params.host.as_deref().unwrap_or("127.0.0.1");
            let text = if host.contains(':') {
                format!("[{host}]:{port}")
            } else {
                format!("{host}:{port}")
            };
            text.parse::<Target>().map_err(wrong)?
        }
    };
    let client_id = match &params.client_id {
        None => ClientId::Auto,
        Some(WorkerClientId::Named(name)) => name.parse().map_err(wrong)?,
        Some(WorkerClientId::Fixed(id)) => id.to_string().parse().map_err(wrong)?,
    };
    Ok(Wanted {
        target,
        client_id,
        reconnect: params.reconnect.unwrap_or(true),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Command, Wrong> {
        parse(&Line::Whole(text.as_bytes().to_vec()))
    }

    fn code(text: &str) -> (Option<WorkerId>, String) {
        let wrong = parsed(text).expect_err(text);
        let code = serde_json::to_value(wrong.error.code).expect("a code");
        (wrong.id, code.as_str().expect("a text").to_owned())
    }

    #[test]
    fn a_line_that_cannot_be_answered_has_no_id() {
        for text in ["", "x", "{", "{\"id\":1} x", "\u{0}", "[1]", "1", "null"] {
            assert_eq!(code(text).0, None, "{text}");
        }
        for id in [
            "null",
            "true",
            "[1]",
            "{}",
            &format!("\"{}\"", "x".repeat(201)),
        ] {
            let text = format!("{{\"id\":{id},\"command\":\"ping\"}}");
            assert_eq!(code(&text), (None, "invalid-request".to_owned()), "{text}");
        }
        let too_long = parse(&Line::TooLong).expect_err("too long");
        assert_eq!(too_long.error.code, WorkerWord::InvalidLine.into());
    }

    #[test]
    fn a_slip_is_told_with_the_id_of_its_line() {
        for (rest, expected) in [
            ("", "invalid-request"),
            (r#","command":7"#, "invalid-request"),
            (r#","command":"ping","param":{}"#, "invalid-request"),
            (r#","command":"place_order""#, "unknown-command"),
            (r#","command":"get_ping""#, "unknown-command"),
            (r#","command":"ping","params":{"port":1}"#, "invalid-params"),
            (r#","command":"ping","params":{"new":1}"#, "invalid-params"),
            (r#","command":"ping","params":[]"#, "invalid-params"),
            (
                r#","command":"connect","params":{"port":70000}"#,
                "invalid-params",
            ),
        ] {
            let text = format!("{{\"id\":\"a\"{rest}}}");
            let id = Some(WorkerId::Text("a".to_owned()));
            assert_eq!(code(&text), (id, expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn every_other_name_is_that_of_its_command() {
        for (name, command) in crate::report::worker::ALIASES {
            let text = format!("{{\"id\":1.5,\"command\":\"{name}\",\"params\":null}}");
            assert_eq!(parsed(&text).expect("a command").name, command, "{name}");
        }
    }

    #[test]
    fn a_connect_says_where_and_how() {
        let params = |text: &str| {
            let text = format!("{{\"id\":1,\"command\":\"connect\",\"params\":{text}}}");
            parsed(&text).expect("a command").params
        };
        let all = params(r#"{"host":"::1","port":4002,"client_id":7,"reconnect":false}"#);
        let expected = Wanted {
            target: "[::1]:4002".parse().expect("a target"),
            client_id: ClientId::Fixed(7),
            reconnect: false,
        };
        assert_eq!(wanted(&all, None), Ok(expected));
        let usual = wanted(&params(r#"{"port":4002,"client_id":"auto"}"#), None);
        let usual = usual.expect("a port is enough");
        assert!(usual.reconnect && usual.client_id == ClientId::Auto);
        assert_eq!(usual.target, Target::loopback(4002));
        let simulated = Target::loopback(1);
        for (text, simulated) in [
            ("{}", None),
            (r#"{"port":0}"#, None),
            (r#"{"port":1,"host":"a b"}"#, None),
            (r#"{"port":1,"client_id":-1}"#, None),
            (r#"{"port":1,"client_id":"any"}"#, None),
            (r#"{"port":1}"#, Some(&simulated)),
            (r#"{"host":"x"}"#, Some(&simulated)),
        ] {
            assert!(wanted(&params(text), simulated).is_err(), "{text}");
        }
    }
}
