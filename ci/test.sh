#!/usr/bin/env bash
# Every check there is. `make test` prepares the machine and calls this. All of them run, also after a failure; the last line
# counts them: each test of cargo's, each lesson on each kernel, each attempt at an exercise, and each other step as one.
set -uo pipefail
cd "$(dirname "$0")/.."

output=$(mktemp)
trap 'rm -f "$output"' EXIT
passed=0
failed=0
names=()

# step NAME COMMAND…: one check.
step() {
	local name=$1
	shift
	printf '\n== %s\n' "$name"
	if "$@" 2>&1 | tee "$output"; then
		count "$name" 1 0
	else
		count "$name" 0 1
	fi
}

# counted NAME COMMAND…: a command that counts for itself, in lines like `3 passed, 1 failed`, or cargo test's or pytest's
# own. One that fails and counts no failure, or that counts nothing at all, is a failure of its own.
counted() {
	local name=$1 status p f
	shift
	printf '\n== %s\n' "$name"
	"$@" 2>&1 | tee "$output"
	status=${PIPESTATUS[0]}
	read -r p f < <(sed -nE -e 's/^(test result: .* )?([0-9]+) passed[;,] ([0-9]+) failed.*/\2 \3/p' \
		-e 's/^([0-9]+) passed in .*/\1 0/p' -e 's/^([0-9]+) failed, ([0-9]+) passed.* in .*/\2 \1/p' \
		-e 's/^([0-9]+) (failed|errors?) in .*/0 \1/p' "$output" |
		awk '{ p += $1; f += $2 } END { print p + 0, f + 0 }')
	if ((p + f == 0 || (status != 0 && f == 0))); then
		f=$((f + 1))
	fi
	count "$name" "$p" "$f"
}

count() {
	passed=$((passed + $2))
	failed=$((failed + $3))
	(($3 == 0)) || names+=("$1")
}

kernels=(--kernel 6.12 --kernel 6.1)

step "rustfmt" cargo fmt --all --check
step "rustfmt, exercises" rustfmt --check --edition 2024 labs/*/*/*.rs
step "clippy" cargo clippy --quiet --workspace --all-targets -- -D warnings
step "rustdoc" env RUSTDOCFLAGS='-D warnings' cargo doc --quiet --workspace --no-deps --document-private-items
step "doctor" cargo lab doctor
counted "lessons" cargo lab run "${kernels[@]}"
step "the book" cargo lab check
counted "the tool and the lessons' libraries" cargo test --quiet --workspace --no-fail-fast
counted "exercises" cargo lab labs
# Not the starters and what is refused: they are wrong on purpose.
step "clippy, exercises" cargo clippy --quiet --manifest-path target/lab/labs/Cargo.toml --target-dir target \
	--bin '*-solution' --bin '*-module' -- -D warnings -D clippy::unwrap_used -D clippy::undocumented_unsafe_blocks
counted "notebooks" cargo lab notebooks
counted "notebooks that go wrong" cargo lab jupyter pytest -q -p no:cacheprovider lab/jupyter/tests/*.py
counted "soak" cargo lab soak "${kernels[@]}"

echo
((failed == 0)) || printf 'failed: %s\n' "${names[@]}"
echo "$passed passed, $failed failed"
((failed == 0))
