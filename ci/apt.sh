# shellcheck shell=bash disable=SC2154 # ci/setup.sh sets what is used here and not set
# The packages that this machine needs: which are missing, and their installation by root.

# QEMU 7.2 without KVM crashes 6.12 while it boots, now and then: its emulation is at fault. 10.0 does not.
qemu_oldest=10

unfinished=$cache/apt.unfinished # there while root installs packages, and after an interruption

# Prints PACKAGE|PROBE|WHY, the probe being a command or a file that shows that the package is there.
needed_packages() {
	cat <<-'EOF'
		ca-certificates|/etc/ssl/certs/ca-certificates.crt|lets cargo check whom it downloads from
		gcc|gcc|compiles the kernel modules, links the Rust programs
		libc6-dev|/usr/lib/x86_64-linux-gnu/libc.a|the C library to link with; the lab's first process is static
		make|make|runs the kernel's build system for modules
		pahole|pahole|writes the type information (BTF) of modules for 6.12
		perl|pod2usage|runs kernel-doc over the comments of a module built with W=1
		kmod|depmod|writes the table of which kernel module needs which
		e2fsprogs|/sbin/mke2fs|makes the file system of the lesson on block devices
		python3-venv|venv|makes the environment that Node is installed in, and Jupyter
		hunspell-en-gb|/usr/share/hunspell/en_GB.dic|the dictionary for the spelling of the book
	EOF
	if [[ $site == yes ]]; then
		cat <<-'EOF'
			chromium|chromium|the browser that prints the book; tests open its pages and a notebook in it
			qpdf|qpdf|packs what it has printed
		EOF
	fi
	if [[ $purpose == test ]]; then
		cat <<-'EOF'
			firefox-esr|firefox-esr|another browser, in which the book's site is tested too
			apt-utils|apt-ftparchive|indexes the Debian archives that tests of the set-up plant
			gnupg|gpg|signs them
			patch|patch|makes the solutions of exercises for the kernel's checkers
			sparse|sparse|checks the modules' pointers, endianness and locks
			clangd|clangd|the language server that a test opens modules with, as an editor does
			coccinelle|spatch|looks for the kernel's patterns of mistakes in them
			libpython3-dev|/usr/lib/x86_64-linux-gnu/pkgconfig/python3.pc|the library that Coccinelle runs its patches' Python in
		EOF
	fi
	# Tests build a kernel, too, though a planted one.
	if [[ $purpose == test || " ${kernels[*]} " == *" $debug_kernel "* ]]; then
		cat <<-EOF
			xz-utils|xz|unpacks the kernel's source
			flex|flex|makes the reader of the configuration of $debug_kernel, which is built here
			bison|bison|the same
			bc|bc|calculates that kernel's constants of time
			libelf-dev|/usr/include/libelf.h|reads its object files, to check them
		EOF
	fi
	if [[ $system == debian-13 && " ${kernels[*]} " == *" 6.1 "* ]]; then
		echo "gcc-12|gcc-12|compiles modules for 6.1, with the compiler that built that kernel"
	fi
	if [[ $system == ubuntu ]]; then
		echo "debian-archive-keyring|$debian_keyring|the keys that sign Debian's packages"
	fi
	echo "qemu-system-x86|qemu|runs the lab's virtual machine$(qemu_source)"
	if [[ -e $unfinished && -n $(dpkg --audit) ]]; then
		echo "dpkg|nothing|finishes what an interrupted run of this set-up began"
	fi
}

package_present() {
	case $1 in
	qemu) (($(qemu_version | cut -d. -f1) >= $(qemu_needed))) ;;
	nothing) false ;;
	venv) python3 -c 'import ensurepip, venv' 2>/dev/null ;;
	/*) [[ -s $1 ]] ;;
	*) command -v "$1" >/dev/null ;;
	esac
}

# The version of the QEMU that the lab would take; 0 if there is none.
qemu_version() {
	local version
	version=$("${CROSSINGS_QEMU:-qemu-system-x86_64}" --version 2>/dev/null |
		sed -n 's/^QEMU emulator version \([0-9.]*\).*/\1/p') || true
	echo "${version:-0}"
}

# An older QEMU will do for a KVM that works: 8.2, the first that saves a guest to a file. Whether a KVM that opens works,
# the tool finds out: it boots a kernel with it. Debian has a newer QEMU anyhow.
qemu_needed() {
	if [[ $system == ubuntu ]] && kvm_opens; then echo 8; else echo $qemu_oldest; fi
}

kvm_opens() {
	local device=${CROSSINGS_KVM-/dev/kvm}
	[[ -c $device ]] && (: <>"$device") 2>/dev/null
}

qemu_source() {
	local present
	present=$(qemu_version)
	(($(qemu_needed) < qemu_oldest)) || printf '; %s or newer' $qemu_oldest
	[[ $system != debian-12 ]] || printf ', from bookworm-backports'
	[[ $present == 0 ]] || printf ' (replaces %s)' "$present"
}

# Is QEMU missing where only the private view has it?
qemu_from_backports() {
	[[ $system == debian-12 ]] && ! package_present qemu
}

install_packages() {
	local script
	script=$(root_script)
	require_root "$script"
	touch "$unfinished"
	step "install packages" "1 min" "$command; what root ran was

$script
" run_as_root_twice "$script"
	rm "$unfinished"
}

# A package that left its archive while it was fetched is gone from lists that are read anew, which the script begins with.
run_as_root_twice() {
	if ! run_as_root "$1"; then
		again "That failed. Once more, with package lists read again." true
		! qemu_from_backports || read_debian_suites
		run_as_root "$1"
	fi
}

# The very lines that root runs.
root_script() {
	local own=() name
	for name in "${packages[@]%%|*}"; do
		[[ $name == dpkg || $name == qemu-system-x86 && $system == debian-12 ]] || own+=("$name")
	done
	echo "export DEBIAN_FRONTEND=noninteractive"
	echo "dpkg --configure -a" # finishes what an interrupted run began
	if ((${#own[@]})); then
		echo "apt-get update || echo 'Some lists could not be read; going on with the others.'"
		echo "apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends ${own[*]}"
	fi
	if qemu_from_backports; then
		printf 'apt-get'
		printf ' %q' "${private[@]}" -o DPkg::Lock::Timeout=300 install -y --no-install-recommends \
			-t bookworm-backports qemu-system-x86
		echo
	fi
}

# Stops with the lines for root to run, unless we are root or sudo makes us.
require_root() {
	local problem
	((EUID != 0)) || return 0
	if ! command -v sudo >/dev/null; then
		problem="there is no sudo"
	elif interactive; then
		sudo -v && return
		problem="sudo refused"
	else
		sudo -n true 2>/dev/null && return
		problem="sudo wants a password, which it cannot ask for here"
	fi
	die "root is needed for the packages above, and $problem" "run these lines as root, then $command

$1
"
}

# Without our lock (9) and our output (3), which a daemon that a package starts would keep for ever.
run_as_root() {
	local as_root=()
	if ((EUID != 0)); then
		as_root=(sudo)
		interactive || as_root+=(-n)
	fi
	"${as_root[@]}" sh -ec "$1" 3>&- 9>&-
}
