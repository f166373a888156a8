//! Courses of a login, line by line.

mod courses;

use self::courses::COURSES;
use super::several::Logins;
use crate::evidence::log::read::{Log, Reader};

/// Each line begins with a time of 2026-11-27, or with a date of its own.
pub(super) fn log(lines: &str) -> Log {
    let mut reader = Reader::default();
    for line in lines
        .lines()
        .map(str::trim_start)
        .filter(|line| !line.is_empty())
    {
        let (time, text) = line.split_once(' ').unwrap_or((line, ""));
        let is_time = time.len() == 8 && time.as_bytes()[2] == b':';
        let line = if is_time {
            format!("2026-11-27 {time}:000 IBC: {text}\n")
        } else {
            format!("{line}\n")
        };
        reader.feed(line.as_bytes());
    }
    reader.log().clone()
}

pub(super) fn told(logins: &Logins, log: &Log) -> String {
    let told = logins.all().iter().map(|login| {
        let doubt = if login.is_doubtful { "? " } else { "" };
        let mode = login
            .mode
            .map_or_else(String::new, |mode| format!("{mode:?}: "));
        format!("{doubt}{mode}{}", login.words(log.last))
    });
    told.collect::<Vec<_>>().join(" | ")
}

const START: &str = "Starting IBC version 3.23.0 on Fri 11/27/2026 at 6:00:00\n\
    IBC Settings:\n    FIX=no\n    IbPassword=***\nEnd IBC Settings\n\
    06:00:00 version: 3.23.0\n06:00:01 Starting Gateway\n\
    06:00:01 Starting session: will exit if login dialog is not displayed within 60 seconds\n\
    06:00:02 Login dialog WINDOW_OPENED: LoginState is LOGGED_OUT\n\
    06:00:02 Login attempt: 1\n06:00:03 Click button: Log In\n";
const ASKED: &str = "06:00:11 detected dialog entitled: Second Factor Authentication; event=Activated\n\
    06:00:11 Second Factor Authentication initiated\n";
const ANSWERED: &str =
    "06:00:40 detected dialog entitled: Second Factor Authentication; event=Closed\n";
const DONE: &str = "06:00:45 Login has completed\n06:00:46 TWS API socket port is already set to 4002\n\
    06:00:46 Read-Only API checkbox is now set to: false\n";
const API: &str = "API port 4002, Read-Only off";

#[test]
fn each_course_is_told_as_it_went() {
    assert!(COURSES.len() >= 30);
    for (name, lines, expected) in COURSES {
        let log = log(&lines.concat());
        let expected = expected.replace("{API}", API);
        assert_eq!(told(&log.logins, &log), expected, "{name}");
    }
}

#[test]
fn a_last_line_that_is_cut_does_not_count() {
    let text = "2026-11-27 06:00:46:000 IBC: TWS API socket port is now set to 4002";
    let mut reader = Reader::default();
    reader.feed(&text.as_bytes()[..text.len() - 1]);
    assert!(reader.log().logins.all().is_empty());
    reader.feed(b"2\r\n");
    assert_eq!(reader.log().logins.all()[0].port, Some(4002));
}

#[test]
fn what_socat_met_counts_since_the_last_login() {
    let refused =
        "2026/11/27 06:00:01 socat[9] E connect(5, AF=2 127.0.0.1:4002, 16): Connection refused\n";
    let before = log(&[START, refused, refused].concat());
    assert_eq!(before.relays[0].count, 2);
    assert!(log(&[START, refused, DONE].concat()).relays.is_empty());
    assert_eq!(log(&[START, DONE, refused].concat()).relays[0].port, 4002);
}
