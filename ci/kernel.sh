# shellcheck shell=bash disable=SC2154 # ci/setup.sh sets what is used here and not set
# Debian's stock kernels in the cache folder, unpacked without root, ready to boot and to compile modules for; and busybox
# for the shell inside.
#
# kernels/6.12/  vmlinuz release build modules cc packages   what the lab reads; see each line of provision_kernel
#                root/                                       the packages as unpacked, which those point into
#                tried                                       by which set-up a module was last compiled for it

source_series=6.12 # whose checkers are taken; they look at the modules for all kernels

# known_kernels [read|test]: the names in ci/kernels; of those that are needed for a purpose, if one is named.
known_kernels() {
	awk -v purpose="${1-}" '!/^#/ && (purpose == "" || $2 == "read" || $2 == purpose) { print $1 }' "$ci/kernels"
}

# The same list for --help.
kernel_lines() {
	sed -nE 's/^([^# ]+) +[a-z]+ +(.*)/\1|\2/p' "$ci/kernels" | while IFS='|' read -r name what; do
		printf '               %-11s ' "$name"
		fold -s -w 53 <<<"$what" | sed '2,$s/^/                           /; s/ *$//'
	done
}

# What it takes to get the kernel that --kernel names so. A series alone means Debian's kernel for virtual machines, and what
# stands behind it is the flavour, as in the names of Debian's packages.
about_kernel() {
	case $1 in
	*-debug) echo "Debian's source built with the kernel's checkers, 150 MB to download and 10 to 20 min to build" ;;
	newest) echo "the newest stable kernel and its headers, about 60 MB to download" ;;
	*-amd64) echo "Debian's kernel for any PC and its headers, about 130 MB to download" ;;
	*) echo "Debian's kernel and its headers, about 50 MB to download" ;;
	esac
}

kernel_complete() {
	if [[ $1 == "$debug_kernel" ]]; then
		debug_complete
		return
	fi
	[[ -z $(missing_part "$cache/kernels/$1") ]]
}

# Those of the files that the lab and the kernel's build system open first which are not in FOLDER.
missing_part() {
	local part
	for part in vmlinuz release cc packages modules/modules.dep modules/modules.builtin build/Makefile build/.config \
		build/Module.symvers build/scripts/mod/modpost build/tools/objtool/objtool; do
		[[ -s $1/$part ]] || echo "$part"
	done
	[[ -e $1/build/include/linux/module.h ]] || compgen -G "$1/root/usr/src/linux-headers-*-common/Makefile" >/dev/null ||
		echo "the common headers"
}

kernel_releases() {
	local kernel separator=''
	for kernel in "${kernels[@]}"; do
		printf '%s%s' "$separator" "$(<"$cache/kernels/$kernel/release")"
		separator=', '
	done
}

# provision_kernel NAME [CHOOSE]: downloads, unpacks and arranges one kernel, of the packages that CHOOSE takes, in the work
# folder, then puts it in place in one rename.
provision_kernel() {
	local new=$work/kernel release chosen=() deb
	download "$new/debs" "${2:-choose_kernel}" "$1"
	for deb in "$new"/debs/*.deb; do
		echo "unpack ${deb##*/}"
		dpkg-deb -x "$deb" "$new/root"
		# shellcheck disable=SC2016 # dpkg's own variables
		dpkg-deb -W --showformat='${Package} ${Version}\n' "$deb" >>"$new/packages"
	done
	rm -r "$new/debs"
	[[ -d $new/root/lib ]] || ln -s usr/lib "$new/root/lib" # Debian 13 says usr/lib/modules, Debian 12 lib/modules
	arrange_kernel "$1"
}

# arrange_kernel NAME: makes of the unpacked root of a release, new/root, what the lab reads, and puts it in place.
arrange_kernel() {
	echo "$release" >"$new/release"
	ln -s "root/boot/vmlinuz-$release" "$new/vmlinuz"
	[[ -e $new/vmlinuz ]] || ln -sf "root/lib/modules/$release/vmlinuz" "$new/vmlinuz" # of an image in parts
	ln -s "root/usr/src/linux-headers-$release" "$new/build"
	ln -s "root/lib/modules/$release" "$new/modules"
	# The absolute paths in the headers; like this the cache folder can be moved.
	# shellcheck disable=SC2016 # make's own variables
	sed -i 's|^KBUILD_OUTPUT=.*|KBUILD_OUTPUT = $(CURDIR)|; s|^include /usr/src/|include $(dir $(lastword $(MAKEFILE_LIST)))../|' \
		"$new/build/Makefile"
	[[ $1 != newest || $system == debian-13 ]] || bring_debian_13 "$new"
	rm -f "$new/modules/build" "$new/modules/source"
	depmod -b "$new/root" "$release"
	compiler_of "$new" >"$new/cc"
	if [[ -n $(missing_part "$new") ]]; then
		echo "Not all that a kernel needs is there. Missing:"
		missing_part "$new"
		return 1
	fi
	rm -rf "$cache/kernels/$1"
	mv -T "$new" "$cache/kernels/$1"
}

