#!/bin/sh
# What a user of /dev/tally relies on. Each line that fails says which.
set -eu

tally() {
	exec 3<>/dev/tally
	for number; do
		echo "$number" >&3 || return
	done
	cat <&3
}

is() {
	[ "$1" = "$2" ] || { echo "expected $2, got $1" >&2 && exit 1; }
}

is "$(tally 1 2 3)" 6
is "$(tally 9223372036854775807 -1)" 9223372036854775806
is "$(tally)" 0
if tally seven >/dev/null 2>&1; then
	echo "a word was taken for a number" >&2
	exit 1
fi
if tally 9223372036854775807 1 >/dev/null 2>&1; then
	echo "a sum was too large for its type" >&2
	exit 1
fi
echo "5 checks passed"
