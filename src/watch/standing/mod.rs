//! From what is seen of a Gateway to its state. Pure.

use crate::event::{OutageKind, State};
use crate::finding::Code;
use crate::text::words::counted;

/// What is seen of one Gateway now.
#[derive(Clone, Debug, Default)]
pub struct Signs {
    /// What the socket table shows.
    pub table: Table,
    /// The held session.
    pub session: Session,
    /// What the last fresh handshake beside it found, if it brought no accounts.
    pub fresh: Option<Trouble>,
    /// What the Gateway says is lost, with the name of a farm.
    pub lost: Vec<(OutageKind, String)>,
    /// Whether a restart was announced for now.
    pub announced: bool,
    /// What is wrong with the Gateway's JVM for longer than a moment.
    pub jvm: Option<Trouble>,
    /// What is wrong with it at the last look, in words.
    pub jvm_now: Option<String>,
    /// A client on this machine that leaves unread what the Gateway sends.
    pub clients: Option<Trouble>,
}

/// A finding in one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Its code.
    pub code: Code,
    /// What is wrong.
    pub reason: String,
}

impl Trouble {
    /// A finding in one sentence.
    pub fn new(code: Code, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { code, reason }
    }
}

/// What the socket table of this machine shows of a Gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Table {
    /// The Gateway is on another machine, or behind a packet filter: nothing is seen of it.
    #[default]
    Elsewhere,
    /// The table could not be read.
    Blind(String),
    /// Nothing listens.
    Absent,
    /// Something listens; what is wrong with its queue or its sockets, the worst first.
    Listens(Vec<Trouble>),
}

impl Table {
    /// Whether nothing is taken from the accept queue.
    pub fn is_stuck(&self) -> bool {
        self.stuck().is_some()
    }

    fn stuck(&self) -> Option<&Trouble> {
        let troubles = match self {
            Self::Listens(troubles) => troubles.as_slice(),
            Self::Elsewhere | Self::Blind(_) | Self::Absent => &[],
        };
        troubles.iter().find(|it| it.code == Code::AcceptQueueStuck)
    }
}

/// The held session, or why there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Session {
    /// None was tried yet.
    #[default]
    NotYet,
    /// It is up, and so many time requests in a row stayed unanswered.
    Up {
        /// Time requests in a row without an answer.
        missed: u32,
    },
    /// It ended, or could not be made.
    Lost(Trouble),
    /// This machine could not make one, or could not look before.
    Trouble(String),
}

/// The state of a Gateway, and what it rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The state.
    pub state: State,
    /// The finding, unless it is healthy or unknown.
    pub code: Option<Code>,
    /// Why, in one sentence.
    pub reason: String,
    /// Whether an announced restart lowers the severity.
    pub announced: bool,
}

impl Standing {
    /// Whether a change between the two is told: another wording of the same is none.
    pub fn differs(&self, other: &Self) -> bool {
        (self.state, self.code) != (other.state, other.code)
    }

    fn of(state: State, trouble: &Trouble) -> Self {
        Self {
            state,
            code: Some(trouble.code),
            reason: trouble.reason.clone(),
            announced: false,
        }
    }

    fn unknown(reason: impl Into<String>) -> Self {
        Self {
            state: State::Unknown,
            reason: reason.into(),
            ..Self::default()
        }
    }
}

/// The state that follows from what is seen; nothing before the first answer.
pub fn judge(signs: &Signs) -> Option<Standing> {
    let mut standing = match &signs.session {
        Session::Up { missed } => up(signs, *missed),
        Session::NotYet | Session::Lost(_) | Session::Trouble(_) => without_session(signs)?,
    };
    blame_jvm(&mut standing, signs);
    if standing.state == State::Down && signs.announced {
        standing.state = State::Attention;
        standing.announced = true;
        standing.reason.push_str("; a restart was announced");
    }
    Some(standing)
}

