# shellcheck shell=bash disable=SC2154 # ci/setup.sh sets what is used here and not set
# What the reader sees of the set-up: lines, lists, long steps, and failures that name the next command.

say() {
	printf '%s\n' "$*"
}

# die WHAT NEXT
die() {
	printf 'setup: %s\n  next: %s\n' "$1" "$2" >&2
	exit 1
}

# list TITLE NAME|WHY…
list() {
	local title=$1 line
	shift
	say "$title"
	for line; do
		printf '  %-16s %s\n' "${line%%|*}" "${line#*|}"
	done
}

# Can we ask the user something, such as sudo's password?
interactive() {
	[[ -t 0 && ${CI-} != true ]]
}

# step WHAT ABOUT_HOW_LONG NEXT COMMAND…: announces COMMAND, runs it, and stops the set-up if it fails.
# On a terminal its output is shown as it comes; elsewhere only if it fails, and then all of it.
step() {
	local what=$1 about=$2 next=$3 status log=$work/log start=$SECONDS
	shift 3
	say "→ $what (about $about)"
	set +e # the subshell needs its own -e, which bash ignores wherever the status is tested
	if [[ -t 1 && ${CI-} != true ]]; then
		(set -e; "$@")
	else
		(set -e; "$@") >"$log" 2>&1 </dev/null
	fi
	status=$?
	set -e
	if ((status)); then
		[[ ! -s $log ]] || cat "$log" >&2
		die "could not $what (exit $status)" "$next"
	fi
	say "  done in $((SECONDS - start)) s"
	rm -f "$log"
}
