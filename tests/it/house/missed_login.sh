# A Gateway whose second factor was not given, so that nothing listens; then the command "$1", with a
# docker that prints its log. Run where processes, mounts and networks are the test's own.
set -e
ip link set lo up
mkdir programs
day=$(date +%F)
cat >programs/docker <<DOCKER
#!/bin/sh
cat <<'LOG'
IBC Settings:
    TradingMode=paper
End IBC Settings
$day 06:00:00:100 IBC: Version: 3.23.0
$day 06:00:03:000 IBC: Click button: Paper Log In
$day 06:00:11:000 IBC: Second Factor Authentication initiated
$day 06:03:12:000 IBC: IBC closing because login has not completed after Second Factor Authentication
LOG
DOCKER
chmod +x programs/docker
PATH=$PWD/programs:$PATH sh -c "$1"
