#!/bin/sh
# PID 1 of a machine until systemd is: nspawn mounts the controllers of cgroup v1 read-only, and systemd's limits would limit nothing.
for controller in memory pids cpu cpuacct; do
  mount -o remount,bind,rw "/sys/fs/cgroup/$controller" || echo "no limits of $controller"
done
# systemd 256 and 257 boot on cgroup v1 only where they are told to
export SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1
exec /lib/systemd/systemd
