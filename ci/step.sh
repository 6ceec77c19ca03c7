# shellcheck shell=bash disable=SC2154 # ci/setup.sh sets what is used here and not set
# What the reader sees of the set-up: lines, lists, long steps, and failures that name the next command.

say() {
	printf '%s\n' "$*"
}

# Said inside a step, whose other output is shown only on a terminal or when it fails.
note() {
	say "  $*" >&3
}

# die WHAT NEXT [STATUS]: the status is 1 for a failure of the set-up's, 2 for a mistake in its use.
die() {
	printf '%s: %s\n  next: %s\n' "$program" "$1" "$2" >&2
	exit "${3:-1}"
}

# list TITLE NAME|WHY…
list() {
	local title=$1 line
	shift
	say "$title"
	for line; do
		printf '  %-18s %s\n' "${line%%|*}" "${line#*|}"
	done
}

# Can we ask the user something, such as sudo's password?
interactive() {
	[[ -t 0 && ${CI-} != true ]]
}

# again WHY COMMAND…: runs COMMAND once more in a step. What failed before is forgotten: only the second failure counts.
again() {
	note "$1"
	: >"$log"
	shift
	"$@"
}

# step WHAT ABOUT_HOW_LONG NEXT COMMAND…: announces COMMAND, runs it, and stops the set-up if it fails.
# On a terminal its output is shown as it comes; elsewhere only if it fails for a reason that is not known.
step() {
	local what=$1 about=$2 next=$3 status=0 cause mend start=$SECONDS shown=no
	shift 3
	say "→ $what (about $about)"
	rm -f "$log"
	[[ ! -t 1 || ${CI-} == true ]] || shown=yes
	# In the background, because bash obeys a signal while it waits, and not while a command runs in the foreground. A
	# subshell, because it needs its own -e, which bash ignores wherever the status is tested.
	if [[ $shown == yes ]]; then
		{
			CARGO_TERM_PROGRESS_WHEN=always CARGO_TERM_PROGRESS_WIDTH=80 in_step "$@" 2>&1 | tee -ai "$log"
			exit "${PIPESTATUS[0]}"
		} <&0 &
	else
		in_step "$@" >>"$log" 2>&1 </dev/null &
	fi
	wait $! || status=$?
	if ((status)); then
		explain
		[[ $shown == yes || -n $cause || ! -s $log ]] || cat "$log" >&2
		die "could not $what: ${cause:-exit code $status, and what was printed stands above}" "${mend:-$next}"
	fi
	say "  done in $((SECONDS - start)) s"
}

# Ctrl-C ends it, although bash has what runs in the background ignore that.
in_step() (
	trap - INT
	set -e
	"$@"
)

# Ends process PID and all that it started.
end() {
	local child children
	children=$(cat "/proc/$1/task/"*/children 2>/dev/null) || true
	kill "$1" 2>/dev/null || true
	for child in $children; do
		end "$child"
	done
}

# interrupted STATUS: what a signal leads to.
interrupted() {
	local job
	trap '' HUP INT TERM
	for job in $(jobs -p); do
		end "$job"
	done
	wait
	say "Interrupted. Nothing that was there is lost; to go on: $command"
	exit "$1"
}

# Fills cause with a sentence, and mend with what to do, if the output of a failed step shows why it failed.
explain() {
	local sentence pattern line
	while IFS='|' read -r sentence mend pattern; do
		line=$(grep -E -- "$pattern" "$log" 2>/dev/null | tail -n 1) || continue
		cause="$sentence ($(sed 's/^ *//; s/:$//' <<<"$line"))"
		mend=${mend//AGAIN/$command}
		mend=${mend//MIRROR/CROSSINGS_DEBIAN_MIRROR=URL $command, with the address of another mirror$meanwhile}
		return
	done < <(causes)
	cause='' mend=''
	if (($(df --output=avail -k "$cache" | tail -n 1) < 64)); then # then the output has no room either
		cause="the disk is full"
		mend="make room on the disk of $cache, then $command"
	fi
}

# SENTENCE|WHAT_TO_DO|PATTERN: how apt, cargo, pip and npm say what may befall anybody.
causes() {
	cat <<-'EOF'
		the disk is full|make room (df -h says where), then AGAIN|No space left on device|enough free space in|Disk quota exceeded
		this archive is not signed with Debian's keys, so nothing of it is used|MIRROR|^[EW]: .*(NO_PUBKEY|BADSIG|[A-Z]KEYSIG|is not signed|signatures? (couldn't|verification)|Clearsigned file)
		the mirror is in the middle of a change, or holds a damaged file|AGAIN, in an hour; or MIRROR|^E: .*( 404 |File not found|[Hh]ash [Ss]um mismatch|unexpected size|have a Release file|different size)
		the archive has no release of it with all its packages|AGAIN, in an hour; or MIRROR|^No kernel .* is whole|^No linux-source-
		the Debian archive cannot be reached|see that the network works, then AGAIN; or MIRROR|^[EW]: .*(Could not (connect|resolve)|Cannot initiate|Connection (failed|refused|timed out|reset)|Temporary failure|Unable to connect|Failed to fetch)
		apt knows of no Debian archive here|MIRROR|^No Debian archive among
		this package is not the file that ci's lock file records, so it is not used|AGAIN; if it stays so, it was replaced: see "Lock files" in CONTRIBUTING.md|^ +[^ ]+==[^ ]+ from |checksum (for|of) `|^npm: .* differs from what is recorded|^npm error zlib: 
		the registry cannot be reached|see that the network works, then AGAIN|Could not resolve host|Could(n't| not) connect|Failed to connect|Connection refused|Failed to establish a new connection|timed out|Max retries exceeded|network failure|^npm error .* failed, reason:
		this version has left its registry|see "Lock files" in CONTRIBUTING.md for how to take another one|No matching distribution found|no matching package named|failed to select a version|version .* is yanked|^npm error .*(The requested resource|No matching version found)
	EOF
}
