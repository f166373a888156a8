# A Gateway that is stopped, in a network namespace of its own behind socat; then the command "$1".
# "$3" is the source of the Gateway. Run where processes, mounts and networks are the test's own.
set -e
mkdir -p /run/netns
mount -t tmpfs none /run/netns
ip link set lo up
ip netns add gateway
ip link add outside type veth peer name inside netns gateway
ip addr add 10.9.9.1/24 dev outside
ip link set outside up
ip -n gateway addr add 10.9.9.2/24 dev inside
ip -n gateway link set inside up
ip -n gateway link set lo up
mkfifo said
sleep infinity | ip netns exec gateway java -Dlauncher=/home/me/Jts/ibgateway/1030 "$3" mute 4002 >said 2>/dev/null &
gateway=$!
read -r listening <said
kill -STOP "$gateway"
until grep -q '^State:.T' "/proc/$gateway/status"; do sleep 0.05; done
socat TCP4-LISTEN:4004,fork,reuseaddr TCP:10.9.9.2:4002 >/dev/null 2>&1 &
until grep -q ':0FA4 00000000:0000 0A' /proc/net/tcp; do sleep 0.05; done
sh -c "$1"
