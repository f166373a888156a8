//! Two Gateways in one log.

use crate::evidence::login::tests::{log, told};

const BOTH: &str = "IBC Settings:\n    TradingMode=live\nEnd IBC Settings\n05:59:00 version: 3.23.0\n\
    IBC Settings:\n    TradingMode=paper\nEnd IBC Settings\n05:59:15 version: 3.23.0\n\
    05:59:20 Click button: Log In\n05:59:21 Click button: Paper Log In\n";

#[test]
fn two_gateways_in_one_log_are_told_apart_as_far_as_their_lines_allow() {
    let table = [
        (
            "one has completed, whose it is shows by its port",
            "06:00:00 Login has completed\n06:00:01 TWS API socket port is already set to 4002\n",
            "Live: logging in, begun at 05:59:20 | Paper: completed 06:00:01; API port 4002",
        ),
        (
            "one has completed, and it is not told which",
            "06:00:00 Login has completed\n",
            "? Live: logging in, begun at 05:59:20 | ? Paper: logging in, begun at 05:59:21",
        ),
        (
            "the second factor is the live one's",
            "06:00:00 Second Factor Authentication initiated\n06:00:10 Login has completed\n\
             06:00:11 TWS API socket port is already set to 4002\n",
            "Live: second factor asked at 06:00:00, not answered | Paper: completed 06:00:11; API port 4002",
        ),
        (
            "both have completed",
            "06:00:00 Login has completed\n06:00:10 Login has completed\n\
             06:00:11 TWS API socket port is already set to 4001\n",
            "Live: completed 06:00:10; API port 4001 | Paper: completed 06:00:10",
        ),
        (
            "the live one waits for its second factor after the paper one has completed",
            "06:00:00 Login has completed\n06:00:01 TWS API socket port is already set to 4002\n\
             06:00:05 Click button: Log In\n06:00:05 Second Factor Authentication initiated\n",
            "Live: second factor asked at 06:00:05, not answered | Paper: completed 06:00:01; API port 4002",
        ),
        (
            "the paper one starts anew",
            "06:00:00 Login has completed\n06:00:01 Login has completed\n\
             07:00:00 version: 3.23.0\n07:00:00 Setting Trading mode = paper\n07:00:05 Second Factor Authentication initiated\n",
            "Live: completed 06:00:01 | Paper: second factor asked at 07:00:05, not answered",
        ),
    ];
    for (name, lines, expected) in table {
        let log = log(&format!("{BOTH}{lines}"));
        assert_eq!(told(&log.logins, &log), expected, "{name}");
    }
}
