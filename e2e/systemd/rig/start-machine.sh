#!/bin/sh
# Starts a machine, in two steps: `outside` enters the machine's own cgroups and then its own pid and mount namespaces, in which `inside`
# is the first process. So everything that it starts and mounts is gone when it is gone, and it goes with whoever started it.
set -eu
step=$1
shift

if [ "$step" = outside ]; then
  folder=$1
  for place in $RIG_CGROUPS; do
    echo $$ >"$place/cgroup.procs"
  done
  exec setpriv --pdeathsig KILL \
    unshare --mount --propagation private --pid --fork --kill-child=KILL --mount-proc "$0" inside "$@"
fi

folder=$1 base=$2 name=$3
shift 3
# nspawn keeps its locks there, and those of this machine are nobody else's
mount -t tmpfs -o mode=0755 none /run
mount -t overlay overlay -o "lowerdir=$base,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
# without a systemd outside there is nobody to register with, and no unit to be put into
exec systemd-nspawn --quiet --directory="$folder/root" --machine="$name" --register=no --keep-unit --private-network \
  --kill-signal=SIGRTMIN+3 --console=pipe --link-journal=no --resolv-conf=off --timezone=off --setenv="RIG_FOLDER=$folder" \
  --bind-ro="$(dirname "$0")/pid1.sh:/usr/lib/rig-pid1" "$@" /usr/lib/rig-pid1
