#!/bin/busybox sh
# The first and only program of a drill's guest. It takes commands from the second serial port, one
# a line: NUMBER LENGTH COMMAND. It answers with what the command printed and a line: done NUMBER
# STATUS; or with a line: again, if characters were lost on the way, as happens under full load.
/bin/busybox mkdir -p /dev /proc /sys /tmp /usr/bin /usr/sbin /sbin
/bin/busybox --install -s
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
while read -r module; do
  insmod "/modules/$module.ko"
done </modules/order
ip link set lo up
exec <>/dev/ttyS1 >&0 2>&0
stty raw -echo
echo ready
while read -r number length command; do
  if [ "${#command}" != "$length" ]; then
    echo again
    continue
  fi
  output=$(eval "$command" </dev/null 2>&1)
  status=$?
  printf '%s\ndone %s %s\n' "$output" "$number" "$status"
done
