
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'ibdoc' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'ibdoc'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'ibdoc' {
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Deadline of the whole command (handshake and remote probe: 60s)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the answer is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'From which verdict on the exit status is not 0')
            [CompletionResult]::new('--netns', '--netns', [CompletionResultType]::ParameterName, 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)')
            [CompletionResult]::new('--scenario', '--scenario', [CompletionResultType]::ParameterName, 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--show-accounts', '--show-accounts', [CompletionResultType]::ParameterName, 'Print account numbers in full')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Connect even when the Gateway''s accept queue is stuck')
            [CompletionResult]::new('--sim', '--sim', [CompletionResultType]::ParameterName, 'Run against an embedded simulated Gateway')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Everything in order, one diagnosis, remedies in order')
            [CompletionResult]::new('probe', 'probe', [CompletionResultType]::ParameterValue, 'Who listens, and is it reachable')
            [CompletionResult]::new('handshake', 'handshake', [CompletionResultType]::ParameterValue, 'Run the API handshake with every stage timed')
            [CompletionResult]::new('zombies', 'zombies', [CompletionResultType]::ParameterValue, 'List half-closed and unaccepted sockets, and end orphaned clients')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'A client''s own process, seen from outside: does it read, and what does it do if not')
            [CompletionResult]::new('soak', 'soak', [CompletionResultType]::ParameterValue, 'Run N handshakes, then hold one session for M minutes')
            [CompletionResult]::new('watch', 'watch', [CompletionResultType]::ParameterValue, 'Watch Gateways until it is told to end: state, reconnects, metrics, a command at each change')
            [CompletionResult]::new('health', 'health', [CompletionResultType]::ParameterValue, 'One line and status 0 or 1, for container and service health checks')
            [CompletionResult]::new('worker', 'worker', [CompletionResultType]::ParameterValue, 'One API session for a program of any language, by lines of JSON')
            [CompletionResult]::new('tap', 'tap', [CompletionResultType]::ParameterValue, 'A transparent relay that shows and records what your client says and hears, and drills')
            [CompletionResult]::new('trace', 'trace', [CompletionResultType]::ParameterValue, 'What a recording of your client''s sessions shows')
            [CompletionResult]::new('compare', 'compare', [CompletionResultType]::ParameterValue, 'Two soaks: what differs, and whether that can be chance')
            [CompletionResult]::new('report', 'report', [CompletionResultType]::ParameterValue, 'Show a JSON report again, and write it in other formats')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'What a finding code, an error number of IB''s or a line of a log means')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'The JSON schema of what --json and --format ndjson print')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'The script that completes commands, options and values in a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'A manual page in roff, for `man -l -`')
            [CompletionResult]::new('sim', 'sim', [CompletionResultType]::ParameterValue, 'Run the simulated Gateway on its own, on a loopback port')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ibdoc;doctor' {
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until a handshake brings the accounts, at most this long')
            [CompletionResult]::new('--logs', '--logs', [CompletionResultType]::ParameterName, 'The Gateway''s log: a file, the folder of IBC''s logs, - for the standard input, or off')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Also write the report to a file, in the format of its name: .json, .junit.xml, .md, .html or .prom, as far as this command has it; may be repeated')
            [CompletionResult]::new('--announce', '--announce', [CompletionResultType]::ParameterName, 'Range of API versions to announce')
            [CompletionResult]::new('--client-timeout', '--client-timeout', [CompletionResultType]::ParameterName, 'How long the usual clients wait: what is missing then is asked again')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Deadline of the whole command (handshake and remote probe: 60s)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the answer is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'From which verdict on the exit status is not 0')
            [CompletionResult]::new('--netns', '--netns', [CompletionResultType]::ParameterName, 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)')
            [CompletionResult]::new('--scenario', '--scenario', [CompletionResultType]::ParameterName, 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)')
            [CompletionResult]::new('--quick', '--quick', [CompletionResultType]::ParameterName, 'No second handshake')
            [CompletionResult]::new('--account-updates', '--account-updates', [CompletionResultType]::ParameterName, 'Also subscribe to account updates (disturbs another program''s subscription)')
            [CompletionResult]::new('--orders', '--orders', [CompletionResultType]::ParameterName, 'Also ask for open and completed orders (a Read-Only Gateway may show a dialog)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--show-accounts', '--show-accounts', [CompletionResultType]::ParameterName, 'Print account numbers in full')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Connect even when the Gateway''s accept queue is stuck')
            [CompletionResult]::new('--sim', '--sim', [CompletionResultType]::ParameterName, 'Run against an embedded simulated Gateway')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ibdoc;probe' {
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until it is reachable, at most this long')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Also write the report to a file, in the format of its name: .json, .junit.xml, .md, .html or .prom, as far as this command has it; may be repeated')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Deadline of the whole command (handshake and remote probe: 60s)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the answer is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'From which verdict on the exit status is not 0')
            [CompletionResult]::new('--netns', '--netns', [CompletionResultType]::ParameterName, 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)')
            [CompletionResult]::new('--scenario', '--scenario', [CompletionResultType]::ParameterName, 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)')
            [CompletionResult]::new('--connect', '--connect', [CompletionResultType]::ParameterName, 'Also connect to local targets, with a whole handshake')
            [CompletionResult]::new('--tcp-only', '--tcp-only', [CompletionResultType]::ParameterName, 'Connect to remote targets without an API handshake, and reset')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--show-accounts', '--show-accounts', [CompletionResultType]::ParameterName, 'Print account numbers in full')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Connect even when the Gateway''s accept queue is stuck')
            [CompletionResult]::new('--sim', '--sim', [CompletionResultType]::ParameterName, 'Run against an embedded simulated Gateway')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ibdoc;handshake' {
            [CompletionResult]::new('--client-id', '--client-id', [CompletionResultType]::ParameterName, 'Client id, or auto for a free one of 9000 to 9999')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'Announce, wait and ask as a client library does at its start, and tell whether it would have connected and after how long; all compares them')
            [CompletionResult]::new('--gap', '--gap', [CompletionResultType]::ParameterName, 'Pause between the handshakes of --as')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Also write the report to a file, in the format of its name: .json, .junit.xml, .md, .html or .prom, as far as this command has it; may be repeated')
            [CompletionResult]::new('--announce', '--announce', [CompletionResultType]::ParameterName, 'Range of API versions to announce')
            [CompletionResult]::new('--client-timeout', '--client-timeout', [CompletionResultType]::ParameterName, 'How long the usual clients wait: what is missing then is asked again')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Deadline of the whole command (handshake and remote probe: 60s)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the answer is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'From which verdict on the exit status is not 0')
            [CompletionResult]::new('--netns', '--netns', [CompletionResultType]::ParameterName, 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)')
            [CompletionResult]::new('--scenario', '--scenario', [CompletionResultType]::ParameterName, 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)')
            [CompletionResult]::new('--as-is', '--as-is', [CompletionResultType]::ParameterName, 'With --as: ask everything that the client asks, also open and completed orders (a Read-Only Gateway refuses them or shows a dialog) and account updates (ends another program''s subscription)')
            [CompletionResult]::new('--account-updates', '--account-updates', [CompletionResultType]::ParameterName, 'Also subscribe to account updates (disturbs another program''s subscription)')
            [CompletionResult]::new('--orders', '--orders', [CompletionResultType]::ParameterName, 'Also ask for open and completed orders (a Read-Only Gateway may show a dialog)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--show-accounts', '--show-accounts', [CompletionResultType]::ParameterName, 'Print account numbers in full')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Connect even when the Gateway''s accept queue is stuck')
            [CompletionResult]::new('--sim', '--sim', [CompletionResultType]::ParameterName, 'Run against an embedded simulated Gateway')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ibdoc;zombies' {
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Gateway port to look at instead of the known ones; repeatable')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'Keep looking until interrupted, and tell each socket that appears, changes or goes')
            [CompletionResult]::new('--min-age', '--min-age', [CompletionResultType]::ParameterName, 'Leave alone what has been half closed, or whose Gateway has been up, for less than this')
            [CompletionResult]::new('--grace', '--grace', [CompletionResultType]::ParameterName, 'Between SIGTERM and SIGKILL')
            [CompletionResult]::new('--pid', '--pid', [CompletionResultType]::ParameterName, 'With --kill or --heal only this process; to name it is to say yes; repeatable')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'As root: this user''s processes, by name or id, instead of root''s own')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Also write the report to a file, in the format of its name: .json, .junit.xml, .md, .html or .prom, as far as this command has it; may be repeated')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Deadline of the whole command (handshake and remote probe: 60s)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the answer is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'From which verdict on the exit status is not 0')
            [CompletionResult]::new('--netns', '--netns', [CompletionResultType]::ParameterName, 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)')
            [CompletionResult]::new('--scenario', '--scenario', [CompletionResultType]::ParameterName, 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)')
            [CompletionResult]::new('--kill', '--kill', [CompletionResultType]::ParameterName, 'End the orphaned clients, and with --pid those that are named, and nothing else')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'With --kill: ask on the terminal before each, those that need to be named included')
            [CompletionResult]::new('--interactive', '--interactive', [CompletionResultType]::ParameterName, 'With --kill: ask on the terminal before each, those that need to be named included')
            [CompletionResult]::new('--heal', '--heal', [CompletionResultType]::ParameterName, 'Shut the half-closed sockets of living clients down: they live on (Linux)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--show-accounts', '--show-accounts', [CompletionResultType]::ParameterName, 'Print account numbers in full')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Connect even when the Gateway''s accept queue is stuck')
            [CompletionResult]::new('--sim', '--sim', [CompletionResultType]::ParameterName, 'Run against an embedded simulated Gateway')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ibdoc;inspect' {
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Gateway port to look at instead of the known ones; repeatable')
            [CompletionResult]::new('--pid', '--pid', [CompletionResultType]::ParameterName, 'Look at this process, where its number is that of a port too')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'Keep looking until interrupted, and tell each client that does something else than before')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Also write the report to a file, in the format of its name: .json, .junit.xml, .md, .html or .prom, as far as this command has it; may be repeated')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Deadline of the whole command (handshake and remote probe: 60s)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the answer is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'From which verdict on the exit status is not 0')
            [CompletionResult]::new('--netns', '--netns', [CompletionResultType]::ParameterName, 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)')
            [CompletionResult]::new('--scenario', '--scenario', [CompletionResultType]::ParameterName, 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--show-accounts', '--show-accounts', [CompletionResultType]::ParameterName, 'Print account numbers in full')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Connect even when the Gateway''s accept queue is stuck')
            [CompletionResult]::new('--sim', '--sim', [CompletionResultType]::ParameterName, 'Run against an embedded simulated Gateway')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ibdoc;soak' {
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Before it begins, wait until a handshake brings the accounts, at most this long')
            [CompletionResult]::new('--attempts', '--attempts', [CompletionResultType]::ParameterName, 'Handshakes, or runs of --exec, to make [default: 10, or none if only --minutes or --hours is given]')
            [CompletionResult]::new('--gap', '--gap', [CompletionResultType]::ParameterName, 'Pause between handshakes, or before each run: some Gateway builds throttle fast ones')
            [CompletionResult]::new('--minutes', '--minutes', [CompletionResultType]::ParameterName, 'Then hold one session this long, with time requests and fetches; fractions allowed')
            [CompletionResult]::new('--hours', '--hours', [CompletionResultType]::ParameterName, 'The same in hours')
            [CompletionResult]::new('--announce', '--announce', [CompletionResultType]::ParameterName, 'Range of API versions to announce')
            [CompletionResult]::new('--client-timeout', '--client-timeout', [CompletionResultType]::ParameterName, 'How long the usual clients wait: what is missing then is asked again')
            [CompletionResult]::new('--min-success', '--min-success', [CompletionResultType]::ParameterName, 'So much of the handshakes (with --exec: of the program''s runs) has to succeed')
            [CompletionResult]::new('--max-connect-p95', '--max-connect-p95', [CompletionResultType]::ParameterName, '95th percentile of the TCP connects')
            [CompletionResult]::new('--max-ready-p95', '--max-ready-p95', [CompletionResultType]::ParameterName, '95th percentile of the times until accounts and id are there')
            [CompletionResult]::new('--max-ready', '--max-ready', [CompletionResultType]::ParameterName, 'The longest of these times')
            [CompletionResult]::new('--max-missed-pings', '--max-missed-pings', [CompletionResultType]::ParameterName, 'Time requests that stay unanswered, as does their repeat')
            [CompletionResult]::new('--max-ping-p95', '--max-ping-p95', [CompletionResultType]::ParameterName, '95th percentile of the round trips of time requests')
            [CompletionResult]::new('--max-missed-fetches', '--max-missed-fetches', [CompletionResultType]::ParameterName, 'Positions and account summaries that do not come')
            [CompletionResult]::new('--max-drops', '--max-drops', [CompletionResultType]::ParameterName, 'Times that the other side ends the held session')
            [CompletionResult]::new('--max-leaked', '--max-leaked', [CompletionResultType]::ParameterName, 'Sockets left half closed or not accepted in the Gateway [default: 0 where it can be seen]')
            [CompletionResult]::new('--exec-timeout', '--exec-timeout', [CompletionResultType]::ParameterName, 'Deadline of each run; what is left of it then is ended')
            [CompletionResult]::new('--neutral', '--neutral', [CompletionResultType]::ParameterName, 'After each run, a handshake of ibdoc''s own: does the Gateway still answer?')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Also write the report to a file, in the format of its name: .json, .junit.xml, .md, .html or .prom, as far as this command has it; may be repeated')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Deadline of the whole command (handshake and remote probe: 60s)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the answer is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'From which verdict on the exit status is not 0')
            [CompletionResult]::new('--netns', '--netns', [CompletionResultType]::ParameterName, 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)')
            [CompletionResult]::new('--scenario', '--scenario', [CompletionResultType]::ParameterName, 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)')
            [CompletionResult]::new('--keep-going', '--keep-going', [CompletionResultType]::ParameterName, 'Go on after three silent failures in a row')
            [CompletionResult]::new('--account-updates', '--account-updates', [CompletionResultType]::ParameterName, 'Also subscribe to account updates (disturbs another program''s subscription)')
            [CompletionResult]::new('--orders', '--orders', [CompletionResultType]::ParameterName, 'Also ask for open and completed orders (a Read-Only Gateway may show a dialog)')
            [CompletionResult]::new('--exec', '--exec', [CompletionResultType]::ParameterName, 'Run this command --attempts times instead of ibdoc''s own handshakes')
            [CompletionResult]::new('--through-tap', '--through-tap', [CompletionResultType]::ParameterName, 'Run it through a relay of ibdoc''s own (`ibdoc tap`), and judge it by what it said and read')
            [CompletionResult]::new('--show-output', '--show-output', [CompletionResultType]::ParameterName, 'Pass what the program prints on to stderr')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--show-accounts', '--show-accounts', [CompletionResultType]::ParameterName, 'Print account numbers in full')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Connect even when the Gateway''s accept queue is stuck')
            [CompletionResult]::new('--sim', '--sim', [CompletionResultType]::ParameterName, 'Run against an embedded simulated Gateway')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ibdoc;watch' {
            [CompletionResult]::new('--fresh', '--fresh', [CompletionResultType]::ParameterName, 'A fresh handshake this often beside the held session: are new ones still let in? (0: none)')
            [CompletionResult]::new('--ping', '--ping', [CompletionResultType]::ParameterName, 'A time request this often on the held session, at least 2s')
            [CompletionResult]::new('--look', '--look', [CompletionResultType]::ParameterName, 'A look at the socket table this often, one for all targets')
            [CompletionResult]::new('--restart-at', '--restart-at', [CompletionResultType]::ParameterName, 'A nightly restart, such as 23:45 or 23:45 America/New_York: for 15 minutes what is down only needs attention')
            [CompletionResult]::new('--metrics', '--metrics', [CompletionResultType]::ParameterName, 'Serve metrics over HTTP, at /metrics; a port alone is on 127.0.0.1')
            [CompletionResult]::new('--textfile', '--textfile', [CompletionResultType]::ParameterName, 'Write the metrics to this file every 10s, whole or not at all, for the collector of text files')
            [CompletionResult]::new('--on-change', '--on-change', [CompletionResultType]::ParameterName, 'Run this by the shell at each change; see below what it is given')
            [CompletionResult]::new('--remind', '--remind', [CompletionResultType]::ParameterName, 'Run it again this often while a Gateway is not healthy (0: never)')
            [CompletionResult]::new('--on-change-timeout', '--on-change-timeout', [CompletionResultType]::ParameterName, 'Deadline of each run; its process group is ended then')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Also write the report to a file, in the format of its name: .json, .junit.xml, .md, .html or .prom, as far as this command has it; may be repeated')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Deadline of the whole command (handshake and remote probe: 60s)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the answer is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'From which verdict on the exit status is not 0')
            [CompletionResult]::new('--netns', '--netns', [CompletionResultType]::ParameterName, 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)')
            [CompletionResult]::new('--scenario', '--scenario', [CompletionResultType]::ParameterName, 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--show-accounts', '--show-accounts', [CompletionResultType]::ParameterName, 'Print account numbers in full')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Connect even when the Gateway''s accept queue is stuck')
            [CompletionResult]::new('--sim', '--sim', [CompletionResultType]::ParameterName, 'Run against an embedded simulated Gateway')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ibdoc;health' {
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Also write the report to a file, in the format of its name: .json, .junit.xml, .md, .html or .prom, as far as this command has it; may be repeated')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Deadline of the whole command (handshake and remote probe: 60s)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the answer is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'From which verdict on the exit status is not 0')
            [CompletionResult]::new('--netns', '--netns', [CompletionResultType]::ParameterName, 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)')
            [CompletionResult]::new('--scenario', '--scenario', [CompletionResultType]::ParameterName, 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Count what needs attention as not healthy')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--show-accounts', '--show-accounts', [CompletionResultType]::ParameterName, 'Print account numbers in full')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Connect even when the Gateway''s accept queue is stuck')
            [CompletionResult]::new('--sim', '--sim', [CompletionResultType]::ParameterName, 'Run against an embedded simulated Gateway')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ibdoc;worker' {
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Deadline of the whole command (handshake and remote probe: 60s)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the answer is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'From which verdict on the exit status is not 0')
            [CompletionResult]::new('--netns', '--netns', [CompletionResultType]::ParameterName, 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)')
            [CompletionResult]::new('--scenario', '--scenario', [CompletionResultType]::ParameterName, 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)')
            [CompletionResult]::new('--supervise', '--supervise', [CompletionResultType]::ParameterName, 'Keep the session in a child process, and start that again after a crash')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--show-accounts', '--show-accounts', [CompletionResultType]::ParameterName, 'Print account numbers in full')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Connect even when the Gateway''s accept queue is stuck')
            [CompletionResult]::new('--sim', '--sim', [CompletionResultType]::ParameterName, 'Run against an embedded simulated Gateway')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ibdoc;tap' {
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Port that clients connect to; 0 takes a free one and prints it')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Address of this machine to listen on: on any but a loopback one others can reach the Gateway through it')
            [CompletionResult]::new('--write', '--write', [CompletionResultType]::ParameterName, 'Record everything that is carried, for `ibdoc trace`; only you can read the file')
            [CompletionResult]::new('--pcap', '--pcap', [CompletionResultType]::ParameterName, 'The same as a capture, for `ibdoc trace` and other readers of pcap')
            [CompletionResult]::new('--rotate', '--rotate', [CompletionResultType]::ParameterName, 'Size at which a new file is begun; nine before it are kept as FILE.1 to FILE.9')
            [CompletionResult]::new('--fault', '--fault', [CompletionResultType]::ParameterName, 'A drill: what is done to the clients, and when')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Also write the report to a file, in the format of its name: .json, .junit.xml, .md, .html or .prom, as far as this command has it; may be repeated')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Deadline of the whole command (handshake and remote probe: 60s)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the answer is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'From which verdict on the exit status is not 0')
            [CompletionResult]::new('--netns', '--netns', [CompletionResultType]::ParameterName, 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)')
            [CompletionResult]::new('--scenario', '--scenario', [CompletionResultType]::ParameterName, 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)')
            [CompletionResult]::new('--live', '--live', [CompletionResultType]::ParameterName, 'Allow a drill in front of a live account')
            [CompletionResult]::new('--timeline', '--timeline', [CompletionResultType]::ParameterName, 'Show every message; without it tap does so on a terminal, and trace of what comes on stdin')
            [CompletionResult]::new('--full', '--full', [CompletionResultType]::ParameterName, 'Show the fields of messages too, but those about orders (implies --timeline)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--show-accounts', '--show-accounts', [CompletionResultType]::ParameterName, 'Print account numbers in full')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Connect even when the Gateway''s accept queue is stuck')
            [CompletionResult]::new('--sim', '--sim', [CompletionResultType]::ParameterName, 'Run against an embedded simulated Gateway')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ibdoc;trace' {
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Also write the report to a file, in the format of its name: .json, .junit.xml, .md, .html or .prom, as far as this command has it; may be repeated')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Deadline of the whole command (handshake and remote probe: 60s)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the answer is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'From which verdict on the exit status is not 0')
            [CompletionResult]::new('--netns', '--netns', [CompletionResultType]::ParameterName, 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)')
            [CompletionResult]::new('--scenario', '--scenario', [CompletionResultType]::ParameterName, 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)')
            [CompletionResult]::new('--timeline', '--timeline', [CompletionResultType]::ParameterName, 'Show every message; without it tap does so on a terminal, and trace of what comes on stdin')
            [CompletionResult]::new('--full', '--full', [CompletionResultType]::ParameterName, 'Show the fields of messages too, but those about orders (implies --timeline)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--show-accounts', '--show-accounts', [CompletionResultType]::ParameterName, 'Print account numbers in full')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Connect even when the Gateway''s accept queue is stuck')
            [CompletionResult]::new('--sim', '--sim', [CompletionResultType]::ParameterName, 'Run against an embedded simulated Gateway')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ibdoc;compare' {
            [CompletionResult]::new('--fail-if', '--fail-if', [CompletionResultType]::ParameterName, 'End with status 3 if the second one is shown to be worse')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Also write the report to a file, in the format of its name: .json, .junit.xml, .md, .html or .prom, as far as this command has it; may be repeated')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Deadline of the whole command (handshake and remote probe: 60s)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the answer is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'From which verdict on the exit status is not 0')
            [CompletionResult]::new('--netns', '--netns', [CompletionResultType]::ParameterName, 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)')
            [CompletionResult]::new('--scenario', '--scenario', [CompletionResultType]::ParameterName, 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--show-accounts', '--show-accounts', [CompletionResultType]::ParameterName, 'Print account numbers in full')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Connect even when the Gateway''s accept queue is stuck')
            [CompletionResult]::new('--sim', '--sim', [CompletionResultType]::ParameterName, 'Run against an embedded simulated Gateway')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ibdoc;report' {
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Also write the report to a file, in the format of its name: .json, .junit.xml, .md, .html or .prom, as far as this command has it; may be repeated')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Deadline of the whole command (handshake and remote probe: 60s)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the answer is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'From which verdict on the exit status is not 0')
            [CompletionResult]::new('--netns', '--netns', [CompletionResultType]::ParameterName, 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)')
            [CompletionResult]::new('--scenario', '--scenario', [CompletionResultType]::ParameterName, 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--show-accounts', '--show-accounts', [CompletionResultType]::ParameterName, 'Print account numbers in full')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Connect even when the Gateway''s accept queue is stuck')
            [CompletionResult]::new('--sim', '--sim', [CompletionResultType]::ParameterName, 'Run against an embedded simulated Gateway')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ibdoc;explain' {
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Deadline of the whole command (handshake and remote probe: 60s)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the answer is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'From which verdict on the exit status is not 0')
            [CompletionResult]::new('--netns', '--netns', [CompletionResultType]::ParameterName, 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)')
            [CompletionResult]::new('--scenario', '--scenario', [CompletionResultType]::ParameterName, 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--show-accounts', '--show-accounts', [CompletionResultType]::ParameterName, 'Print account numbers in full')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Connect even when the Gateway''s accept queue is stuck')
            [CompletionResult]::new('--sim', '--sim', [CompletionResultType]::ParameterName, 'Run against an embedded simulated Gateway')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ibdoc;schema' {
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Deadline of the whole command (handshake and remote probe: 60s)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the answer is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'From which verdict on the exit status is not 0')
            [CompletionResult]::new('--netns', '--netns', [CompletionResultType]::ParameterName, 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)')
            [CompletionResult]::new('--scenario', '--scenario', [CompletionResultType]::ParameterName, 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--show-accounts', '--show-accounts', [CompletionResultType]::ParameterName, 'Print account numbers in full')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Connect even when the Gateway''s accept queue is stuck')
            [CompletionResult]::new('--sim', '--sim', [CompletionResultType]::ParameterName, 'Run against an embedded simulated Gateway')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ibdoc;completions' {
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Deadline of the whole command (handshake and remote probe: 60s)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the answer is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'From which verdict on the exit status is not 0')
            [CompletionResult]::new('--netns', '--netns', [CompletionResultType]::ParameterName, 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)')
            [CompletionResult]::new('--scenario', '--scenario', [CompletionResultType]::ParameterName, 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--show-accounts', '--show-accounts', [CompletionResultType]::ParameterName, 'Print account numbers in full')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Connect even when the Gateway''s accept queue is stuck')
            [CompletionResult]::new('--sim', '--sim', [CompletionResultType]::ParameterName, 'Run against an embedded simulated Gateway')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ibdoc;man' {
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Deadline of the whole command (handshake and remote probe: 60s)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the answer is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'From which verdict on the exit status is not 0')
            [CompletionResult]::new('--netns', '--netns', [CompletionResultType]::ParameterName, 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)')
            [CompletionResult]::new('--scenario', '--scenario', [CompletionResultType]::ParameterName, 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--show-accounts', '--show-accounts', [CompletionResultType]::ParameterName, 'Print account numbers in full')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Connect even when the Gateway''s accept queue is stuck')
            [CompletionResult]::new('--sim', '--sim', [CompletionResultType]::ParameterName, 'Run against an embedded simulated Gateway')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ibdoc;sim' {
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Port on 127.0.0.1; 0 takes a free one and prints it')
            [CompletionResult]::new('--server-version', '--server-version', [CompletionResultType]::ParameterName, 'API version that the simulated Gateway speaks')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Deadline of each stage: connect 5s, version 10s, accounts 15s, each request 10s')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Deadline of the whole command (handshake and remote probe: 60s)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the answer is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'From which verdict on the exit status is not 0')
            [CompletionResult]::new('--netns', '--netns', [CompletionResultType]::ParameterName, 'Look from the network namespace of this process or container, or of the Gateway that runs (auto)')
            [CompletionResult]::new('--scenario', '--scenario', [CompletionResultType]::ParameterName, 'How the simulated Gateway behaves, such as accounts-late=5 (see `ibdoc sim --help`)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print the one line that matters, and nothing when healthy')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log to stderr; twice: every frame by kind and size')
            [CompletionResult]::new('--show-accounts', '--show-accounts', [CompletionResultType]::ParameterName, 'Print account numbers in full')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Connect even when the Gateway''s accept queue is stuck')
            [CompletionResult]::new('--sim', '--sim', [CompletionResultType]::ParameterName, 'Run against an embedded simulated Gateway')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ibdoc;help' {
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Everything in order, one diagnosis, remedies in order')
            [CompletionResult]::new('probe', 'probe', [CompletionResultType]::ParameterValue, 'Who listens, and is it reachable')
            [CompletionResult]::new('handshake', 'handshake', [CompletionResultType]::ParameterValue, 'Run the API handshake with every stage timed')
            [CompletionResult]::new('zombies', 'zombies', [CompletionResultType]::ParameterValue, 'List half-closed and unaccepted sockets, and end orphaned clients')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'A client''s own process, seen from outside: does it read, and what does it do if not')
            [CompletionResult]::new('soak', 'soak', [CompletionResultType]::ParameterValue, 'Run N handshakes, then hold one session for M minutes')
            [CompletionResult]::new('watch', 'watch', [CompletionResultType]::ParameterValue, 'Watch Gateways until it is told to end: state, reconnects, metrics, a command at each change')
            [CompletionResult]::new('health', 'health', [CompletionResultType]::ParameterValue, 'One line and status 0 or 1, for container and service health checks')
            [CompletionResult]::new('worker', 'worker', [CompletionResultType]::ParameterValue, 'One API session for a program of any language, by lines of JSON')
            [CompletionResult]::new('tap', 'tap', [CompletionResultType]::ParameterValue, 'A transparent relay that shows and records what your client says and hears, and drills')
            [CompletionResult]::new('trace', 'trace', [CompletionResultType]::ParameterValue, 'What a recording of your client''s sessions shows')
            [CompletionResult]::new('compare', 'compare', [CompletionResultType]::ParameterValue, 'Two soaks: what differs, and whether that can be chance')
            [CompletionResult]::new('report', 'report', [CompletionResultType]::ParameterValue, 'Show a JSON report again, and write it in other formats')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'What a finding code, an error number of IB''s or a line of a log means')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'The JSON schema of what --json and --format ndjson print')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'The script that completes commands, options and values in a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'A manual page in roff, for `man -l -`')
            [CompletionResult]::new('sim', 'sim', [CompletionResultType]::ParameterValue, 'Run the simulated Gateway on its own, on a loopback port')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ibdoc;help;doctor' {
            break
        }
        'ibdoc;help;probe' {
            break
        }
        'ibdoc;help;handshake' {
            break
        }
        'ibdoc;help;zombies' {
            break
        }
        'ibdoc;help;inspect' {
            break
        }
        'ibdoc;help;soak' {
            break
        }
        'ibdoc;help;watch' {
            break
        }
        'ibdoc;help;health' {
            break
        }
        'ibdoc;help;worker' {
            break
        }
        'ibdoc;help;tap' {
            break
        }
        'ibdoc;help;trace' {
            break
        }
        'ibdoc;help;compare' {
            break
        }
        'ibdoc;help;report' {
            break
        }
        'ibdoc;help;explain' {
            break
        }
        'ibdoc;help;schema' {
            break
        }
        'ibdoc;help;completions' {
            break
        }
        'ibdoc;help;man' {
            break
        }
        'ibdoc;help;sim' {
            break
        }
        'ibdoc;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
