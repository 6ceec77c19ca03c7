#!/usr/bin/env bash
# Runs all lessons, exercises and notebooks under hardships, to see that nothing depends on the speed of the machine. It
# takes hours, so it is no part of `make test`: run it before a release, and after a change of what waits or is timed.
set -uo pipefail
cd "$(dirname "$0")/.."

usage() {
	cat <<-'EOF'
		Usage: ci/sweep.sh [HARDSHIP…]

		Runs all lessons on all kernels, all exercises and all notebooks under each
		hardship, and says which passed. All hardships, if none is named:

		  busy     six busy loops run beside it
		  single   one thread emulates both processors of a guest
		  slow     the emulator is stopped nine tenths of the time
		  host     the lessons that run without the lab, on this machine's own kernel,
		           with six busy loops beside them

		KINDS in the environment names what to run, of lessons, exercises, notebooks;
		all three, if it is not set. Reports are kept in target/lab/sweep.
	EOF
}

loops=()
reports=target/lab/sweep
failed=()

# Starts six processes that keep every processor busy; stop_loops ends them, and so does the end of this script.
start_loops() {
	local n
	for n in 1 2 3 4 5 6; do
		while :; do :; done &
		loops+=($!)
	done
}

stop_loops() {
	((${#loops[@]} == 0)) || kill "${loops[@]}" 2>/dev/null
	loops=()
}
trap stop_loops EXIT
trap 'exit 130' INT TERM

# run HARDSHIP KIND COMMAND…
run() {
	local name="$1, $2" report=$reports/$1-$2.txt start=$SECONDS
	shift 2
	echo "→ $name"
	if "$@" >"$report" 2>&1 </dev/null; then
		echo "  $(tail -n 1 "$report") ($((SECONDS - start)) s)"
	else
		echo "  FAILED ($((SECONDS - start)) s); $report says:"
		tail -n 5 "$report" | sed 's/^/  /'
		failed+=("$name")
	fi
}

# all HARDSHIP JOBS: everything that runs in the lab. Guests that stand still most of the time leave room for others.
all() {
	local kind
	for kind in ${KINDS:-lessons exercises notebooks}; do
		case $kind in
		lessons) run "$1" lessons cargo lab run --kernel all --jobs "$2" ;;
		exercises) run "$1" exercises cargo lab dev prove --jobs "$2" ;;
		notebooks) run "$1" notebooks cargo lab dev notebooks --jobs "$2" ;;
		*) usage >&2 && exit 2 ;;
		esac
	done
}

for hardship in "${@:-busy}"; do
	case $hardship in
	--help | -h) usage && exit ;;
	busy | single | slow | host) ;;
	*) echo "ci/sweep.sh: unknown hardship '$hardship'" >&2 && usage >&2 && exit 2 ;;
	esac
done
(($#)) || set -- busy single slow host
mkdir -p "$reports"

for hardship; do
	case $hardship in
	busy)
		start_loops
		all busy 2
		stop_loops
		;;
	single) CROSSINGS_THREADS=1 all single 2 ;;
	slow) CROSSINGS_SLOWDOWN=10 all slow 10 ;;
	host)
		start_loops
		run host lessons cargo test --quiet --package lab --test host
		stop_loops
		;;
	esac
done

((${#failed[@]} == 0)) || printf 'failed: %s\n' "${failed[@]}"
((${#failed[@]} == 0))
