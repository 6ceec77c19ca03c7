#!/usr/bin/env bash
# Every check there is; with --quick, those that a change of prose or of one lesson needs. `make test` and `make quick` prepare
# the machine and call this. All of them run, also after a failure; the last line counts them: each test of cargo's, each
# lesson on each kernel, each attempt at an exercise, each mutant of a solution, and each other step as one.
set -uo pipefail
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
output=$scratch/output
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$scratch"' EXIT
passed=0
failed=0
names=()
begun=0
declare -A pids
# Those that ci/setup.sh --test brings.
kernels=$(ci=ci && source ci/kernel.sh && known_kernels test | paste -sd,)

# step NAME COMMAND…: one check.
step() {
	local name=$1
	shift
	printf '\n== %s\n' "$name"
	if "$@" 2>&1 | tee "$output"; then
		count "$name" 1 0 "$output"
	else
		count "$name" 0 1 "$output"
	fi
}

# counted NAME COMMAND…: a command that counts for itself, in lines like `3 passed, 1 failed`, or cargo test's or pytest's
# own. One that fails and counts no failure, or that counts nothing at all, is a failure of its own.
counted() {
	local name=$1
	shift
	printf '\n== %s\n' "$name"
	"$@" 2>&1 | tee "$output"
	tally "$name" "${PIPESTATUS[0]}" "$output"
}

# beside NAME COMMAND…: begins a command that counts for itself, and goes on. Much of what is tested waits for a guest, and
# leaves the processor to others.
beside() {
	local name=$1
	shift
	printf '\n== %s (beside the next ones)\n' "$name"
	# bash starts what goes on beside it with SIGINT ignored, which tests of Ctrl-C would inherit.
	env --default-signal=INT,QUIT "$@" >"$scratch/$name" 2>&1 &
	pids[$name]=$!
}

# join NAME: waits for what was begun, and shows and counts it.
join() {
	printf '\n== %s\n' "$1"
	wait "${pids[$1]}"
	local status=$?
	cat "$scratch/$1"
	tally "$1" $status "$scratch/$1"
}

# tally NAME STATUS OUTPUT: counts what a command has counted.
tally() {
	local p f cargo=?
	# What a failed test of cargo's has printed may look like a count too.
	grep -q '^test result: ' "$3" && cargo=
	read -r p f < <(sed -nE -e "s/^(test result: .* )$cargo([0-9]+) passed[;,] ([0-9]+) failed.*/\\2 \\3/p" \
		-e 's/^([0-9]+) passed(, [0-9]+ warnings?)? in .*/\1 0/p' -e 's/^([0-9]+) failed, ([0-9]+) passed.* in .*/\2 \1/p' \
		-e 's/^([0-9]+) (failed|errors?) in .*/0 \1/p' "$3" |
		awk '{ p += $1; f += $2 } END { print p + 0, f + 0 }')
	if ((p + f == 0 || ($2 != 0 && f == 0))); then
		f=$((f + 1))
	fi
	count "$1" "$p" "$f" "$3"
}

# count NAME PASSED FAILED OUTPUT: also says how long it took, so that whoever finds all this too long sees where the time
# goes. What a failure has said is kept.
count() {
	printf '%s: %d s\n' "$1" $((SECONDS - begun))
	begun=$SECONDS
	passed=$((passed + $2))
	failed=$((failed + $3))
	if (($3 > 0)); then
		names+=("$1")
		cp "$4" "$scratch/${#names[@]}.failed"
	fi
}

# conclude: what failed, once more, where one looks first; the last line; and the script's exit status.
conclude() {
	local place
	for place in "${!names[@]}"; do
		printf '\n== failed: %s\n' "${names[place]}"
		grep -m 40 -A 30 -E '^(FAIL|LAB|FAILED|error|---- .* ----|_{3,} .* _{3,}$)' "$scratch/$((place + 1)).failed" ||
			tail -n 40 "$scratch/$((place + 1)).failed"
	done
	echo
	echo "$passed passed, $failed failed"
	exit $((failed > 0))
}

step "rustfmt" cargo fmt --all --check
step "rustfmt, the notebooks' kernel" cargo fmt --manifest-path lab/jupyter/Cargo.toml --check
step "rustfmt, exercises" rustfmt --check --edition 2024 exercises/*/*/*.rs
if [[ ${1-} == --quick ]]; then
	step "clippy" cargo clippy --quiet --workspace --all-targets -- -D warnings
	step "lessons that changed" cargo lab run --changed --kernel 6.12,6.1
	step "the book" cargo lab dev lint
	counted "the tool" cargo test --quiet --package lab --bins
	conclude
fi
for folder in . lab/jupyter ci/book; do
	step "lock file of $folder" cargo update --quiet --workspace --locked --manifest-path "$folder/Cargo.toml"
done
step "the page's script" page/npm test
step "clippy" cargo clippy --quiet --workspace --all-targets -- -D warnings
step "rustdoc" env RUSTDOCFLAGS='-D warnings' cargo doc --quiet --workspace --no-deps --document-private-items
step "doctor" cargo lab doctor
counted "lessons" cargo lab run --kernel "$kernels"
step "the book" cargo lab dev lint
# With an address, its pages have their pictures. Nothing is there.
step "the book as a site" cargo lab site --at https://book.invalid/crossings/
counted "the look of the book" cargo lab jupyter pytest -q -p no:cacheprovider page/tests/look/*.py
# The tool by itself: with the workspace's other packages, its crates would have other features, and cargo would put another
# program in the place of the one that `cargo lab` runs meanwhile.
beside "the tool" cargo test --quiet --package lab --no-fail-fast
counted "exercises" cargo lab dev prove --kernel "$kernels"
# Not the starters and what is refused: they are wrong on purpose.
step "clippy, exercises" cargo clippy --quiet --manifest-path target/lab/exercises/Cargo.toml --target-dir target \
	--bin '*-solution' --bin '*-module' -- -D warnings -D clippy::unwrap_used -D clippy::undocumented_unsafe_blocks
# The same one of each exercise every time; all of them take half an hour.
counted "mutants" cargo lab dev prove --mutants --few 1
counted "notebooks" cargo lab dev notebooks
# Where the tool keeps what it is built of, and without CI, as the tool builds it: nothing is compiled twice.
counted "the notebooks' kernel" env -u CI cargo test --quiet --release --locked --manifest-path lab/jupyter/Cargo.toml \
	--target-dir "${CROSSINGS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/crossings}/notebook/build"
counted "the lessons' libraries" cargo test --quiet --workspace --exclude lab --no-fail-fast
join "the tool"
beside "notebooks that go wrong" cargo lab jupyter pytest -q -p no:cacheprovider lab/jupyter/tests/*.py
beside "the page in a browser" cargo lab jupyter pytest -q -p no:cacheprovider page/tests/test_*.py
counted "the kernel's checkers" ci/kernel-checks.sh
# A few runs of each lesson, because the time is limited; twenty are what an author does.
counted "soak" cargo lab dev soak --runs 4 --kernel 6.12,6.1
join "notebooks that go wrong"
join "the page in a browser"

conclude
