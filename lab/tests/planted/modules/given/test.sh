#!/bin/sh
# Its exit code tells that it got its argument, the parameter's value and its own file.
[ "$(cat /dev/given)" = "$1" ] && [ "$(cat /root/beside.txt)" = beside ] || exit 3
echo "the device says $1"
exit "${2:-0}"