# Fills release and chosen (PACKAGE=VERSION…) with the newest release of a series that the lists have whole: an archive gets
# its packages one by one, the signed image hours or days after the rest. The headers decide, for they name all the others.
# Since 7.2 an image is in parts, the base of which the headers name too.
choose_kernel() {
	local headers there version depends lacking name relation
	headers=$(kernel_headers "$1")
	there=$(image_and_build_packages <<<"$headers" | versions_in_lists)
	while IFS='|' read -r release version depends && [[ -n $release ]]; do
		chosen=("linux-headers-$release=$version") lacking=''
		if [[ $depends == *"linux-base-$release "* ]]; then
			take "linux-binary-$release" = "$version" || lacking=linux-binary-$release
			take "linux-modules-$release" = "$version" || lacking+="${lacking:+, }linux-modules-$release"
		else
			take "linux-image-$release" = "$version" || take "linux-image-$release-unsigned" = "$version" ||
				lacking=linux-image-$release
		fi
		while read -r name relation; do
			# shellcheck disable=SC2086 # two words, or none
			take "$name" $relation || lacking+="${lacking:+, }$name"
		done < <(build_packages "$depends")
		[[ -n $lacking ]] || return 0
		note "passed over $release, because $version of it lacks $lacking in the archive"
	done <<<"$headers"
	echo "No kernel $1 is whole in these suites:"
	cat "$cache/apt/$view.list"
	return 1
}

# The headers of a series and a flavour in the lists, RELEASE|VERSION|DEPENDS a line, the newest first. A release is such as
# 6.12.95+deb12-cloud-amd64 or 6.12.95+deb12-amd64, or for 32-bit PCs 6.1.0-50-686.
kernel_headers() {
	local series=${1%%-*} flavour=cloud-amd64
	[[ $series == "$1" ]] || flavour=${1#*-}
	[[ $1 != newest ]] || series='[0-9]+'
	private_apt apt-cache search --names-only "^linux-headers-${series/./\\.}\.[^-]*(-[0-9]+)?-$flavour$" | cut -d' ' -f1 |
		xargs -r apt-cache "${private[@]}" show --all-versions |
		awk -v RS= -F'\n' '{
			for (i = 1; i <= NF; i++) { split($i, word, ": "); field[word[1]] = substr($i, length(word[1]) + 3) }
			print substr(field["Package"], 15) "|" field["Version"] "|" field["Depends"]
		}' | sort -t '|' -u -k 1,1Vr -k 2,2Vr
}

# Of lines from kernel_headers, the names of all other packages that they may need.
image_and_build_packages() {
	local release version depends
	while IFS='|' read -r release version depends; do
		printf 'linux-%s\n' "image-$release" "image-$release-unsigned" "binary-$release" "modules-$release"
		build_packages "$depends" | cut -d' ' -f1
	done
}

# NAME RELATION VERSION: the packages with the rest of the headers, the programs that build a module, and the base of an image
# in parts. Not what else headers depend on: linux-compiler-* holds nothing but a dependency on gcc, which this machine has.
build_packages() {
	sed -nE 's/^ *(linux-(headers-[^ ]+-common|kbuild-[^ ]+|base-[^ ]+))( \((.*)\))?$/\1 \4/p' < <(tr ',' '\n' <<<"$1")
}

# NAME VERSION for each version of the packages named that the lists have, the newest first. `apt-cache show` would not do:
# for a name that is known from somebody's dependency only, it says nothing and succeeds. Packages of another architecture
# are NAME:ARCHITECTURE there.
versions_in_lists() {
	xargs -r apt-cache "${private[@]}" madison | awk '{ sub(/:.*/, "", $1); print $1, $3 }' | sort -k 2,2Vr
}

