# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_ibdoc_global_optspecs
    string join \n timeout= deadline= format= json color= q/quiet v/verbose show-accounts fail-on= force netns= sim scenario= h/help V/version
end

function __fish_ibdoc_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_ibdoc_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_ibdoc_using_subcommand
    set -l cmd (__fish_ibdoc_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c ibdoc -n "__fish_ibdoc_needs_command" -l timeout -d 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s' -r
complete -c ibdoc -n "__fish_ibdoc_needs_command" -l deadline -d 'Deadline of the whole command (handshake and remote probe: 60s)' -r
complete -c ibdoc -n "__fish_ibdoc_needs_command" -l format -d 'How the answer is written' -r -f -a "text\t'For people'
json\t'One report, schema ibdoc/1'
ndjson\t'One event a line, the report last'"
complete -c ibdoc -n "__fish_ibdoc_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c ibdoc -n "__fish_ibdoc_needs_command" -l fail-on -d 'From which verdict on the exit status is not 0' -r -f -a "attention\t'Anything that needs attention'
failed\t'Only what does not work, or could not be looked at'"
complete -c ibdoc -n "__fish_ibdoc_needs_command" -l netns -d 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)' -r
complete -c ibdoc -n "__fish_ibdoc_needs_command" -l scenario -d 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)' -r
complete -c ibdoc -n "__fish_ibdoc_needs_command" -l json -d 'Short for --format json'
complete -c ibdoc -n "__fish_ibdoc_needs_command" -s q -l quiet -d 'Print the one line that matters, and nothing when healthy'
complete -c ibdoc -n "__fish_ibdoc_needs_command" -s v -l verbose -d 'Log to stderr; twice: every frame by kind and size'
complete -c ibdoc -n "__fish_ibdoc_needs_command" -l show-accounts -d 'Print account numbers in full'
complete -c ibdoc -n "__fish_ibdoc_needs_command" -l force -d 'Connect even when the Gateway\'s accept queue is stuck'
complete -c ibdoc -n "__fish_ibdoc_needs_command" -l sim -d 'Run against an embedded simulated Gateway'
complete -c ibdoc -n "__fish_ibdoc_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ibdoc -n "__fish_ibdoc_needs_command" -s V -l version -d 'Print version'
complete -c ibdoc -n "__fish_ibdoc_needs_command" -f -a "doctor" -d 'Everything in order, one diagnosis, remedies in order'
complete -c ibdoc -n "__fish_ibdoc_needs_command" -f -a "probe" -d 'Who listens, and is it reachable'
complete -c ibdoc -n "__fish_ibdoc_needs_command" -f -a "handshake" -d 'Run the API handshake with every stage timed'
complete -c ibdoc -n "__fish_ibdoc_needs_command" -f -a "zombies" -d 'List half-closed and unaccepted sockets, and end orphaned clients'
complete -c ibdoc -n "__fish_ibdoc_needs_command" -f -a "soak" -d 'Run N handshakes, then hold one session for M minutes'
complete -c ibdoc -n "__fish_ibdoc_needs_command" -f -a "health" -d 'One line and status 0 or 1, for container and service health checks'
complete -c ibdoc -n "__fish_ibdoc_needs_command" -f -a "compare" -d 'Two soaks: what differs, and whether that can be chance'
complete -c ibdoc -n "__fish_ibdoc_needs_command" -f -a "report" -d 'Show a JSON report again, and write it in other formats'
complete -c ibdoc -n "__fish_ibdoc_needs_command" -f -a "explain" -d 'What a finding code, an error number of IB\'s or a line of a log means'
complete -c ibdoc -n "__fish_ibdoc_needs_command" -f -a "schema" -d 'The JSON schema of what --json and --format ndjson print'
complete -c ibdoc -n "__fish_ibdoc_needs_command" -f -a "sim" -d 'Run the simulated Gateway on its own, on a loopback port'
complete -c ibdoc -n "__fish_ibdoc_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand doctor" -l wait -d 'Wait until a handshake brings the accounts, at most this long' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand doctor" -l report -d 'Also write the report to a file, in the format of its name: .json, .junit.xml, .md, .html or .prom, as far as this command has it; may be repeated' -r -F
complete -c ibdoc -n "__fish_ibdoc_using_subcommand doctor" -l announce -d 'Range of API versions to announce' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand doctor" -l client-timeout -d 'How long the usual clients wait: what is missing then is asked again' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand doctor" -l timeout -d 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand doctor" -l deadline -d 'Deadline of the whole command (handshake and remote probe: 60s)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand doctor" -l format -d 'How the answer is written' -r -f -a "text\t'For people'
json\t'One report, schema ibdoc/1'
ndjson\t'One event a line, the report last'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand doctor" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand doctor" -l fail-on -d 'From which verdict on the exit status is not 0' -r -f -a "attention\t'Anything that needs attention'
failed\t'Only what does not work, or could not be looked at'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand doctor" -l netns -d 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand doctor" -l scenario -d 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand doctor" -l quick -d 'No second handshake'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand doctor" -l account-updates -d 'Also subscribe to account updates (disturbs another program\'s subscription)'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand doctor" -l orders -d 'Also ask for open and completed orders (a Read-Only Gateway may show a dialog)'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand doctor" -l json -d 'Short for --format json'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand doctor" -s q -l quiet -d 'Print the one line that matters, and nothing when healthy'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand doctor" -s v -l verbose -d 'Log to stderr; twice: every frame by kind and size'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand doctor" -l show-accounts -d 'Print account numbers in full'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand doctor" -l force -d 'Connect even when the Gateway\'s accept queue is stuck'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand doctor" -l sim -d 'Run against an embedded simulated Gateway'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand probe" -l wait -d 'Wait until it is reachable, at most this long' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand probe" -l report -d 'Also write the report to a file, in the format of its name: .json, .junit.xml, .md, .html or .prom, as far as this command has it; may be repeated' -r -F
complete -c ibdoc -n "__fish_ibdoc_using_subcommand probe" -l timeout -d 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand probe" -l deadline -d 'Deadline of the whole command (handshake and remote probe: 60s)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand probe" -l format -d 'How the answer is written' -r -f -a "text\t'For people'
json\t'One report, schema ibdoc/1'
ndjson\t'One event a line, the report last'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand probe" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand probe" -l fail-on -d 'From which verdict on the exit status is not 0' -r -f -a "attention\t'Anything that needs attention'
failed\t'Only what does not work, or could not be looked at'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand probe" -l netns -d 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand probe" -l scenario -d 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand probe" -l connect -d 'Also connect to local targets, with a whole handshake'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand probe" -l tcp-only -d 'Connect to remote targets without an API handshake, and reset'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand probe" -l json -d 'Short for --format json'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand probe" -s q -l quiet -d 'Print the one line that matters, and nothing when healthy'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand probe" -s v -l verbose -d 'Log to stderr; twice: every frame by kind and size'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand probe" -l show-accounts -d 'Print account numbers in full'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand probe" -l force -d 'Connect even when the Gateway\'s accept queue is stuck'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand probe" -l sim -d 'Run against an embedded simulated Gateway'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand probe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand handshake" -l client-id -d 'Client id, or auto for a free one of 9000 to 9999' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand handshake" -l as -d 'Announce, wait and ask as a client library does at its start, and tell whether it would have connected and after how long; all compares them' -r -f -a "ib_insync\t''
ib_async\t''
official-9.81\t''
official-10.19\t''
official-10.30\t''
official-10.37\t''
official-10.40\t''
official-10.41\t''
official-10.42\t''
official-10.43\t''
official-10.44\t''
official-10.45\t''
official-10.46\t''
official-10.50\t''
stoqey\t''
ibapi\t''
all\t''"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand handshake" -l gap -d 'Pause between the handshakes of --as' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand handshake" -l report -d 'Also write the report to a file, in the format of its name: .json, .junit.xml, .md, .html or .prom, as far as this command has it; may be repeated' -r -F
complete -c ibdoc -n "__fish_ibdoc_using_subcommand handshake" -l announce -d 'Range of API versions to announce' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand handshake" -l client-timeout -d 'How long the usual clients wait: what is missing then is asked again' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand handshake" -l timeout -d 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand handshake" -l deadline -d 'Deadline of the whole command (handshake and remote probe: 60s)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand handshake" -l format -d 'How the answer is written' -r -f -a "text\t'For people'
json\t'One report, schema ibdoc/1'
ndjson\t'One event a line, the report last'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand handshake" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand handshake" -l fail-on -d 'From which verdict on the exit status is not 0' -r -f -a "attention\t'Anything that needs attention'
failed\t'Only what does not work, or could not be looked at'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand handshake" -l netns -d 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand handshake" -l scenario -d 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand handshake" -l as-is -d 'With --as: ask everything that the client asks, also open and completed orders (a Read-Only Gateway refuses them or shows a dialog) and account updates (ends another program\'s subscription)'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand handshake" -l account-updates -d 'Also subscribe to account updates (disturbs another program\'s subscription)'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand handshake" -l orders -d 'Also ask for open and completed orders (a Read-Only Gateway may show a dialog)'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand handshake" -l json -d 'Short for --format json'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand handshake" -s q -l quiet -d 'Print the one line that matters, and nothing when healthy'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand handshake" -s v -l verbose -d 'Log to stderr; twice: every frame by kind and size'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand handshake" -l show-accounts -d 'Print account numbers in full'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand handshake" -l force -d 'Connect even when the Gateway\'s accept queue is stuck'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand handshake" -l sim -d 'Run against an embedded simulated Gateway'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand handshake" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand zombies" -l port -d 'Gateway port to look at instead of the known ones; repeatable' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand zombies" -l watch -d 'Keep looking until interrupted, and tell each socket that appears, changes or goes' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand zombies" -l min-age -d 'Leave alone what has been half closed, or whose Gateway has been up, for less than this' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand zombies" -l grace -d 'Between SIGTERM and SIGKILL' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand zombies" -l pid -d 'With --kill or --heal only this process; to name it is to say yes; repeatable' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand zombies" -l user -d 'As root: this user\'s processes, by name or id, instead of root\'s own' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand zombies" -l report -d 'Also write the report to a file, in the format of its name: .json, .junit.xml, .md, .html or .prom, as far as this command has it; may be repeated' -r -F
complete -c ibdoc -n "__fish_ibdoc_using_subcommand zombies" -l timeout -d 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand zombies" -l deadline -d 'Deadline of the whole command (handshake and remote probe: 60s)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand zombies" -l format -d 'How the answer is written' -r -f -a "text\t'For people'
json\t'One report, schema ibdoc/1'
ndjson\t'One event a line, the report last'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand zombies" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand zombies" -l fail-on -d 'From which verdict on the exit status is not 0' -r -f -a "attention\t'Anything that needs attention'
failed\t'Only what does not work, or could not be looked at'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand zombies" -l netns -d 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand zombies" -l scenario -d 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand zombies" -l kill -d 'End the orphaned clients, and with --pid those that are named, and nothing else'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand zombies" -s i -l interactive -d 'With --kill: ask on the terminal before each, those that need to be named included'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand zombies" -l heal -d 'Shut the half-closed sockets of living clients down: they live on (Linux)'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand zombies" -l json -d 'Short for --format json'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand zombies" -s q -l quiet -d 'Print the one line that matters, and nothing when healthy'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand zombies" -s v -l verbose -d 'Log to stderr; twice: every frame by kind and size'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand zombies" -l show-accounts -d 'Print account numbers in full'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand zombies" -l force -d 'Connect even when the Gateway\'s accept queue is stuck'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand zombies" -l sim -d 'Run against an embedded simulated Gateway'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand zombies" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l attempts -d 'Handshakes, or runs of --exec, to make [default: 10, or none if only --minutes or --hours is given]' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l gap -d 'Pause between handshakes, or before each run: some Gateway builds throttle fast ones' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l minutes -d 'Then hold one session this long, with time requests and fetches; fractions allowed' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l hours -d 'The same in hours' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l announce -d 'Range of API versions to announce' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l client-timeout -d 'How long the usual clients wait: what is missing then is asked again' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l min-success -d 'So much of the handshakes (with --exec: of the program\'s runs) has to succeed' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l max-connect-p95 -d '95th percentile of the TCP connects' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l max-ready-p95 -d '95th percentile of the times until accounts and id are there' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l max-ready -d 'The longest of these times' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l max-missed-pings -d 'Time requests that stay unanswered, as does their repeat' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l max-ping-p95 -d '95th percentile of the round trips of time requests' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l max-missed-fetches -d 'Positions and account summaries that do not come' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l max-drops -d 'Times that the other side ends the held session' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l max-leaked -d 'Sockets left half closed or not accepted in the Gateway [default: 0 where it can be seen]' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l exec-timeout -d 'Deadline of each run; what is left of it then is ended' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l neutral -d 'After each run, a handshake of ibdoc\'s own: does the Gateway still answer?' -r -f -a "true\t''
false\t''"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l report -d 'Also write the report to a file, in the format of its name: .json, .junit.xml, .md, .html or .prom, as far as this command has it; may be repeated' -r -F
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l timeout -d 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l deadline -d 'Deadline of the whole command (handshake and remote probe: 60s)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l format -d 'How the answer is written' -r -f -a "text\t'For people'
json\t'One report, schema ibdoc/1'
ndjson\t'One event a line, the report last'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l fail-on -d 'From which verdict on the exit status is not 0' -r -f -a "attention\t'Anything that needs attention'
failed\t'Only what does not work, or could not be looked at'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l netns -d 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l scenario -d 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l keep-going -d 'Go on after three silent failures in a row'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l account-updates -d 'Also subscribe to account updates (disturbs another program\'s subscription)'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l orders -d 'Also ask for open and completed orders (a Read-Only Gateway may show a dialog)'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l exec -d 'Run this command --attempts times instead of ibdoc\'s own handshakes'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l show-output -d 'Pass what the program prints on to stderr'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l json -d 'Short for --format json'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -s q -l quiet -d 'Print the one line that matters, and nothing when healthy'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -s v -l verbose -d 'Log to stderr; twice: every frame by kind and size'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l show-accounts -d 'Print account numbers in full'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l force -d 'Connect even when the Gateway\'s accept queue is stuck'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -l sim -d 'Run against an embedded simulated Gateway'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand soak" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand health" -l report -d 'Also write the report to a file, in the format of its name: .json, .junit.xml, .md, .html or .prom, as far as this command has it; may be repeated' -r -F
complete -c ibdoc -n "__fish_ibdoc_using_subcommand health" -l timeout -d 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand health" -l deadline -d 'Deadline of the whole command (handshake and remote probe: 60s)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand health" -l format -d 'How the answer is written' -r -f -a "text\t'For people'
json\t'One report, schema ibdoc/1'
ndjson\t'One event a line, the report last'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand health" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand health" -l fail-on -d 'From which verdict on the exit status is not 0' -r -f -a "attention\t'Anything that needs attention'
failed\t'Only what does not work, or could not be looked at'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand health" -l netns -d 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand health" -l scenario -d 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand health" -l strict -d 'Count what needs attention as not healthy'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand health" -l json -d 'Short for --format json'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand health" -s q -l quiet -d 'Print the one line that matters, and nothing when healthy'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand health" -s v -l verbose -d 'Log to stderr; twice: every frame by kind and size'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand health" -l show-accounts -d 'Print account numbers in full'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand health" -l force -d 'Connect even when the Gateway\'s accept queue is stuck'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand health" -l sim -d 'Run against an embedded simulated Gateway'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand health" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand compare" -l fail-if -d 'End with status 3 if the second one is shown to be worse' -r -f -a "worse\t'The second soak is shown to be worse in anything'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand compare" -l report -d 'Also write the report to a file, in the format of its name: .json, .junit.xml, .md, .html or .prom, as far as this command has it; may be repeated' -r -F
complete -c ibdoc -n "__fish_ibdoc_using_subcommand compare" -l timeout -d 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand compare" -l deadline -d 'Deadline of the whole command (handshake and remote probe: 60s)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand compare" -l format -d 'How the answer is written' -r -f -a "text\t'For people'
json\t'One report, schema ibdoc/1'
ndjson\t'One event a line, the report last'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand compare" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand compare" -l fail-on -d 'From which verdict on the exit status is not 0' -r -f -a "attention\t'Anything that needs attention'
failed\t'Only what does not work, or could not be looked at'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand compare" -l netns -d 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand compare" -l scenario -d 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand compare" -l json -d 'Short for --format json'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand compare" -s q -l quiet -d 'Print the one line that matters, and nothing when healthy'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand compare" -s v -l verbose -d 'Log to stderr; twice: every frame by kind and size'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand compare" -l show-accounts -d 'Print account numbers in full'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand compare" -l force -d 'Connect even when the Gateway\'s accept queue is stuck'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand compare" -l sim -d 'Run against an embedded simulated Gateway'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand compare" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand report" -l report -d 'Also write the report to a file, in the format of its name: .json, .junit.xml, .md, .html or .prom, as far as this command has it; may be repeated' -r -F
complete -c ibdoc -n "__fish_ibdoc_using_subcommand report" -l timeout -d 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand report" -l deadline -d 'Deadline of the whole command (handshake and remote probe: 60s)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand report" -l format -d 'How the answer is written' -r -f -a "text\t'For people'
json\t'One report, schema ibdoc/1'
ndjson\t'One event a line, the report last'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand report" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand report" -l fail-on -d 'From which verdict on the exit status is not 0' -r -f -a "attention\t'Anything that needs attention'
failed\t'Only what does not work, or could not be looked at'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand report" -l netns -d 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand report" -l scenario -d 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand report" -l json -d 'Short for --format json'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand report" -s q -l quiet -d 'Print the one line that matters, and nothing when healthy'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand report" -s v -l verbose -d 'Log to stderr; twice: every frame by kind and size'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand report" -l show-accounts -d 'Print account numbers in full'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand report" -l force -d 'Connect even when the Gateway\'s accept queue is stuck'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand report" -l sim -d 'Run against an embedded simulated Gateway'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand explain" -l timeout -d 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand explain" -l deadline -d 'Deadline of the whole command (handshake and remote probe: 60s)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand explain" -l format -d 'How the answer is written' -r -f -a "text\t'For people'
json\t'One report, schema ibdoc/1'
ndjson\t'One event a line, the report last'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand explain" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand explain" -l fail-on -d 'From which verdict on the exit status is not 0' -r -f -a "attention\t'Anything that needs attention'
failed\t'Only what does not work, or could not be looked at'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand explain" -l netns -d 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand explain" -l scenario -d 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand explain" -l json -d 'Short for --format json'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand explain" -s q -l quiet -d 'Print the one line that matters, and nothing when healthy'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand explain" -s v -l verbose -d 'Log to stderr; twice: every frame by kind and size'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand explain" -l show-accounts -d 'Print account numbers in full'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand explain" -l force -d 'Connect even when the Gateway\'s accept queue is stuck'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand explain" -l sim -d 'Run against an embedded simulated Gateway'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand schema" -l timeout -d 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand schema" -l deadline -d 'Deadline of the whole command (handshake and remote probe: 60s)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand schema" -l format -d 'How the answer is written' -r -f -a "text\t'For people'
json\t'One report, schema ibdoc/1'
ndjson\t'One event a line, the report last'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand schema" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand schema" -l fail-on -d 'From which verdict on the exit status is not 0' -r -f -a "attention\t'Anything that needs attention'
failed\t'Only what does not work, or could not be looked at'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand schema" -l netns -d 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand schema" -l scenario -d 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand schema" -l json -d 'Short for --format json'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand schema" -s q -l quiet -d 'Print the one line that matters, and nothing when healthy'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand schema" -s v -l verbose -d 'Log to stderr; twice: every frame by kind and size'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand schema" -l show-accounts -d 'Print account numbers in full'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand schema" -l force -d 'Connect even when the Gateway\'s accept queue is stuck'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand schema" -l sim -d 'Run against an embedded simulated Gateway'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand sim" -l port -d 'Port on 127.0.0.1; 0 takes a free one and prints it' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand sim" -l server-version -d 'API version that the simulated Gateway speaks' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand sim" -l timeout -d 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand sim" -l deadline -d 'Deadline of the whole command (handshake and remote probe: 60s)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand sim" -l format -d 'How the answer is written' -r -f -a "text\t'For people'
json\t'One report, schema ibdoc/1'
ndjson\t'One event a line, the report last'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand sim" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand sim" -l fail-on -d 'From which verdict on the exit status is not 0' -r -f -a "attention\t'Anything that needs attention'
failed\t'Only what does not work, or could not be looked at'"
complete -c ibdoc -n "__fish_ibdoc_using_subcommand sim" -l netns -d 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand sim" -l scenario -d 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)' -r
complete -c ibdoc -n "__fish_ibdoc_using_subcommand sim" -l json -d 'Short for --format json'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand sim" -s q -l quiet -d 'Print the one line that matters, and nothing when healthy'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand sim" -s v -l verbose -d 'Log to stderr; twice: every frame by kind and size'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand sim" -l show-accounts -d 'Print account numbers in full'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand sim" -l force -d 'Connect even when the Gateway\'s accept queue is stuck'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand sim" -l sim -d 'Run against an embedded simulated Gateway'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand sim" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand help; and not __fish_seen_subcommand_from doctor probe handshake zombies soak health compare report explain schema sim help" -f -a "doctor" -d 'Everything in order, one diagnosis, remedies in order'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand help; and not __fish_seen_subcommand_from doctor probe handshake zombies soak health compare report explain schema sim help" -f -a "probe" -d 'Who listens, and is it reachable'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand help; and not __fish_seen_subcommand_from doctor probe handshake zombies soak health compare report explain schema sim help" -f -a "handshake" -d 'Run the API handshake with every stage timed'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand help; and not __fish_seen_subcommand_from doctor probe handshake zombies soak health compare report explain schema sim help" -f -a "zombies" -d 'List half-closed and unaccepted sockets, and end orphaned clients'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand help; and not __fish_seen_subcommand_from doctor probe handshake zombies soak health compare report explain schema sim help" -f -a "soak" -d 'Run N handshakes, then hold one session for M minutes'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand help; and not __fish_seen_subcommand_from doctor probe handshake zombies soak health compare report explain schema sim help" -f -a "health" -d 'One line and status 0 or 1, for container and service health checks'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand help; and not __fish_seen_subcommand_from doctor probe handshake zombies soak health compare report explain schema sim help" -f -a "compare" -d 'Two soaks: what differs, and whether that can be chance'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand help; and not __fish_seen_subcommand_from doctor probe handshake zombies soak health compare report explain schema sim help" -f -a "report" -d 'Show a JSON report again, and write it in other formats'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand help; and not __fish_seen_subcommand_from doctor probe handshake zombies soak health compare report explain schema sim help" -f -a "explain" -d 'What a finding code, an error number of IB\'s or a line of a log means'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand help; and not __fish_seen_subcommand_from doctor probe handshake zombies soak health compare report explain schema sim help" -f -a "schema" -d 'The JSON schema of what --json and --format ndjson print'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand help; and not __fish_seen_subcommand_from doctor probe handshake zombies soak health compare report explain schema sim help" -f -a "sim" -d 'Run the simulated Gateway on its own, on a loopback port'
complete -c ibdoc -n "__fish_ibdoc_using_subcommand help; and not __fish_seen_subcommand_from doctor probe handshake zombies soak health compare report explain schema sim help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
