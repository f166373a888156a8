_ibdoc() {
    local i cur prev opts cmd
    COMPREPLY=()
    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
        cur="$2"
    else
        cur="${COMP_WORDS[COMP_CWORD]}"
    fi
    prev="$3"
    cmd=""
    opts=""

    for i in "${COMP_WORDS[@]:0:COMP_CWORD}"
    do
        case "${cmd},${i}" in
            ",$1")
                cmd="ibdoc"
                ;;
            ibdoc,compare)
                cmd="ibdoc__subcmd__compare"
                ;;
            ibdoc,completions)
                cmd="ibdoc__subcmd__completions"
                ;;
            ibdoc,doctor)
                cmd="ibdoc__subcmd__doctor"
                ;;
            ibdoc,explain)
                cmd="ibdoc__subcmd__explain"
                ;;
            ibdoc,handshake)
                cmd="ibdoc__subcmd__handshake"
                ;;
            ibdoc,health)
                cmd="ibdoc__subcmd__health"
                ;;
            ibdoc,help)
                cmd="ibdoc__subcmd__help"
                ;;
            ibdoc,inspect)
                cmd="ibdoc__subcmd__inspect"
                ;;
            ibdoc,man)
                cmd="ibdoc__subcmd__man"
                ;;
            ibdoc,probe)
                cmd="ibdoc__subcmd__probe"
                ;;
            ibdoc,report)
                cmd="ibdoc__subcmd__report"
                ;;
            ibdoc,schema)
                cmd="ibdoc__subcmd__schema"
                ;;
            ibdoc,sim)
                cmd="ibdoc__subcmd__sim"
                ;;
            ibdoc,soak)
                cmd="ibdoc__subcmd__soak"
                ;;
            ibdoc,tap)
                cmd="ibdoc__subcmd__tap"
                ;;
            ibdoc,trace)
                cmd="ibdoc__subcmd__trace"
                ;;
            ibdoc,watch)
                cmd="ibdoc__subcmd__watch"
                ;;
            ibdoc,worker)
                cmd="ibdoc__subcmd__worker"
                ;;
            ibdoc,zombies)
                cmd="ibdoc__subcmd__zombies"
                ;;
            ibdoc__subcmd__help,compare)
                cmd="ibdoc__subcmd__help__subcmd__compare"
                ;;
            ibdoc__subcmd__help,completions)
                cmd="ibdoc__subcmd__help__subcmd__completions"
                ;;
            ibdoc__subcmd__help,doctor)
                cmd="ibdoc__subcmd__help__subcmd__doctor"
                ;;
            ibdoc__subcmd__help,explain)
                cmd="ibdoc__subcmd__help__subcmd__explain"
                ;;
            ibdoc__subcmd__help,handshake)
                cmd="ibdoc__subcmd__help__subcmd__handshake"
                ;;
            ibdoc__subcmd__help,health)
                cmd="ibdoc__subcmd__help__subcmd__health"
                ;;
            ibdoc__subcmd__help,help)
                cmd="ibdoc__subcmd__help__subcmd__help"
                ;;
            ibdoc__subcmd__help,inspect)
                cmd="ibdoc__subcmd__help__subcmd__inspect"
                ;;
            ibdoc__subcmd__help,man)
                cmd="ibdoc__subcmd__help__subcmd__man"
                ;;
            ibdoc__subcmd__help,probe)
                cmd="ibdoc__subcmd__help__subcmd__probe"
                ;;
            ibdoc__subcmd__help,report)
                cmd="ibdoc__subcmd__help__subcmd__report"
                ;;
            ibdoc__subcmd__help,schema)
                cmd="ibdoc__subcmd__help__subcmd__schema"
                ;;
            ibdoc__subcmd__help,sim)
                cmd="ibdoc__subcmd__help__subcmd__sim"
                ;;
            ibdoc__subcmd__help,soak)
                cmd="ibdoc__subcmd__help__subcmd__soak"
                ;;
            ibdoc__subcmd__help,tap)
                cmd="ibdoc__subcmd__help__subcmd__tap"
                ;;
            ibdoc__subcmd__help,trace)
                cmd="ibdoc__subcmd__help__subcmd__trace"
                ;;
            ibdoc__subcmd__help,watch)
                cmd="ibdoc__subcmd__help__subcmd__watch"
                ;;
            ibdoc__subcmd__help,worker)
                cmd="ibdoc__subcmd__help__subcmd__worker"
                ;;
            ibdoc__subcmd__help,zombies)
                cmd="ibdoc__subcmd__help__subcmd__zombies"
                ;;
            *)
                ;;
        esac
    done

    case "${cmd}" in
        ibdoc)
            opts="-q -v -h -V --timeout --deadline --format --json --color --quiet --verbose --show-accounts --fail-on --force --netns --sim --scenario --help --version doctor probe handshake zombies inspect soak watch health worker tap trace compare report explain schema completions man sim help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 1 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --deadline)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "text json ndjson" -- "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --fail-on)
                    COMPREPLY=($(compgen -W "attention failed" -- "${cur}"))
                    return 0
                    ;;
                --netns)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --scenario)
                    COMPREPLY=($(compgen -W "normal silent close-on-accept reset-on-accept never-accepts accepts-every= http ssh tls flaky= zombie-blocks= huge-frame close-after-version drip close-after-start client-id-in-use port-changed accounts-missing accounts-empty live-account accounts-late= next-id-missing login-pending= says= read-only account-not-ready clock-ahead= summaries-taken sync-hangs= executions-no-end refuses= pacing upstream-lost upstream-restored farm-down competing-session drops-after= stops-answering-after= restart= flapping= never-closes id-stuck" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__compare)
            opts="-q -v -h --fail-if --report --timeout --deadline --format --json --color --quiet --verbose --show-accounts --fail-on --force --netns --sim --scenario --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --fail-if)
                    COMPREPLY=($(compgen -W "worse" -- "${cur}"))
                    return 0
                    ;;
                --report)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --deadline)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "text json ndjson" -- "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --fail-on)
                    COMPREPLY=($(compgen -W "attention failed" -- "${cur}"))
                    return 0
                    ;;
                --netns)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --scenario)
                    COMPREPLY=($(compgen -W "normal silent close-on-accept reset-on-accept never-accepts accepts-every= http ssh tls flaky= zombie-blocks= huge-frame close-after-version drip close-after-start client-id-in-use port-changed accounts-missing accounts-empty live-account accounts-late= next-id-missing login-pending= says= read-only account-not-ready clock-ahead= summaries-taken sync-hangs= executions-no-end refuses= pacing upstream-lost upstream-restored farm-down competing-session drops-after= stops-answering-after= restart= flapping= never-closes id-stuck" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__completions)
            opts="-q -v -h --timeout --deadline --format --json --color --quiet --verbose --show-accounts --fail-on --force --netns --sim --scenario --help bash elvish fish powershell zsh"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --deadline)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "text json ndjson" -- "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --fail-on)
                    COMPREPLY=($(compgen -W "attention failed" -- "${cur}"))
                    return 0
                    ;;
                --netns)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --scenario)
                    COMPREPLY=($(compgen -W "normal silent close-on-accept reset-on-accept never-accepts accepts-every= http ssh tls flaky= zombie-blocks= huge-frame close-after-version drip close-after-start client-id-in-use port-changed accounts-missing accounts-empty live-account accounts-late= next-id-missing login-pending= says= read-only account-not-ready clock-ahead= summaries-taken sync-hangs= executions-no-end refuses= pacing upstream-lost upstream-restored farm-down competing-session drops-after= stops-answering-after= restart= flapping= never-closes id-stuck" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__doctor)
            opts="-q -v -h --quick --wait --logs --report --announce --client-timeout --account-updates --orders --timeout --deadline --format --json --color --quiet --verbose --show-accounts --fail-on --force --netns --sim --scenario --help paper live tws-paper tws-live"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --wait)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --logs)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --report)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --announce)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --client-timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --deadline)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "text json ndjson" -- "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --fail-on)
                    COMPREPLY=($(compgen -W "attention failed" -- "${cur}"))
                    return 0
                    ;;
                --netns)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --scenario)
                    COMPREPLY=($(compgen -W "normal silent close-on-accept reset-on-accept never-accepts accepts-every= http ssh tls flaky= zombie-blocks= huge-frame close-after-version drip close-after-start client-id-in-use port-changed accounts-missing accounts-empty live-account accounts-late= next-id-missing login-pending= says= read-only account-not-ready clock-ahead= summaries-taken sync-hangs= executions-no-end refuses= pacing upstream-lost upstream-restored farm-down competing-session drops-after= stops-answering-after= restart= flapping= never-closes id-stuck" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__explain)
            opts="-q -v -h --timeout --deadline --format --json --color --quiet --verbose --show-accounts --fail-on --force --netns --sim --scenario --help not-resolved resolver-failed not-listening gateway-starting login-pending second-factor-pending login-failed dialog-open session-elsewhere ignored-setting wrong-port relay-without-gateway gateway-stopped gateway-memory gateway-paused command-port unreachable local-firewall network accept-queue-stuck accepts-slowly ipv6-localhost dead-address 32-clients silent-after-connect closed-before-version not-tws-protocol version-unsupported client-id-in-use closed-after-start paper-disclaimer gateway-says no-accounts-no-id accounts-missing accounts-empty accounts-late next-id-missing sync-timeout client-would-fail sync-refused read-only-api pacing upstream-lost data-farm-down competing-session port-changed dropped heartbeat-lost new-sessions-hang gateway-keeps-closed-sockets zombie-gateway-owned zombie-relay-owned zombie-unaccepted zombie-client-orphan zombie-client-live client-not-reading relay-listener probe-left-zombies kill-failed heal-failed other-namespace table-incomplete account-kind clock-skew account-not-ready too-many-subscriptions program-failed program-leaks drill-not-back drill-not-asked-again program-not-connected forwarded-port limit-missed"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --deadline)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "text json ndjson" -- "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --fail-on)
                    COMPREPLY=($(compgen -W "attention failed" -- "${cur}"))
                    return 0
                    ;;
                --netns)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --scenario)
                    COMPREPLY=($(compgen -W "normal silent close-on-accept reset-on-accept never-accepts accepts-every= http ssh tls flaky= zombie-blocks= huge-frame close-after-version drip close-after-start client-id-in-use port-changed accounts-missing accounts-empty live-account accounts-late= next-id-missing login-pending= says= read-only account-not-ready clock-ahead= summaries-taken sync-hangs= executions-no-end refuses= pacing upstream-lost upstream-restored farm-down competing-session drops-after= stops-answering-after= restart= flapping= never-closes id-stuck" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__handshake)
            opts="-q -v -h --client-id --as --as-is --gap --report --announce --client-timeout --account-updates --orders --timeout --deadline --format --json --color --quiet --verbose --show-accounts --fail-on --force --netns --sim --scenario --help paper live tws-paper tws-live"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --client-id)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --as)
                    COMPREPLY=($(compgen -W "ib_insync ib_async official-9.81 official-10.19 official-10.30 official-10.37 official-10.40 official-10.41 official-10.42 official-10.43 official-10.44 official-10.45 official-10.46 official-10.50 stoqey ibapi all" -- "${cur}"))
                    return 0
                    ;;
                --gap)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --report)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --announce)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --client-timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --deadline)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "text json ndjson" -- "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --fail-on)
                    COMPREPLY=($(compgen -W "attention failed" -- "${cur}"))
                    return 0
                    ;;
                --netns)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --scenario)
                    COMPREPLY=($(compgen -W "normal silent close-on-accept reset-on-accept never-accepts accepts-every= http ssh tls flaky= zombie-blocks= huge-frame close-after-version drip close-after-start client-id-in-use port-changed accounts-missing accounts-empty live-account accounts-late= next-id-missing login-pending= says= read-only account-not-ready clock-ahead= summaries-taken sync-hangs= executions-no-end refuses= pacing upstream-lost upstream-restored farm-down competing-session drops-after= stops-answering-after= restart= flapping= never-closes id-stuck" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__health)
            opts="-q -v -h --strict --report --timeout --deadline --format --json --color --quiet --verbose --show-accounts --fail-on --force --netns --sim --scenario --help paper live tws-paper tws-live"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --report)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --deadline)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "text json ndjson" -- "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --fail-on)
                    COMPREPLY=($(compgen -W "attention failed" -- "${cur}"))
                    return 0
                    ;;
                --netns)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --scenario)
                    COMPREPLY=($(compgen -W "normal silent close-on-accept reset-on-accept never-accepts accepts-every= http ssh tls flaky= zombie-blocks= huge-frame close-after-version drip close-after-start client-id-in-use port-changed accounts-missing accounts-empty live-account accounts-late= next-id-missing login-pending= says= read-only account-not-ready clock-ahead= summaries-taken sync-hangs= executions-no-end refuses= pacing upstream-lost upstream-restored farm-down competing-session drops-after= stops-answering-after= restart= flapping= never-closes id-stuck" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__help)
            opts="doctor probe handshake zombies inspect soak watch health worker tap trace compare report explain schema completions man sim help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__help__subcmd__compare)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__help__subcmd__completions)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__help__subcmd__doctor)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__help__subcmd__explain)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__help__subcmd__handshake)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__help__subcmd__health)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__help__subcmd__help)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__help__subcmd__inspect)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__help__subcmd__man)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__help__subcmd__probe)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__help__subcmd__report)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__help__subcmd__schema)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__help__subcmd__sim)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__help__subcmd__soak)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__help__subcmd__tap)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__help__subcmd__trace)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__help__subcmd__watch)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__help__subcmd__worker)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__help__subcmd__zombies)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__inspect)
            opts="-q -v -h --port --pid --watch --report --timeout --deadline --format --json --color --quiet --verbose --show-accounts --fail-on --force --netns --sim --scenario --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --port)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --watch)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --report)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --deadline)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "text json ndjson" -- "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --fail-on)
                    COMPREPLY=($(compgen -W "attention failed" -- "${cur}"))
                    return 0
                    ;;
                --netns)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --scenario)
                    COMPREPLY=($(compgen -W "normal silent close-on-accept reset-on-accept never-accepts accepts-every= http ssh tls flaky= zombie-blocks= huge-frame close-after-version drip close-after-start client-id-in-use port-changed accounts-missing accounts-empty live-account accounts-late= next-id-missing login-pending= says= read-only account-not-ready clock-ahead= summaries-taken sync-hangs= executions-no-end refuses= pacing upstream-lost upstream-restored farm-down competing-session drops-after= stops-answering-after= restart= flapping= never-closes id-stuck" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__man)
            opts="-q -v -h --timeout --deadline --format --json --color --quiet --verbose --show-accounts --fail-on --force --netns --sim --scenario --help doctor probe handshake zombies inspect soak watch health worker tap trace compare report explain schema completions man sim"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --deadline)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "text json ndjson" -- "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --fail-on)
                    COMPREPLY=($(compgen -W "attention failed" -- "${cur}"))
                    return 0
                    ;;
                --netns)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --scenario)
                    COMPREPLY=($(compgen -W "normal silent close-on-accept reset-on-accept never-accepts accepts-every= http ssh tls flaky= zombie-blocks= huge-frame close-after-version drip close-after-start client-id-in-use port-changed accounts-missing accounts-empty live-account accounts-late= next-id-missing login-pending= says= read-only account-not-ready clock-ahead= summaries-taken sync-hangs= executions-no-end refuses= pacing upstream-lost upstream-restored farm-down competing-session drops-after= stops-answering-after= restart= flapping= never-closes id-stuck" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__probe)
            opts="-q -v -h --connect --tcp-only --wait --report --timeout --deadline --format --json --color --quiet --verbose --show-accounts --fail-on --force --netns --sim --scenario --help paper live tws-paper tws-live"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --wait)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --report)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --deadline)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "text json ndjson" -- "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --fail-on)
                    COMPREPLY=($(compgen -W "attention failed" -- "${cur}"))
                    return 0
                    ;;
                --netns)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --scenario)
                    COMPREPLY=($(compgen -W "normal silent close-on-accept reset-on-accept never-accepts accepts-every= http ssh tls flaky= zombie-blocks= huge-frame close-after-version drip close-after-start client-id-in-use port-changed accounts-missing accounts-empty live-account accounts-late= next-id-missing login-pending= says= read-only account-not-ready clock-ahead= summaries-taken sync-hangs= executions-no-end refuses= pacing upstream-lost upstream-restored farm-down competing-session drops-after= stops-answering-after= restart= flapping= never-closes id-stuck" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__report)
            opts="-q -v -h --report --timeout --deadline --format --json --color --quiet --verbose --show-accounts --fail-on --force --netns --sim --scenario --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --report)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --deadline)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "text json ndjson" -- "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --fail-on)
                    COMPREPLY=($(compgen -W "attention failed" -- "${cur}"))
                    return 0
                    ;;
                --netns)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --scenario)
                    COMPREPLY=($(compgen -W "normal silent close-on-accept reset-on-accept never-accepts accepts-every= http ssh tls flaky= zombie-blocks= huge-frame close-after-version drip close-after-start client-id-in-use port-changed accounts-missing accounts-empty live-account accounts-late= next-id-missing login-pending= says= read-only account-not-ready clock-ahead= summaries-taken sync-hangs= executions-no-end refuses= pacing upstream-lost upstream-restored farm-down competing-session drops-after= stops-answering-after= restart= flapping= never-closes id-stuck" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__schema)
            opts="-q -v -h --timeout --deadline --format --json --color --quiet --verbose --show-accounts --fail-on --force --netns --sim --scenario --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --deadline)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "text json ndjson" -- "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --fail-on)
                    COMPREPLY=($(compgen -W "attention failed" -- "${cur}"))
                    return 0
                    ;;
                --netns)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --scenario)
                    COMPREPLY=($(compgen -W "normal silent close-on-accept reset-on-accept never-accepts accepts-every= http ssh tls flaky= zombie-blocks= huge-frame close-after-version drip close-after-start client-id-in-use port-changed accounts-missing accounts-empty live-account accounts-late= next-id-missing login-pending= says= read-only account-not-ready clock-ahead= summaries-taken sync-hangs= executions-no-end refuses= pacing upstream-lost upstream-restored farm-down competing-session drops-after= stops-answering-after= restart= flapping= never-closes id-stuck" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__sim)
            opts="-q -v -h --port --server-version --timeout --deadline --format --json --color --quiet --verbose --show-accounts --fail-on --force --netns --sim --scenario --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --port)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --server-version)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --deadline)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "text json ndjson" -- "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --fail-on)
                    COMPREPLY=($(compgen -W "attention failed" -- "${cur}"))
                    return 0
                    ;;
                --netns)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --scenario)
                    COMPREPLY=($(compgen -W "normal silent close-on-accept reset-on-accept never-accepts accepts-every= http ssh tls flaky= zombie-blocks= huge-frame close-after-version drip close-after-start client-id-in-use port-changed accounts-missing accounts-empty live-account accounts-late= next-id-missing login-pending= says= read-only account-not-ready clock-ahead= summaries-taken sync-hangs= executions-no-end refuses= pacing upstream-lost upstream-restored farm-down competing-session drops-after= stops-answering-after= restart= flapping= never-closes id-stuck" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__soak)
            opts="-q -v -h --wait --attempts --gap --minutes --hours --keep-going --announce --client-timeout --account-updates --orders --min-success --max-connect-p95 --max-ready-p95 --max-ready --max-missed-pings --max-ping-p95 --max-missed-fetches --max-drops --max-leaked --exec --exec-timeout --through-tap --neutral --show-output --report --timeout --deadline --format --json --color --quiet --verbose --show-accounts --fail-on --force --netns --sim --scenario --help paper live tws-paper tws-live"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --wait)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --attempts)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --gap)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --minutes)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --hours)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --announce)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --client-timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --min-success)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --max-connect-p95)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --max-ready-p95)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --max-ready)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --max-missed-pings)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --max-ping-p95)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --max-missed-fetches)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --max-drops)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --max-leaked)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --exec-timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --neutral)
                    COMPREPLY=($(compgen -W "true false" -- "${cur}"))
                    return 0
                    ;;
                --report)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --deadline)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "text json ndjson" -- "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --fail-on)
                    COMPREPLY=($(compgen -W "attention failed" -- "${cur}"))
                    return 0
                    ;;
                --netns)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --scenario)
                    COMPREPLY=($(compgen -W "normal silent close-on-accept reset-on-accept never-accepts accepts-every= http ssh tls flaky= zombie-blocks= huge-frame close-after-version drip close-after-start client-id-in-use port-changed accounts-missing accounts-empty live-account accounts-late= next-id-missing login-pending= says= read-only account-not-ready clock-ahead= summaries-taken sync-hangs= executions-no-end refuses= pacing upstream-lost upstream-restored farm-down competing-session drops-after= stops-answering-after= restart= flapping= never-closes id-stuck" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__tap)
            opts="-q -v -h --listen --bind --write --pcap --rotate --fault --live --timeline --full --report --timeout --deadline --format --json --color --quiet --verbose --show-accounts --fail-on --force --netns --sim --scenario --help paper live tws-paper tws-live"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --listen)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --bind)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --write)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --pcap)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --rotate)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --fault)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --report)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --deadline)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "text json ndjson" -- "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --fail-on)
                    COMPREPLY=($(compgen -W "attention failed" -- "${cur}"))
                    return 0
                    ;;
                --netns)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --scenario)
                    COMPREPLY=($(compgen -W "normal silent close-on-accept reset-on-accept never-accepts accepts-every= http ssh tls flaky= zombie-blocks= huge-frame close-after-version drip close-after-start client-id-in-use port-changed accounts-missing accounts-empty live-account accounts-late= next-id-missing login-pending= says= read-only account-not-ready clock-ahead= summaries-taken sync-hangs= executions-no-end refuses= pacing upstream-lost upstream-restored farm-down competing-session drops-after= stops-answering-after= restart= flapping= never-closes id-stuck" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__trace)
            opts="-q -v -h --timeline --full --report --timeout --deadline --format --json --color --quiet --verbose --show-accounts --fail-on --force --netns --sim --scenario --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --report)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --deadline)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "text json ndjson" -- "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --fail-on)
                    COMPREPLY=($(compgen -W "attention failed" -- "${cur}"))
                    return 0
                    ;;
                --netns)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --scenario)
                    COMPREPLY=($(compgen -W "normal silent close-on-accept reset-on-accept never-accepts accepts-every= http ssh tls flaky= zombie-blocks= huge-frame close-after-version drip close-after-start client-id-in-use port-changed accounts-missing accounts-empty live-account accounts-late= next-id-missing login-pending= says= read-only account-not-ready clock-ahead= summaries-taken sync-hangs= executions-no-end refuses= pacing upstream-lost upstream-restored farm-down competing-session drops-after= stops-answering-after= restart= flapping= never-closes id-stuck" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__watch)
            opts="-q -v -h --fresh --ping --look --restart-at --metrics --textfile --on-change --remind --on-change-timeout --report --timeout --deadline --format --json --color --quiet --verbose --show-accounts --fail-on --force --netns --sim --scenario --help paper live tws-paper tws-live"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --fresh)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --ping)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --look)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --restart-at)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --metrics)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --textfile)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --on-change)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --remind)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --on-change-timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --report)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --deadline)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "text json ndjson" -- "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --fail-on)
                    COMPREPLY=($(compgen -W "attention failed" -- "${cur}"))
                    return 0
                    ;;
                --netns)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --scenario)
                    COMPREPLY=($(compgen -W "normal silent close-on-accept reset-on-accept never-accepts accepts-every= http ssh tls flaky= zombie-blocks= huge-frame close-after-version drip close-after-start client-id-in-use port-changed accounts-missing accounts-empty live-account accounts-late= next-id-missing login-pending= says= read-only account-not-ready clock-ahead= summaries-taken sync-hangs= executions-no-end refuses= pacing upstream-lost upstream-restored farm-down competing-session drops-after= stops-answering-after= restart= flapping= never-closes id-stuck" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__worker)
            opts="-q -v -h --supervise --timeout --deadline --format --json --color --quiet --verbose --show-accounts --fail-on --force --netns --sim --scenario --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --deadline)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "text json ndjson" -- "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --fail-on)
                    COMPREPLY=($(compgen -W "attention failed" -- "${cur}"))
                    return 0
                    ;;
                --netns)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --scenario)
                    COMPREPLY=($(compgen -W "normal silent close-on-accept reset-on-accept never-accepts accepts-every= http ssh tls flaky= zombie-blocks= huge-frame close-after-version drip close-after-start client-id-in-use port-changed accounts-missing accounts-empty live-account accounts-late= next-id-missing login-pending= says= read-only account-not-ready clock-ahead= summaries-taken sync-hangs= executions-no-end refuses= pacing upstream-lost upstream-restored farm-down competing-session drops-after= stops-answering-after= restart= flapping= never-closes id-stuck" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        ibdoc__subcmd__zombies)
            opts="-i -q -v -h --port --kill --interactive --heal --watch --min-age --grace --pid --user --report --timeout --deadline --format --json --color --quiet --verbose --show-accounts --fail-on --force --netns --sim --scenario --help paper live tws-paper tws-live"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --port)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --watch)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --min-age)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --grace)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --pid)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --user)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --report)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --deadline)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "text json ndjson" -- "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --fail-on)
                    COMPREPLY=($(compgen -W "attention failed" -- "${cur}"))
                    return 0
                    ;;
                --netns)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --scenario)
                    COMPREPLY=($(compgen -W "normal silent close-on-accept reset-on-accept never-accepts accepts-every= http ssh tls flaky= zombie-blocks= huge-frame close-after-version drip close-after-start client-id-in-use port-changed accounts-missing accounts-empty live-account accounts-late= next-id-missing login-pending= says= read-only account-not-ready clock-ahead= summaries-taken sync-hangs= executions-no-end refuses= pacing upstream-lost upstream-restored farm-down competing-session drops-after= stops-answering-after= restart= flapping= never-closes id-stuck" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
    esac
}

if [[ "${BASH_VERSINFO[0]}" -eq 4 && "${BASH_VERSINFO[1]}" -ge 4 || "${BASH_VERSINFO[0]}" -gt 4 ]]; then
    complete -F _ibdoc -o nosort -o bashdefault -o default ibdoc
else
    complete -F _ibdoc -o bashdefault -o default ibdoc
fi
