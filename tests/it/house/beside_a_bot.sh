# A Gateway in a container that closes connections from outside, its relay, and a bot in another one;
# then the command "$1", with a docker that enters the bot's container. Run where processes, mounts
# and networks are the test's own.
set -e
mkdir -p /run/netns /etc/netns programs
mount -t tmpfs none /run/netns
mount -t tmpfs none /etc/netns
ip netns add gateway
ip netns add bot
ip link add wire netns bot type veth peer name wire netns gateway
for each in 'bot 1' 'gateway 2'; do
    set -- "$1" "$2" "${each% *}" "${each#* }"
    ip -n "$3" addr add "10.9.9.$4/24" dev wire
    ip -n "$3" link set wire up
    ip -n "$3" link set lo up
done
mkdir /etc/netns/bot
echo '10.9.9.2 ib-gateway' >/etc/netns/bot/hosts
mkfifo said
serve() {
    ip netns exec gateway ibdoc sim --port "$1" --scenario "$2" >said 2>/dev/null &
    read -r listening <said
    ip netns exec gateway socat "TCP4-LISTEN:$3,bind=10.9.9.2,fork,reuseaddr" "TCP:127.0.0.1:$1" \
        >/dev/null 2>&1 &
    until ip netns exec gateway cat /proc/net/tcp | grep -q ":0F$4 00000000:0000 0A"; do sleep 0.05; done
}
serve 14002 close-on-accept 4002 A2
serve 14004 normal 4004 A4
cat >programs/docker <<'DOCKER'
#!/bin/sh
shift 2
exec ip netns exec bot unshare --pid --fork --mount-proc "$@"
DOCKER
chmod +x programs/docker
PATH=$PWD/programs:$PATH sh -c "$1"
