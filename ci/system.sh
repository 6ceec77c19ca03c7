# shellcheck shell=bash disable=SC2034,SC2154 # shares variables with ci/setup.sh
# Which machine is this, and is it one that the set-up knows?

# Fills system (debian-12, debian-13 or ubuntu) and system_name, or says what would work.
identify_system() {
	local ID='' VERSION_ID='' PRETTY_NAME='' architecture
	[[ $(uname -s) == Linux ]] || refuse "this is $(uname -s), not Linux"
	[[ ! -r /etc/os-release ]] || . /etc/os-release
	system_name=${PRETTY_NAME:-this Linux}
	command -v apt-get >/dev/null || refuse "$system_name has no apt"
	architecture=$(dpkg --print-architecture)
	[[ $architecture == amd64 ]] || refuse "$system_name is for $architecture; the lab's kernels are for amd64"
	case $ID-$VERSION_ID in
	debian-12 | debian-13) system=$ID-$VERSION_ID ;;
	ubuntu-*)
		system=ubuntu
		identify_ubuntu
		;;
	*) refuse "the set-up does not know $system_name" ;;
	esac
	PATH=${CARGO_HOME:-$HOME/.cargo}/bin:$PATH:/usr/sbin:/sbin # rustup's programs; depmod
}

# refuse WHY [WHAT_WOULD_WORK_HERE]
refuse() {
	die "$1" "${2:+$2; or }use a Debian 13 or 12 machine, virtual machine or container on amd64, and run $command there"
}

# Ubuntu 24.04 has QEMU 8.2; 26.04 has 10.2.
identify_ubuntu() {
	local candidate
	package_present qemu && return
	candidate=$(apt-cache policy qemu-system-x86 | sed -nE 's/^ *Candidate: ([0-9]+:)?([0-9]+).*/\2/p')
	((${candidate:-$qemu_oldest} >= $(qemu_needed))) ||
		refuse "$system_name offers QEMU $candidate. Without KVM that crashes kernel 6.12 now and then, and ${CROSSINGS_KVM-/dev/kvm} cannot be opened here" \
			"let this user open /dev/kvm (the group kvm may), if its processor's virtualisation works; or take Ubuntu 26.04"
}

# Ubuntu has other kernels, and its sources name no Debian mirror.
require_mirror() {
	[[ $system != ubuntu || -n ${CROSSINGS_DEBIAN_MIRROR-} ]] ||
		refuse "the lab's kernels are Debian's, and $system_name names no Debian mirror in its own sources" \
			"CROSSINGS_DEBIAN_MIRROR=URL $command, with the address of a Debian mirror"
}

# rustup leaves a program in PATH that only says that the real one is missing. It reads the standard library's source.
rust_analyzer_present() {
	rust-analyzer --version >/dev/null 2>&1 && [[ -e $(rustc --print sysroot)/lib/rustlib/src/rust/library/Cargo.toml ]]
}

require_rust() {
	local problem
	command -v cargo >/dev/null ||
		die "Rust is missing: there is no cargo in PATH or in ${CARGO_HOME:-$HOME/.cargo}/bin" \
			"install Rust with rustup, then $command"
	problem=$(cargo --version 2>&1) || die "cargo does not run: $problem" "rustup default stable, then $command"
}
