//! What is written in the course of a login, and what is told of it.

use super::{ANSWERED, ASKED, DONE, START};

/// A name, what was written, and what is told of it, where `{API}` stands for its port and mode.
pub(super) type Course = (&'static str, &'static [&'static str], &'static str);

pub(super) const COURSES: &[Course] = &[
    ("empty", &[], ""),
    (
        "only other lines",
        &["06:00:00 !!!!!\n06:00:00 whatever\n"],
        "",
    ),
    (
        "start",
        &["06:00:00 version: 3.23.0\n"],
        "IBC started it at 06:00:00, and no login yet",
    ),
    ("logging in", &[START], "logging in, begun at 06:00:02"),
    (
        "third attempt",
        &[START, "06:01:02 Login attempt: 3\n"],
        "logging in, begun at 06:00:02, attempt 3",
    ),
    (
        "second factor",
        &[START, ASKED],
        "second factor asked at 06:00:11, not answered",
    ),
    (
        "security card",
        &[
            START,
            "06:00:12 detected dialog entitled: Security Code Card; event=Activated\n",
        ],
        "second factor asked at 06:00:12, not answered",
    ),
    (
        "activated again and again is one question",
        &[
            START,
            ASKED,
            "06:00:13 detected dialog entitled: Second Factor Authentication; event=Deactivated\n06:00:14 detected dialog entitled: Second Factor Authentication; event=Activated\n",
        ],
        "second factor asked at 06:00:11, not answered",
    ),
    (
        "asked twice",
        &[
            START,
            ASKED,
            ANSWERED,
            "06:00:50 detected dialog entitled: Second Factor Authentication; event=Activated\n",
        ],
        "second factor asked at 06:00:50, for the second time, not answered",
    ),
    (
        "answered",
        &[
            START,
            ASKED,
            ANSWERED,
            "06:00:40 Duration since login: 37 seconds\n06:00:40 If login has not completed, IBC will exit in 20 seconds\n",
        ],
        "the second factor's dialog closed at 06:00:40, the login is not complete",
    ),
    (
        "missed",
        &[
            START,
            ASKED,
            "06:03:11 detected dialog entitled: Second Factor Authentication; event=Closed\n06:03:12 !!!!!\n06:03:12 IBC closing because login has not completed after Second Factor Authentication\n06:03:12 !!!!!\n",
        ],
        "second factor asked at 06:00:11, not answered; IBC gave up at 06:03:12",
    ),
    (
        "missed, by the script",
        &[START, ASKED, "IBC returned exit status 87\n"],
        "second factor asked at 06:00:11, not answered; IBC gave up at 06:00:11",
    ),
    (
        "no dialog",
        &[
            "06:00:00 version: 3.23.0\n06:01:00 IBC closing after TWS/Gateway failed to display login dialog\nIBC returned exit status 88\n",
        ],
        "no login dialog was displayed; IBC gave up at 06:01:00",
    ),
    (
        "whole",
        &[START, ASKED, ANSWERED, DONE],
        "completed 06:00:45; {API}",
    ),
    (
        "without a second factor",
        &[START, DONE],
        "completed 06:00:45; {API}",
    ),
    (
        "port set anew",
        &[
            START,
            DONE,
            "06:00:50 TWS API socket port is now set to 7777\n06:00:51 Read-Only API checkbox is now set to: true\n",
        ],
        "completed 06:00:45; API port 7777, Read-Only on",
    ),
    (
        "lost",
        &[
            START,
            DONE,
            "10:00:00 detected dialog entitled: Re-login is required; event=Opened\n",
        ],
        "session lost at 10:00:00, a new login is needed; {API}",
    ),
    (
        "lost again and again",
        &[
            START,
            DONE,
            "10:00:00 Re-login is required\n10:05:00 Re-login is required\n",
        ],
        "session lost at 10:00:00, a new login was asked for 2 times; {API}",
    ),
    (
        "lost and back",
        &[
            START,
            DONE,
            "10:00:00 Re-login is required\n10:05:00 Login attempt: 1\n10:05:30 Login has completed\n",
        ],
        "completed 10:05:30; {API}",
    ),
    (
        "existing session",
        &[
            START,
            "06:00:05 detected dialog entitled: Existing session detected; event=Opened\n06:00:05 scenario 3\n",
        ],
        "logging in, begun at 06:00:02; open: Existing session detected since 06:00:05",
    ),
    (
        "existing session closed",
        &[
            START,
            "06:00:05 detected dialog entitled: Existing session detected; event=Opened\n06:00:06 detected dialog entitled: Existing session detected; event=Closed\n",
            DONE,
        ],
        "completed 06:00:45; {API}",
    ),
    (
        "hand-off",
        &[
            START,
            DONE,
            "11:00:00 detected dialog entitled: Trading Login Handoff; event=Opened\n",
        ],
        "completed 06:00:45; open: Trading Login Handoff since 11:00:00; {API}",
    ),
    (
        "untrusted",
        &[
            START,
            DONE,
            "11:00:00 Accept incoming connection from 10.0.0.7?\n",
        ],
        "completed 06:00:45; open: Accept incoming connection since 11:00:00; {API}",
    ),
    (
        "untrusted, answered by IBC",
        &[
            "IBC Settings:\n    AcceptIncomingConnectionAction=accept\nEnd IBC Settings\n06:00:00 version: 3.23.0\n",
            DONE,
            "11:00:00 Accept incoming connection from 10.0.0.7?\n",
        ],
        "completed 06:00:45; {API}",
    ),
    (
        "write access",
        &[
            START,
            DONE,
            "11:00:00 detected dialog entitled: API client needs write access action confirmation; event=Opened\n",
        ],
        "completed 06:00:45; open: API client needs write access action confirmation since 11:00:00; {API}",
    ),
    (
        "credentials",
        &[
            START,
            "06:00:09 detected dialog entitled: Login failed; event=Opened\n06:00:09 Unrecognized Username or Password\n06:00:09 Login failed\n",
        ],
        "refused at 06:00:09: user name or password",
    ),
    (
        "locked out",
        &[START, "06:00:09 Too many failed login attempts\n"],
        "refused at 06:00:09: too many failed attempts",
    ),
    (
        "not available",
        &[START, "06:00:09 The system is not currently available\n"],
        "refused at 06:00:09: IBKR's system is not available",
    ),
    (
        "not available, and tried again",
        &[
            START,
            "06:00:09 The system is not currently available\n06:10:09 Login attempt: 2\n06:10:19 The system is not currently available\n",
        ],
        "refused at 06:10:19: IBKR's system is not available",
    ),
    (
        "an older IBC writes a capital letter",
        &[
            START,
            "06:00:11 Detected dialog entitled: Second Factor Authentication; event=Activated\n",
        ],
        "second factor asked at 06:00:11, not answered",
    ),
    (
        "ended",
        &[START, DONE, "23:00:00 x\nIBC returned exit status 0\n"],
        "the Gateway ended at 23:00:00 with status 0; {API}",
    ),
    (
        "cold restart",
        &[
            "Cold restart in progress\n",
            START,
            "06:00:05 autorestart file not found\n",
        ],
        "logging in, begun at 06:00:02; started without an autorestart file, so with a whole login",
    ),
    (
        "command server",
        &[
            START,
            DONE,
            "06:00:47 CommandServer listening on addresses: 127.0.0.1,172.18.0.2; port: 7462\n",
        ],
        "completed 06:00:45; {API}; IBC's command server on port 7462, on other addresses than loopback too",
    ),
    (
        "a day before",
        &[
            "2026-11-26 23:59:50:000 IBC: Login attempt: 1\n2026-11-26 23:59:58:000 IBC: Login has completed\n00:00:05 x\n",
        ],
        "completed 2026-11-26 23:59:58",
    ),
    (
        "across midnight",
        &[
            "2026-11-26 23:59:58:000 IBC: Second Factor Authentication initiated\n00:00:05 Login has completed\n",
        ],
        "completed 00:00:05",
    ),
    (
        "the clock is set back",
        &["03:00:00 Second Factor Authentication initiated\n02:00:05 Login has completed\n"],
        "completed 02:00:05",
    ),
    (
        "a second start",
        &[START, DONE, "07:00:00 version: 3.23.0\n"],
        "IBC started it at 07:00:00, and no login yet",
    ),
    (
        "a night of second factors",
        &[
            START,
            "06:00:11 detected dialog entitled: Second Factor Authentication; event=Opened\n\
                 06:00:11 Second Factor Authentication initiated\n\
                 06:00:11 detected dialog entitled: Second Factor Authentication; event=Activated\n\
                 06:04:19 detected dialog entitled: Second Factor Authentication; event=Closed\n\
                 06:04:19 Re-login after second factor authentication timeout in 5 second\n\
                 06:04:24 Login attempt: 2\n\
                 06:04:30 detected dialog entitled: Second Factor Authentication; event=Opened\n",
        ],
        "second factor asked at 06:04:30, for the second time, not answered",
    ),
    (
        "given up, and started again by the script",
        &[
            START,
            ASKED,
            ANSWERED,
            "06:00:40 If login has not completed, IBC will exit in 60 seconds\n\
                 06:01:40 Exiting with exit code=1111\nIBC returned exit status 87\n\
                 autorestart file not found: full authentication will be required\n\
                 IBC will restart shortly\n\
                 IBC Settings:\n    FIX=no\nEnd IBC Settings\n06:01:44 version: 3.23.0\n\
                 06:01:47 Login attempt: 1\n",
        ],
        "logging in, begun at 06:01:47; started without an autorestart file, so with a whole login",
    ),
    (
        "no one repeats it",
        &[
            START,
            ASKED,
            "06:03:20 detected dialog entitled: Second Factor Authentication; event=Closed\n\
                 06:03:20 Re-login after second factor authentication timeout not required\n",
        ],
        "second factor asked at 06:00:11, not answered; IBC gave up at 06:03:20",
    ),
    (
        "lost, and asked anew by IBC",
        &[
            START,
            DONE,
            "23:45:00 detected dialog entitled: Re-login is required; event=Opened\n\
                 23:45:00 Re-login to session\n23:45:00 Click button: Re-login\n\
                 23:45:00 detected dialog entitled: Re-login is required; event=Closed\n",
        ],
        "logging in, begun at 23:45:00; {API}",
    ),
    (
        "an automatic restart",
        &[
            START,
            DONE,
            "23:55:00 detected dialog entitled: Restart in progress; event=Opened\n\
                 IBC returned exit status 0\nautorestart file found at x: authentication will not be required\n\
                 IBC Settings:\n    FIX=no\nEnd IBC Settings\n23:55:05 version: 3.23.0\n\
                 23:55:06 Re-starting session\n23:55:30 Login has completed\n",
        ],
        "completed 23:55:30",
    ),
    (
        "a client that is not trusted, by its label",
        &[
            START,
            DONE,
            "11:00:00 detected dialog entitled: Gateway; event=Opened\n\
                 |   null(javax.swing.JLabel){JLabel: Accept incoming connection from 10.0.0.7?}\n",
        ],
        "completed 06:00:45; open: another dialog, whose title is not repeated since 11:00:00, \
                 Accept incoming connection since 11:00:00; {API}",
    ),
    (
        "restarted in full",
        &[
            START,
            ASKED,
            "IBC returned exit status 87\n07:00:00 version: 3.23.0\n07:00:09 Login attempt: 1\n",
            "07:00:45 Login has completed\n",
        ],
        "completed 07:00:45",
    ),
];
