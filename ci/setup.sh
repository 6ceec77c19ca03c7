#!/usr/bin/env bash
# Prepares a machine for Crossings: compilers and QEMU from apt, Debian's kernels and the book's tools in a cache folder.
# It looks first and does only what is missing, so a second run costs nothing.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

ci=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${CROSSINGS_CACHE:-${XDG_CACHE_HOME:-${HOME:?is not set, so there is no place for the cache folder}/.cache}/crossings}
[[ $cache == /* ]] || cache=$PWD/$cache
work=$cache/setup.work # everything unfinished lives here; removed at the start and at the end of a run
kernels=() # those that --kernel names
log=$work/log
program=setup
command="ci/setup.sh${*:+ $*}" # what to say when it is to be run again
purpose=read # or notebook, or test: each wants all that the one before does
site=no      # or yes: the book as a site too
instead=no   # or yes: --kernel has named none, so it can name those that are there

source "$ci/step.sh"
source "$ci/system.sh"
source "$ci/suites.sh"
source "$ci/apt.sh"
source "$ci/kernel.sh"
source "$ci/newest.sh"
source "$ci/debug.sh"
source "$ci/book.sh"
source "$ci/notebook.sh"
source "$ci/page.sh"
source "$ci/site.sh"

usage() {
	cat <<EOF
Usage: ci/setup.sh [--notebook | --site | --test] [--check] [--kernel K]…

Prepares this machine for Crossings. What is there already is left alone, so a
second run does nothing. Before it asks for root (through sudo) it prints what
it will install, and why. It asks nothing at all when its input is not a
terminal, or when CI=true.

  --notebook   also what the notebooks need: Jupyter, and its kernel
               "Rust (lab)", which takes 5 to 10 minutes to build
  --site       also what runs lessons in a browser: a kernel for 32-bit PCs, what
               makes programs and modules for it, and the PC, v86; and a browser,
               which prints the book
  --test       also what \`make test\` needs: the notebooks, the site, another
               browser, the kernel's own checkers, two language servers, and a
               third kernel
  --check      say what is missing and change nothing; exit 1 if anything is
  --kernel K   this kernel, and of the others only those that are named as well:
$(kernel_lines)
               all         each of these
               If none is named: the first two, or with --test the first
               three; 6.12-debug takes 10 to 20 minutes to build
  --help       this text

With apt, as root:  gcc, make, the C library's headers, pahole, perl, kmod,
                    e2fsprogs, a dictionary, python3-venv, and QEMU $qemu_oldest
                    or newer; chromium and qpdf for the site; firefox-esr,
                    apt-utils, gnupg, patch, sparse, clangd, coccinelle,
                    libpython3-dev and xz-utils for tests; flex, bison, bc,
                    libelf-dev and xz-utils for the kernel 6.12-debug
With rustup:        the standard library for 32-bit PCs, for the site; rust-analyzer
                    and the standard library's source, for tests
Into the cache:     Debian's own kernels, 6.12 and 6.1, with their headers,
                    a static busybox, mdbook $mdbook and mdbook-cmdrun $cmdrun,
                    Node and what makes the script of the pages; Debian 12's
                    kernel, C library and firmware for 32-bit PCs for the site;
                    JupyterLab and its kernel for notebooks; checkpatch.pl and
                    scripts/coccinelle of the kernel's source for tests

Debian 12 has QEMU $qemu_oldest in bookworm-backports. That suite is read through a
package list kept in the cache: nothing in /etc/apt changes.

A kernel that is in the cache stays as it is. For the newest point release,
remove its folder (kernels/6.12 in the cache) and run this again.

Environment:
  CROSSINGS_CACHE          the cache folder; now $cache
  CROSSINGS_DEBIAN_MIRROR  a Debian mirror: the address under which dists/ and
                           pool/ lie. Needed on Ubuntu; on Debian it replaces
                           the mirror named in this machine's own sources
  CROSSINGS_DEBIAN_KEYRING the keys that may sign it, instead of Debian's own
  CROSSINGS_QEMU           the QEMU to use, instead of the one in PATH

Works on Debian 12 and 13, amd64, with Rust installed by rustup. Meant to work on
Ubuntu too, given CROSSINGS_DEBIAN_MIRROR, but not tried there by us: 26.04 has
QEMU 10.2; 24.04 has 8.2, which will do only with a KVM that works.
EOF
}

main() {
	local check=no
	while (($#)); do
		case $1 in
		--help | -h) usage && exit ;;
		--check) check=yes ;;
		--notebook) [[ $purpose == test ]] || purpose=notebook ;;
		--site) site=yes ;;
		--test) purpose=test site=yes ;;
		--kernel)
			name_kernel "${2-}"
			shift
			;;
		*) die "unknown argument '$1'" "ci/setup.sh --help" 2 ;;
		esac
		shift
	done

	choose_kernels
	if [[ $site == yes ]]; then
		kernels+=("$site_kernel")
		view_i386
	fi
	identify_system
	require_rust
	survey
	if [[ $check == yes ]]; then
		report && exit
		say "next: ${command/ --check/}"
		exit 1
	fi
	if ((${#packages[@]} + ${#items[@]} + ${#untried[@]})); then
		enter_cache
		survey # another set-up may have done the work while we waited for its lock
		((${#from_debian[@]} == 0)) || require_mirror
		announce
		mend
		survey
		report >"$work/missing" || die "something is missing still, though every step succeeded:
$(<"$work/missing")" "mend what the lines above name, then $command"
	fi
	clear_leftovers
	CROSSINGS_CACHE=$cache "$page/build"
	(($(qemu_version | cut -d. -f1) >= qemu_oldest)) ||
		say "This QEMU needs a KVM that works. Whether yours does: cargo lab doctor"
	say "Crossings is set up: QEMU $(qemu_version), kernels $(kernel_releases), mdbook $mdbook, in $cache"
}

# Adds what --kernel names to kernels.
name_kernel() {
	local known
	mapfile -t known < <(known_kernels)
	[[ $1 != all ]] || kernels=("${known[@]}")
	[[ " all ${kernels[*]} " != *" $1 "* ]] || return 0
	[[ " ${known[*]} " == *" $1 "* ]] || die "--kernel takes ${known[*]} or all, not '$1'" "ci/setup.sh --help" 2
	kernels+=("$1")
}

# Fills kernels if --kernel named none.
choose_kernels() {
	((${#kernels[@]} == 0)) || return 0
	mapfile -t kernels < <(known_kernels "${purpose/notebook/read}")
	instead=yes
}

# Looks at what is there. Fills packages and items with "NAME|WHY" for whatever is missing, untried with the kernels that
# this version of the set-up has not yet compiled a module for, and from_debian with what only Debian's suites have; and
# meanwhile with what can be done without them.
survey() {
	local name probe why whole=()
	packages=() items=() untried=() from_debian=() meanwhile=''
	while IFS='|' read -r name probe why; do
		package_present "$probe" || packages+=("$name|$why")
	done < <(needed_packages)
	! qemu_from_backports || from_debian+=(qemu)
	for name in "${kernels[@]}"; do
		if kernel_complete "$name"; then
			whole+=("$name")
		else
			items+=("kernel $name|$(about_kernel "$name")")
			from_debian+=("kernel $name")
		fi
		kernel_tried "$name" || untried+=("$name")
	done
	if [[ ! -x $cache/busybox ]]; then
		items+=("busybox|the shell and commands inside the lab's virtual machine")
		from_debian+=(busybox)
	fi
	if [[ $site == yes ]] && ! i386_present; then
		items+=("i386|what 32-bit programs are linked with, and a PC's firmware, about 5 MB to download")
		from_debian+=(i386)
	fi
	[[ $site == no ]] || site_target_present ||
		items+=("rust-std|the standard library for 32-bit PCs, into rustup's toolchain, about 30 MB to download")
	if [[ $purpose == test ]] && ! checkers_present; then
		items+=("checkers|checkpatch and Coccinelle's patches, of the kernel's source, about 150 MB to download")
		from_debian+=(checkers)
	fi
	if [[ $instead == yes && "${from_debian[*]}" == kernel* && ${#from_debian[@]} == 1 && ${#whole[@]} -gt 0 ]]; then
		meanwhile="; or $command --kernel ${whole[0]}, which needs nothing of it"
	fi
	book_tools_present || items+=("mdbook|version $mdbook builds the book; mdbook-cmdrun $cmdrun puts real output into it")
	node_present || items+=("Node|version $(node_version), with npm, in a virtual environment of Python's, 60 MB to download")
	modules_present || items+=("packages of npm|they make the script of the book's pages")
	if [[ $purpose != read ]]; then
		jupyter_present || items+=("Jupyter|JupyterLab in a virtual environment of Python's, about 100 MB to download")
		jupyter_kernel_present || items+=("lab-jupyter|Jupyter's kernel \"Rust (lab)\", which runs cells in the lab")
	fi
	[[ $purpose != test ]] || playwright_present || items+=("Playwright|drives the browsers of tests; with it PDFium, which reads the book's PDF")
	[[ $purpose != test ]] || rust_analyzer_present ||
		items+=("rust-analyzer|the language server that a test opens lessons with; into rustup's toolchain, about 100 MB")
}

# --check: one line for each missing thing, and the exit status that says whether there was one.
report() {
	if ((${#packages[@]} + ${#items[@]} == 0)); then
		say "Nothing is missing."
		return 0
	fi
	list "Missing:" ${packages[@]+"${packages[@]}"} ${items[@]+"${items[@]}"}
	return 1
}

announce() {
	((${#packages[@]} + ${#items[@]} == 0)) || say "Setting up Crossings on $system_name."
	((${#packages[@]} == 0)) || list "To install with apt, as root:" "${packages[@]}"
	((${#items[@]} == 0)) || list "To put into $cache, without root:" "${items[@]}"
}

# Makes the cache folder, takes its lock, and clears what an interrupted run left.
enter_cache() {
	[[ $cache != *[[:space:]:]* ]] ||
		die "the cache folder '$cache' has a space or a colon in its name, and the kernel's makefiles cannot work there" \
			"CROSSINGS_CACHE=/some/other/folder $command"
	{ mkdir -p "$cache/kernels" "$cache/tools/bin" "$cache/notebook" "$cache/page" && : >>"$cache/setup.lock"; } ||
		die "the cache folder $cache cannot be written to" \
			"mend what the line above names, or CROSSINGS_CACHE=/some/other/folder $command"
	exec 9>"$cache/setup.lock"
	if ! flock -n 9; then
		say "→ waiting for another ci/setup.sh to finish"
		flock 9
	fi
	trap 'rm -rf "$work"' EXIT
	trap 'interrupted 129' HUP
	trap 'interrupted 130' INT
	trap 'interrupted 143' TERM
	rm -rf "$work"
	mkdir "$work"
}

# A run that was killed when all was done may have left its work folder. Whoever works in it now has the lock.
clear_leftovers() {
	[[ ! -d $work ]] || (flock -n 8 && rm -rf "$work") 8>>"$cache/setup.lock" || true
}

mend_kernel() {
	case $1 in
	"$debug_kernel") step "build kernel $1" "10 to 20 min" "$command" build_debug_kernel ;;
	newest) step "download and unpack the newest kernel" "30 s" "$command" provision_newest ;;
	*) step "download and unpack kernel $1" "20 s" "$command" provision_kernel "$1" ;;
	esac
}

mend() {
	local kernel
	if [[ -n ${from_debian[*]/kernel newest/} ]]; then
		step "read Debian's package lists" "5 s" \
			"set CROSSINGS_DEBIAN_MIRROR to a mirror that you can reach, then $command" \
			read_debian_suites
	fi
	((${#packages[@]} == 0)) || install_packages
	for kernel in "${kernels[@]}"; do
		kernel_complete "$kernel" || mend_kernel "$kernel"
	done
	[[ -x $cache/busybox ]] ||
		step "download busybox" "1 s" "$command" provision_busybox
	if [[ $site == yes ]]; then
		i386_present ||
			step "download what 32-bit programs need" "2 s" "$command" provision_i386
		site_target_present ||
			step "install Rust's standard library for 32-bit PCs" "10 s" "install Rust with rustup, if it is another's; then $command" \
				rustup target add $site_target
	fi
	book_tools_present ||
		step "build mdbook $mdbook and mdbook-cmdrun $cmdrun" "1 to 2 min" \
			"rustup update, if your Rust is older than 1.82; then $command" build_book_tools
	for kernel in "${kernels[@]}"; do
		kernel_tried "$kernel" ||
			step "compile a one-line module for $kernel" "3 s" \
				"rm -r $cache/kernels/$kernel, if its files are damaged; then $command" try_kernel "$kernel"
	done
	node_present ||
		step "install Node $(node_version)" "15 s" "$command" build_node
	modules_present ||
		step "install what makes the script of the pages" "5 s" "$command" install_modules
	if [[ $purpose != read ]]; then
		jupyter_present ||
			step "install JupyterLab" "1 min" "$command" build_jupyter
		jupyter_kernel_present ||
			step "build Jupyter's kernel \"Rust (lab)\"" "5 to 10 min" "$command" build_jupyter_kernel
	fi
	if [[ $purpose == test ]]; then
		playwright_present ||
			step "install Playwright" "10 s" "$command" install_playwright
		rust_analyzer_present ||
			step "install rust-analyzer" "20 s" "install Rust with rustup, if it is another's; then $command" \
				rustup component add rust-analyzer rust-src
		checkers_present ||
			step "download the kernel's source for its checkers" "40 s" "$command" provision_checkers
	fi
	rm -rf "$cache/apt" # package lists of today, of no use tomorrow
}

exec 3>&1
main "$@"