/// Takes the trouble of the Gateway's JVM for the cause of a silence, or tells of it beside what is found.
fn blame_jvm(standing: &mut Standing, signs: &Signs) {
    let is_silent = standing.state == State::Down && signs.table != Table::Absent;
    if let Some(jvm) = signs.jvm.as_ref().filter(|_| is_silent) {
        standing.code = Some(jvm.code);
        standing.reason = format!("{}; {}", jvm.reason, standing.reason);
        return;
    }
    let of_others = [
        Code::GatewayMemory,
        Code::GatewayPaused,
        Code::ClientNotReading,
    ];
    let is_other = |code: Code| !of_others.contains(&code);
    if let Some(words) = signs
        .jvm_now
        .as_ref()
        .filter(|_| standing.code.is_some_and(is_other))
    {
        standing.reason.push_str("; ");
        standing.reason.push_str(words);
    }
}

/// Two unanswered time requests in a row are no single lost answer.
const DOWN_AFTER: u32 = 2;

fn up(signs: &Signs, missed: u32) -> Standing {
    if missed > 0 {
        let requests = counted(missed, "time request");
        let reason = format!("the held session leaves {requests} in a row unanswered");
        let state = if missed < DOWN_AFTER {
            State::Attention
        } else {
            State::Down
        };
        return Standing::of(state, &Trouble::new(Code::HeartbeatLost, reason));
    }
    let table = match &signs.table {
        Table::Listens(troubles) => troubles.as_slice(),
        Table::Elsewhere | Table::Blind(_) | Table::Absent => &[],
    };
    let stuck = signs.table.stuck();
    let hangs = signs.fresh.as_ref().map(|fresh| {
        if fresh.code == Code::AcceptQueueStuck {
            // The look may see it too, before or after: it is one trouble.
            return fresh.clone();
        }
        let reason = format!(
            "the held session answers, a new one does not: {}",
            fresh.reason
        );
        Trouble::new(Code::NewSessionsHang, reason)
    });
    let lost = lost(&signs.lost);
    let ours = stuck.or(hangs.as_ref()).or(signs.jvm.as_ref());
    let others = lost.as_ref().or(table.first()).or(signs.clients.as_ref());
    let worst = ours.or(others);
    match worst {
        Some(trouble) => Standing::of(State::Attention, trouble),
        None => Standing {
            state: State::Healthy,
            code: None,
            reason: "the held session answers".to_owned(),
            announced: false,
        },
    }
}

fn lost(lost: &[(OutageKind, String)]) -> Option<Trouble> {
    let (what, name) = lost.iter().min_by_key(|(what, _)| *what)?;
    let code = match what {
        OutageKind::Upstream => Code::UpstreamLost,
        _ => Code::DataFarmDown,
    };
    let others = match lost.len() - 1 {
        0 => String::new(),
        others => format!(", and {}", counted(others, "other link")),
    };
    let reason = format!("the Gateway says that {} is lost{others}", what.words(name));
    Some(Trouble::new(code, reason))
}

fn without_session(signs: &Signs) -> Option<Standing> {
    if signs.table == Table::Absent {
        let absent = Trouble::new(Code::NotListening, "nothing listens on the port");
        return Some(Standing::of(State::Down, &absent));
    }
    if let Some(stuck) = signs.table.stuck() {
        return Some(Standing::of(State::Down, stuck));
    }
    match (&signs.session, &signs.table) {
        (Session::Lost(trouble), Table::Listens(others)) => {
            let mut standing = Standing::of(State::Down, trouble);
            for other in others {
                standing.reason.push_str("; ");
                standing.reason.push_str(&other.reason);
            }
            Some(standing)
        }
        (Session::Lost(trouble), _) => Some(Standing::of(State::Down, trouble)),
        (Session::Trouble(reason), _) | (_, Table::Blind(reason)) => {
            Some(Standing::unknown(reason.clone()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
