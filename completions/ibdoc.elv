
use builtin;
use str;

set edit:completion:arg-completer[ibdoc] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'ibdoc'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'ibdoc'= {
            cand --timeout 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s'
            cand --deadline 'Deadline of the whole command (handshake and remote probe: 60s)'
            cand --format 'How the answer is written'
            cand --color 'When to use colour'
            cand --fail-on 'From which verdict on the exit status is not 0'
            cand --netns 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)'
            cand --scenario 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)'
            cand --json 'Short for --format json'
            cand -q 'Print the one line that matters, and nothing when healthy'
            cand --quiet 'Print the one line that matters, and nothing when healthy'
            cand -v 'Log to stderr; twice: every frame by kind and size'
            cand --verbose 'Log to stderr; twice: every frame by kind and size'
            cand --show-accounts 'Print account numbers in full'
            cand --force 'Connect even when the Gateway''s accept queue is stuck'
            cand --sim 'Run against an embedded simulated Gateway'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand doctor 'Everything in order, one diagnosis, remedies in order'
            cand probe 'Who listens, and is it reachable'
            cand handshake 'Run the API handshake with every stage timed'
            cand zombies 'List half-closed and unaccepted sockets, and end orphaned clients'
            cand soak 'Run N handshakes, then hold one session for M minutes'
            cand health 'One line and status 0 or 1, for container and service health checks'
            cand explain 'What a finding code, an error number of IB''s or a line of a log means'
            cand schema 'The JSON schema of what --json and --format ndjson print'
            cand sim 'Run the simulated Gateway on its own, on a loopback port'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ibdoc;doctor'= {
            cand --wait 'Wait until a handshake brings the accounts, at most this long'
            cand --announce 'Range of API versions to announce'
            cand --client-timeout 'How long the usual clients wait: what is missing then is asked again'
            cand --timeout 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s'
            cand --deadline 'Deadline of the whole command (handshake and remote probe: 60s)'
            cand --format 'How the answer is written'
            cand --color 'When to use colour'
            cand --fail-on 'From which verdict on the exit status is not 0'
            cand --netns 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)'
            cand --scenario 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)'
            cand --quick 'No second handshake'
            cand --account-updates 'Also subscribe to account updates (disturbs another program''s subscription)'
            cand --orders 'Also ask for open and completed orders (a Read-Only Gateway may show a dialog)'
            cand --json 'Short for --format json'
            cand -q 'Print the one line that matters, and nothing when healthy'
            cand --quiet 'Print the one line that matters, and nothing when healthy'
            cand -v 'Log to stderr; twice: every frame by kind and size'
            cand --verbose 'Log to stderr; twice: every frame by kind and size'
            cand --show-accounts 'Print account numbers in full'
            cand --force 'Connect even when the Gateway''s accept queue is stuck'
            cand --sim 'Run against an embedded simulated Gateway'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ibdoc;probe'= {
            cand --wait 'Wait until it is reachable, at most this long'
            cand --timeout 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s'
            cand --deadline 'Deadline of the whole command (handshake and remote probe: 60s)'
            cand --format 'How the answer is written'
            cand --color 'When to use colour'
            cand --fail-on 'From which verdict on the exit status is not 0'
            cand --netns 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)'
            cand --scenario 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)'
            cand --connect 'Also connect to local targets, with a whole handshake'
            cand --tcp-only 'Connect to remote targets without an API handshake, and reset'
            cand --json 'Short for --format json'
            cand -q 'Print the one line that matters, and nothing when healthy'
            cand --quiet 'Print the one line that matters, and nothing when healthy'
            cand -v 'Log to stderr; twice: every frame by kind and size'
            cand --verbose 'Log to stderr; twice: every frame by kind and size'
            cand --show-accounts 'Print account numbers in full'
            cand --force 'Connect even when the Gateway''s accept queue is stuck'
            cand --sim 'Run against an embedded simulated Gateway'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ibdoc;handshake'= {
            cand --client-id 'Client id, or auto for a free one of 9000 to 9999'
            cand --as 'Announce, wait and ask as a client library does at its start, and tell whether it would have connected and after how long; all compares them'
            cand --gap 'Pause between the handshakes of --as'
            cand --announce 'Range of API versions to announce'
            cand --client-timeout 'How long the usual clients wait: what is missing then is asked again'
            cand --timeout 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s'
            cand --deadline 'Deadline of the whole command (handshake and remote probe: 60s)'
            cand --format 'How the answer is written'
            cand --color 'When to use colour'
            cand --fail-on 'From which verdict on the exit status is not 0'
            cand --netns 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)'
            cand --scenario 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)'
            cand --as-is 'With --as: ask everything that the client asks, also open and completed orders (a Read-Only Gateway refuses them or shows a dialog) and account updates (ends another program''s subscription)'
            cand --account-updates 'Also subscribe to account updates (disturbs another program''s subscription)'
            cand --orders 'Also ask for open and completed orders (a Read-Only Gateway may show a dialog)'
            cand --json 'Short for --format json'
            cand -q 'Print the one line that matters, and nothing when healthy'
            cand --quiet 'Print the one line that matters, and nothing when healthy'
            cand -v 'Log to stderr; twice: every frame by kind and size'
            cand --verbose 'Log to stderr; twice: every frame by kind and size'
            cand --show-accounts 'Print account numbers in full'
            cand --force 'Connect even when the Gateway''s accept queue is stuck'
            cand --sim 'Run against an embedded simulated Gateway'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ibdoc;zombies'= {
            cand --port 'Gateway port to look at instead of the known ones; repeatable'
            cand --watch 'Keep looking until interrupted, and tell each socket that appears, changes or goes'
            cand --min-age 'Leave alone what has been half closed, or whose Gateway has been up, for less than this'
            cand --grace 'Between SIGTERM and SIGKILL'
            cand --pid 'With --kill or --heal only this process; to name it is to say yes; repeatable'
            cand --user 'As root: this user''s processes, by name or id, instead of root''s own'
            cand --timeout 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s'
            cand --deadline 'Deadline of the whole command (handshake and remote probe: 60s)'
            cand --format 'How the answer is written'
            cand --color 'When to use colour'
            cand --fail-on 'From which verdict on the exit status is not 0'
            cand --netns 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)'
            cand --scenario 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)'
            cand --kill 'End the orphaned clients, and with --pid those that are named, and nothing else'
            cand -i 'With --kill: ask on the terminal before each, those that need to be named included'
            cand --interactive 'With --kill: ask on the terminal before each, those that need to be named included'
            cand --heal 'Shut the half-closed sockets of living clients down: they live on (Linux)'
            cand --json 'Short for --format json'
            cand -q 'Print the one line that matters, and nothing when healthy'
            cand --quiet 'Print the one line that matters, and nothing when healthy'
            cand -v 'Log to stderr; twice: every frame by kind and size'
            cand --verbose 'Log to stderr; twice: every frame by kind and size'
            cand --show-accounts 'Print account numbers in full'
            cand --force 'Connect even when the Gateway''s accept queue is stuck'
            cand --sim 'Run against an embedded simulated Gateway'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ibdoc;soak'= {
            cand --wait 'Before it begins, wait until a handshake brings the accounts, at most this long'
            cand --attempts 'Handshakes, or runs of --exec, to make [default: 10, or none if only --minutes or --hours is given]'
            cand --gap 'Pause between handshakes, or before each run: some Gateway builds throttle fast ones'
            cand --minutes 'Then hold one session this long, with time requests and fetches; fractions allowed'
            cand --hours 'The same in hours'
            cand --report 'Also write the report to a file: .json, .junit.xml, .md or .html; may be repeated'
            cand --announce 'Range of API versions to announce'
            cand --client-timeout 'How long the usual clients wait: what is missing then is asked again'
            cand --min-success 'So much of the handshakes (with --exec: of the program''s runs) has to succeed'
            cand --max-connect-p95 '95th percentile of the TCP connects'
            cand --max-ready-p95 '95th percentile of the times until accounts and id are there'
            cand --max-ready 'The longest of these times'
            cand --max-missed-pings 'Time requests that stay unanswered, as does their repeat'
            cand --max-ping-p95 '95th percentile of the round trips of time requests'
            cand --max-missed-fetches 'Positions and account summaries that do not come'
            cand --max-drops 'Times that the other side ends the held session'
            cand --max-leaked 'Sockets left half closed or not accepted in the Gateway [default: 0 where it can be seen]'
            cand --exec-timeout 'Deadline of each run; what is left of it then is ended'
            cand --neutral 'After each run, a handshake of ibdoc''s own: does the Gateway still answer?'
            cand --timeout 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s'
            cand --deadline 'Deadline of the whole command (handshake and remote probe: 60s)'
            cand --format 'How the answer is written'
            cand --color 'When to use colour'
            cand --fail-on 'From which verdict on the exit status is not 0'
            cand --netns 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)'
            cand --scenario 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)'
            cand --keep-going 'Go on after three silent failures in a row'
            cand --account-updates 'Also subscribe to account updates (disturbs another program''s subscription)'
            cand --orders 'Also ask for open and completed orders (a Read-Only Gateway may show a dialog)'
            cand --exec 'Run this command --attempts times instead of ibdoc''s own handshakes'
            cand --show-output 'Pass what the program prints on to stderr'
            cand --json 'Short for --format json'
            cand -q 'Print the one line that matters, and nothing when healthy'
            cand --quiet 'Print the one line that matters, and nothing when healthy'
            cand -v 'Log to stderr; twice: every frame by kind and size'
            cand --verbose 'Log to stderr; twice: every frame by kind and size'
            cand --show-accounts 'Print account numbers in full'
            cand --force 'Connect even when the Gateway''s accept queue is stuck'
            cand --sim 'Run against an embedded simulated Gateway'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ibdoc;health'= {
            cand --timeout 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s'
            cand --deadline 'Deadline of the whole command (handshake and remote probe: 60s)'
            cand --format 'How the answer is written'
            cand --color 'When to use colour'
            cand --fail-on 'From which verdict on the exit status is not 0'
            cand --netns 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)'
            cand --scenario 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)'
            cand --strict 'Count what needs attention as not healthy'
            cand --json 'Short for --format json'
            cand -q 'Print the one line that matters, and nothing when healthy'
            cand --quiet 'Print the one line that matters, and nothing when healthy'
            cand -v 'Log to stderr; twice: every frame by kind and size'
            cand --verbose 'Log to stderr; twice: every frame by kind and size'
            cand --show-accounts 'Print account numbers in full'
            cand --force 'Connect even when the Gateway''s accept queue is stuck'
            cand --sim 'Run against an embedded simulated Gateway'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ibdoc;explain'= {
            cand --timeout 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s'
            cand --deadline 'Deadline of the whole command (handshake and remote probe: 60s)'
            cand --format 'How the answer is written'
            cand --color 'When to use colour'
            cand --fail-on 'From which verdict on the exit status is not 0'
            cand --netns 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)'
            cand --scenario 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)'
            cand --json 'Short for --format json'
            cand -q 'Print the one line that matters, and nothing when healthy'
            cand --quiet 'Print the one line that matters, and nothing when healthy'
            cand -v 'Log to stderr; twice: every frame by kind and size'
            cand --verbose 'Log to stderr; twice: every frame by kind and size'
            cand --show-accounts 'Print account numbers in full'
            cand --force 'Connect even when the Gateway''s accept queue is stuck'
            cand --sim 'Run against an embedded simulated Gateway'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ibdoc;schema'= {
            cand --timeout 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s'
            cand --deadline 'Deadline of the whole command (handshake and remote probe: 60s)'
            cand --format 'How the answer is written'
            cand --color 'When to use colour'
            cand --fail-on 'From which verdict on the exit status is not 0'
            cand --netns 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)'
            cand --scenario 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)'
            cand --json 'Short for --format json'
            cand -q 'Print the one line that matters, and nothing when healthy'
            cand --quiet 'Print the one line that matters, and nothing when healthy'
            cand -v 'Log to stderr; twice: every frame by kind and size'
            cand --verbose 'Log to stderr; twice: every frame by kind and size'
            cand --show-accounts 'Print account numbers in full'
            cand --force 'Connect even when the Gateway''s accept queue is stuck'
            cand --sim 'Run against an embedded simulated Gateway'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ibdoc;sim'= {
            cand --port 'Port on 127.0.0.1; 0 takes a free one and prints it'
            cand --server-version 'API version that the simulated Gateway speaks'
            cand --timeout 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s'
            cand --deadline 'Deadline of the whole command (handshake and remote probe: 60s)'
            cand --format 'How the answer is written'
            cand --color 'When to use colour'
            cand --fail-on 'From which verdict on the exit status is not 0'
            cand --netns 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)'
            cand --scenario 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)'
            cand --json 'Short for --format json'
            cand -q 'Print the one line that matters, and nothing when healthy'
            cand --quiet 'Print the one line that matters, and nothing when healthy'
            cand -v 'Log to stderr; twice: every frame by kind and size'
            cand --verbose 'Log to stderr; twice: every frame by kind and size'
            cand --show-accounts 'Print account numbers in full'
            cand --force 'Connect even when the Gateway''s accept queue is stuck'
            cand --sim 'Run against an embedded simulated Gateway'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ibdoc;help'= {
            cand doctor 'Everything in order, one diagnosis, remedies in order'
            cand probe 'Who listens, and is it reachable'
            cand handshake 'Run the API handshake with every stage timed'
            cand zombies 'List half-closed and unaccepted sockets, and end orphaned clients'
            cand soak 'Run N handshakes, then hold one session for M minutes'
            cand health 'One line and status 0 or 1, for container and service health checks'
            cand explain 'What a finding code, an error number of IB''s or a line of a log means'
            cand schema 'The JSON schema of what --json and --format ndjson print'
            cand sim 'Run the simulated Gateway on its own, on a loopback port'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ibdoc;help;doctor'= {
        }
        &'ibdoc;help;probe'= {
        }
        &'ibdoc;help;handshake'= {
        }
        &'ibdoc;help;zombies'= {
        }
        &'ibdoc;help;soak'= {
        }
        &'ibdoc;help;health'= {
        }
        &'ibdoc;help;explain'= {
        }
        &'ibdoc;help;schema'= {
        }
        &'ibdoc;help;sim'= {
        }
        &'ibdoc;help;help'= {
        }
    ]
    $completions[$command]
}
