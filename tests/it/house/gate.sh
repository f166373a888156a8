# A Gateway that begins to listen a second late, with a data farm that is down, and a bot; then the command
# "$1", and the last line of what it prints. Run where processes and networks are the test's own.
set -e
ip link set lo up
mkdir programs
printf '#!/bin/sh\necho the bot runs\n' >programs/bot
chmod +x programs/bot
(sleep 1 && exec ibdoc sim --port 4002 --scenario farm-down) >/dev/null 2>&1 &
PATH=$PWD/programs:$PATH sh -c "$1" | tail -n 1
