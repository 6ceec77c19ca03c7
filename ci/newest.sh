#!/usr/bin/env bash
# Do the modules build on the newest stable kernel, and load? The course does not run on that one yet, so this is no part of
# `make test`: run it after a change of a module, and when Debian has a new kernel.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

ci=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${CROSSINGS_CACHE:-${XDG_CACHE_HOME:-${HOME:?is not set, so there is no place for the cache folder}/.cache}/crossings}
[[ $cache == /* ]] || cache=$PWD/$cache
newest=$cache/newest # RELEASE/ is a small Debian 13 with that kernel, its headers, and the compiler that they want
work=$newest/work    # everything unfinished; removed at the start and at the end of a run
log=$work/log
program=newest
command=ci/newest.sh
purpose=read
failed=()

source "$ci/step.sh"
source "$ci/system.sh"
source "$ci/suites.sh"
source "$ci/apt.sh"
source "$ci/kernel.sh"
source "$ci/modules.sh"

# Instead of those with the lab's kernels.
suites() {
	echo trixie trixie-backports
}

usage() {
	cat <<-'EOF'
		Usage: ci/newest.sh

		Builds every module and every solution of an exercise with W=1 for the newest
		stable kernel in Debian 13's backports, boots it in QEMU, and loads and unloads
		each. Fails on any warning of the compiler's and any complaint of the kernel's,
		and says of which module.

		The programs that build modules for that kernel want Debian 13's C library, and
		its gcc. So a small Debian 13 is made for them in the cache, once for each
		release: 500 MB, in 1 to 3 minutes. Nothing else of this machine changes.

		Needs what ci/setup.sh --test installs, and the package mmdebstrap; and root, or
		a user who may make user namespaces and has a range of user ids in /etc/subuid
		(the package uidmap). For Debian 12 and 13, amd64.

		Environment: CROSSINGS_CACHE, CROSSINGS_DEBIAN_MIRROR, CROSSINGS_DEBIAN_KEYRING
		and CROSSINGS_QEMU, as ci/setup.sh --help says.
	EOF
}

main() {
	local release chosen=() module
	case ${1-} in
	'') ;;
	--help | -h) usage && exit ;;
	*) die "unknown argument '$1'" "$command --help" 2 ;;
	esac
	cd "$ci/.."
	identify_system
	require_mirror
	command -v mmdebstrap >/dev/null ||
		die "mmdebstrap is missing, which makes the Debian 13 to build in" "apt-get install mmdebstrap, as root; then $command"
	[[ -x $cache/busybox ]] || die "there is no $cache/busybox" "ci/setup.sh, then $command"
	mkdir -p "$newest"
	exec 8>>"$newest/lock" 9>>"$cache/setup.lock" # package lists are read where the set-up reads them
	flock 8 && flock 9
	trap 'rm -rf "$work"' EXIT
	trap 'interrupted 130' INT TERM
	rm -rf "$work" && mkdir "$work"

	step "read Debian 13's package lists" "10 s" "$command" read_debian_suites
	choose_kernel '[0-9]+'
	[[ -d $newest/$release ]] ||
		step "make a Debian 13 with Linux $release" "1 to 3 min" "$command" make_root
	rm -rf "$cache/apt"
	exec 9>&-

	lay_out "$work/sources"
	step "build ${#modules[@]} folders of modules for $release" "1 min" "mend what stands above, then $command" compile
	judge_build
	((${#failed[@]})) || step "boot $release, load and unload what was built" "20 s" "$command; what its console said is in $newest/console" boot
	((${#failed[@]})) || judge_boot
	if ((${#failed[@]})); then
		printf 'failed: %s\n' "${failed[@]}"
		exit 1
	fi
	say "On $release all modules and solutions build without a warning, load and unload."
}

# Owned by us, whoever we are: mmdebstrap writes an archive, of which we unpack all but the devices.
make_root() {
	local sources packages
	mapfile -t sources <"$cache/apt/suites.list"
	# The image's own package wants an initramfs made, which this kernel does not need.
	packages=$(IFS=, && echo "${chosen[*]/#linux-image-/linux-binary-}")
	find "$newest" -mindepth 1 -maxdepth 1 -type d ! -path "$work" -exec rm -rf {} +
	mkdir "$work/root"
	mmdebstrap --variant=essential --include="binutils,cpio,make,$packages" --dpkgopt=force-unsafe-io \
		'' - "${sources[@]/target=Packages}" | tar -x -C "$work/root" --exclude='./dev/*'
	mv -T "$work/root" "$newest/$release"
}

# inside COMMAND…: runs it in that Debian 13, as its root, with the sources in /mnt.
inside() {
	local namespaces=(--mount)
	((EUID == 0)) || namespaces+=(--map-root-user)
	# shellcheck disable=SC2016 # for the shell in the namespaces
	unshare "${namespaces[@]}" sh -ec '
		root=$1 sources=$2
		shift 2
		for folder in dev proc; do
			mount --rbind "/$folder" "$root/$folder"
		done
		mount --bind "$sources" "$root/mnt"
		exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin LC_ALL=C "$@"
	' sh "$newest/$release" "$work/sources" "$@"
}

# One make for all. It goes on after an error, so that each is seen.
compile() {
	inside make -C "/usr/src/linux-headers-$release" M=/mnt W=1 --keep-going --jobs="$(nproc)" modules >"$work/build" 2>&1 ||
		echo "make: warning: it failed" >>"$work/build"
}

# Shows what the compiler or modpost said, and fails the modules whose files it names.
judge_build() {
	grep -qi 'warning:' "$work/build" || return 0
	grep -vE '^(  (CC|LD|AR|BTF|MODPOST) |make\[?)' "$work/build"
	mapfile -t failed < <(grep -vE '^  ' "$work/build" | grep -oE '(kmods/[a-z]+|exercises/[a-z]+/[a-z-]+)/[a-z_]+\.[a-z]+' |
		sed 's|/[^/]*$||' | sort -u)
	((${#failed[@]})) || failed=("the build")
}

# Boots the kernel with busybox, which loads and unloads all that was built. It writes to the kernel's log what it does.
boot() {
	local ram=$work/sources/ram
	mkdir -p "$ram/dev"
	find "$work/sources" -name '*.ko' -exec cp -t "$ram" {} +
	cp "$cache/busybox" "$ram"
	cat >"$ram/init" <<-'EOF'
		#!/busybox sh
		/busybox mount -t devtmpfs none /dev
		say() { echo "crossings: $*" >/dev/kmsg; }
		for module in *.ko; do
			say "loading $module"
			[ $module != crossings_sysfs_guest.ko ] || /busybox insmod crossings_sysfs.ko # which it looks for
			/busybox insmod $module || say "WARNING: it does not load"
			/busybox rmmod $module || say "WARNING: it does not unload"
		done
		say "the end"
		/busybox poweroff -f
	EOF
	chmod +x "$ram/init"
	inside sh -c 'cd /mnt/ram && find . | cpio --quiet --create --format=newc >../ram.cpio'
	timeout 300 "${CROSSINGS_QEMU:-qemu-system-x86_64}" -accel tcg,thread=single -m 1024 -nodefaults -display none -no-reboot \
		-kernel "$newest/$release/usr/lib/modules/$release/vmlinuz" -initrd "$work/sources/ram.cpio" \
		-append "console=ttyS0 loglevel=8 panic=-1" -serial "file:$newest/console"
	grep 'crossings: the end' "$newest/console" || {
		tail -n 30 "$newest/console"
		return 1
	}
}

# Fails each module about which the kernel complained.
judge_boot() {
	local module
	sed 's/\r$//; s/^\[[^]]*\] //' "$newest/console" | awk '
		sub(/^crossings: loading /, "") { module = $0; next }
		module && /WARNING:|BUG:|Oops|UBSAN:|Call Trace:|deprecated/ { print module ": " $0 }
	' >"$work/complaints"
	while read -r module; do
		failed+=("$module")
	done <"$work/complaints"
}

exec 3>&1
main "$@"
