# shellcheck shell=bash disable=SC2034,SC2154 # shares variables with ci/setup.sh
# The newest stable kernel, which is in Debian 13's backports. The programs that build modules for it want Debian 13's C library,
# and its headers name options of Debian 13's gcc: elsewhere the one comes along, unpacked beside them, and the others go.

provision_newest() {
	look_at newest
	read_debian_suites
	provision_kernel newest choose_newest
}

choose_newest() {
	choose_kernel newest
	[[ $system == debian-13 ]] || chosen+=({libc6,libelf1t64,zlib1g,libzstd1}/trixie)
}

# bring_debian_13 FOLDER: makes the headers of a kernel, unpacked in FOLDER, fit for another system than Debian 13.
bring_debian_13() {
	run_with_libraries "$1"
	# -fmin-function-alignment came with gcc 14. An older pahole cannot write types that go with the kernel's.
	sed -i '/^CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT=/d; /^CONFIG_DEBUG_INFO_BTF_MODULES=/d' "$1/build/include/config/auto.conf"
	# shellcheck disable=SC2016 # make's own variable
	echo 'override PAHOLE_VERSION = $(CONFIG_PAHOLE_VERSION)' >>"$1/build/.kernelvariables" # or make warns of it
}

# Puts in the place of each program a link to a script that runs it with the libraries beside. Some start another one by the
# name under which they were started.
run_with_libraries() {
	local program script=$1/root/usr/lib/x86_64-linux-gnu/run
	cat >"$script" <<-'EOF'
		#!/bin/sh
		libraries=$(dirname "$(readlink -f "$0")")
		exec "$libraries/ld-linux-x86-64.so.2" --argv0 "$0" --library-path "$libraries" "$0.elf" "$@"
	EOF
	chmod +x "$script"
	find "$1"/root/usr/lib/linux-kbuild-* -type f -perm -u+x | while read -r program; do
		[[ $(head -c 4 "$program") == $'\x7fELF' ]] || continue
		mv "$program" "$program.elf"
		ln -sr "$script" "$program"
	done
}