# take NAME [RELATION VERSION]: adds to chosen the newest version of a package that fits.
take() {
	local name version
	while read -r name version; do
		if [[ $name == "$1" ]] && dpkg --compare-versions "$version" "${2:->=}" "${3:-0}"; then
			chosen+=("$name=$version")
			return
		fi
	done <<<"$there"
	return 1
}

# download FOLDER CHOOSE…: fetches what CHOOSE puts into chosen. A package that has left the archive since its lists were
# read is no reason to give up: they are read again, once.
download() {
	local folder=$1
	shift
	"$@"
	if ! fetch "$folder"; then
		again "The archive has changed since its lists were read, or fails: reading them again." read_debian_suites
		"$@"
		fetch "$folder"
	fi
}

fetch() {
	rm -rf "$1" && mkdir -p "$1" && (cd "$1" && private_apt apt-get download "${chosen[@]}")
}

# The compiler that built the kernel, where the machine has it.
compiler_of() {
	local compiler
	compiler=$(grep -shoE 'gcc-[0-9]+' "$1/build/.kernelvariables" | head -n 1) || true
	if [[ -n $compiler ]] && command -v "$compiler" >/dev/null; then echo "$compiler"; else echo gcc; fi
}

# The shortest proof that headers, compiler and pahole fit together: a module of one line.
try_kernel() {
	local folder=$cache/kernels/$1 module=$work/module
	mkdir -p "$module"
	echo 'obj-m := try.o' >"$module/Kbuild"
	printf '#include <linux/module.h>\nMODULE_LICENSE("GPL");\nMODULE_DESCRIPTION("try");\n' >"$module/try.c"
	make -C "$folder/build" M="$module" CC="$(<"$folder/cc")" W=1 modules
	rm -r "$module"
	fingerprint "$1" >"$folder/tried"
}

kernel_tried() {
	[[ -s $cache/kernels/$1/tried && $(<"$cache/kernels/$1/tried") == "$(fingerprint "$1")" ]]
}

# Changes with the set-up's own scripts, with the kernel's packages and with its compiler.
fingerprint() {
	local folder=$cache/kernels/$1
	{
		cat "$ci"/{setup,step,system,suites,apt,kernel,newest,debug,book,site}.sh "$folder/packages"
		"$(<"$folder/cc")" -dumpfullversion
	} 2>&1 | sha256sum | cut -c 1-16
}

provision_busybox() {
	local new=$work/busybox chosen=(busybox-static)
	download "$new" true
	dpkg-deb -x "$new"/busybox-static_*.deb "$new"
	mv -T "$(find "$new" -type f -name busybox -path '*bin/*')" "$cache/busybox"
	rm -r "$new"
}

# The kernel's own checkers for ci/kernel-checks.sh, of Debian's package of the kernel's source only they:
#
# checkers/  checkpatch.pl spelling.txt const_structs.checkpatch   the first reads the others
#            coccinelle/                                           the semantic patches
#            packages                                              which version they are of
checkers_present() {
	[[ -s $cache/checkers/packages ]]
}

provision_checkers() {
	local new=$work/checkers
	unpack_source "$new" scripts/{checkpatch.pl,spelling.txt,const_structs.checkpatch,coccinelle}
	source_version >"$new/scripts/packages"
	rm -rf "$cache/checkers"
	mv -T "$new/scripts" "$cache/checkers"
	rm -r "$new"
}

# unpack_source FOLDER [PATH…]: puts these parts of the kernel's source, or the whole, into FOLDER. The package is fetched once.
unpack_source() {
	local folder=$1 chosen=() deb=() name=linux-source-$source_series
	shift
	mkdir "$folder"
	[[ -d $work/linux-source ]] || download "$work/linux-source" choose_source
	dpkg-deb --fsys-tarfile "$work/linux-source"/*.deb | tar -xO "./usr/src/$name.tar.xz" |
		tar -xJ -C "$folder" --strip-components=1 "${@/#/$name/}"
}

# The version that was fetched.
source_version() {
	# shellcheck disable=SC2016 # dpkg's own variables
	dpkg-deb -W --showformat='${Package} ${Version}\n' "$work/linux-source"/*.deb
}

choose_source() {
	local there
	chosen=()
	there=$(echo "linux-source-$source_series" | versions_in_lists)
	take "linux-source-$source_series" || {
		echo "No linux-source-$source_series is in these suites:"
		cat "$cache/apt/$view.list"
		return 1
	}
}
