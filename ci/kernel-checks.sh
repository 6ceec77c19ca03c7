#!/usr/bin/env bash
# The kernel's own checkers over every module and every solution of an exercise. Each tool's findings are shown, and the last
# line counts: a file that a tool has nothing against has passed.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

ci=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "${CROSSINGS_ROOT:-$ci/..}"
cache=${CROSSINGS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/crossings}
[[ $cache == /* ]] || cache=$PWD/$cache
work=$PWD/target/lab/kernel-checks # each tool's copy of the sources, and what it said
log=$work/log
program=kernel-checks
command=ci/kernel-checks.sh
scripts=$cache/checkers # from Debian's package of the kernel's source; see ci/kernel.sh
passed=0
failed=0

source "$ci/step.sh"
source "$ci/modules.sh"

usage() {
	cat <<-'EOF'
		Usage: ci/kernel-checks.sh

		Runs the kernel's own checkers over all modules and all solutions of exercises:

		  checkpatch --strict   the kernel's coding style
		  sparse                __user, __iomem, endianness, locks that are not released
		  Coccinelle            the kernel's semantic patches, in report mode

		Shows each finding, and fails if there is one. ci/setup.sh --test installs what
		it needs. CROSSINGS_ROOT names another checkout than this one.
	EOF
}

main() {
	local kernel
	case ${1-} in
	'') ;;
	--help | -h) usage && exit ;;
	*) die "unknown argument '$1'" "$command --help" 2 ;;
	esac
	[[ -s $scripts/packages ]] || die "the kernel's checkers are not in $cache" "ci/setup.sh --test, then $command"
	trap 'interrupted 130' INT TERM

	lay_out "$work/sources"
	cd "$work/sources"
	mapfile -t files < <(find kmods exercises -name '*.[ch]' | sort)
	step "run checkpatch" "15 s" "$command" checkpatch
	judge checkpatch "${#files[@]}"
	for kernel in 6.12 6.1; do
		step "run sparse for $kernel" "40 s" "mend what stands above, then $command" sparse "$kernel"
		judge "sparse-$kernel" "$(printf '%s\n' "${files[@]}" | grep -c '\.c$')"
	done
	step "run Coccinelle" "30 s" "$command" coccinelle
	judge coccinelle "${#files[@]}"

	say "$passed passed, $failed failed"
	((failed == 0))
}

checkpatch() {
	local file status=0
	for file in "${files[@]}"; do
		printf '%s\0' "$(accepted "$file")" "$file"
	done | xargs -0 -n 2 -P "$(nproc)" \
		"$scripts/checkpatch.pl" --no-tree --strict --terse --show-types --no-summary -f --ignore >"$work/checkpatch" ||
		status=$?
	((status == 0 || status == 123)) # 123: it found something
}

# Types of checkpatch's findings that a file may have. (No type is called NONE.)
accepted() {
	case $1 in
	# Its purpose is to tell releases apart; and checkpatch takes KERNEL_VERSION() for the constant of a comparison.
	kmods/include/crossings_compat.h) echo LINUX_VERSION_CODE,CONSTANT_COMPARISON ;;
	# What is widely copied, and shown for that: a file that anybody may write to, a number whose text nobody checks.
	kmods/procfs/copied.c) echo EXPORTED_WORLD_WRITABLE ;;
	kmods/semaphores/copied.c) echo EXPORTED_WORLD_WRITABLE,NAKED_SSCANF,SSCANF_TO_KSTRTO ;;
	# It begins with 0 and counts: a completion has no second semaphore that is given in turn.
	exercises/semaphores/shelf/exercise.c) echo CONSIDER_COMPLETION ;;
	*) echo NONE ;;
	esac
}

# kbuild gives it the kernel's own flags, under which it checks endianness and contexts.
sparse() {
	local folder=$cache/kernels/$1 copy=$work/$1
	rm -rf "$copy" && cp -r "$work/sources" "$copy"
	make -C "$folder/build" M="$copy" CC="$(<"$folder/cc")" C=1 CHECK=sparse --keep-going --jobs="$(nproc)" \
		modules >"$work/make-$1" 2>&1 || { cat "$work/make-$1" && return 1; }
	sed "s|$copy/||" "$work/make-$1" | grep -E '^[^ ]+\.[ch]:[0-9]+:[0-9]+: ' >"$work/sparse-$1" || true
}

# Without those that are written in OCaml, which would need its compiler: one of a single driver, and one that looks for
# pointers compared with 0, as sparse does. It asks python3 for its library: Debian's own, whatever the user has before it.
coccinelle() {
	find "$scripts/coccinelle" -name '*.cocci' -exec grep -LZ ':ocaml@' {} + |
		PATH=/usr/bin:/bin xargs -0 -n 1 -P "$(nproc)" bash -c 'spatch --sp-file "$1" -D report --very-quiet --no-show-diff \
			$(sed -n "s|^// *Options: *||p" "$1") --dir .' bash >"$work/coccinelle"
}

# judge TOOL OF: shows what a tool found, and counts the files, of so many.
judge() {
	local found
	sed -i '/^$/d; s|^\./||' "$work/$1"
	cat "$work/$1"
	found=$(cut -d: -f1 "$work/$1" | sort -u | wc -l)
	failed=$((failed + found))
	passed=$((passed + $2 - found))
}

exec 3>&1
main "$@"
