#!/bin/sh
# java with these arguments as the first process of a pid namespace, and with a folder of counters of its own:
# a JVM removes from a shared one the files of processes that it does not see.
folder=/tmp/hsperfdata_$(id -un)
exec unshare --fork --pid --kill-child --mount sh -c '
    mkdir -p "$0" && mount -t tmpfs -o mode=755 none "$0" && exec java "$@"
' "$folder" "$@"
