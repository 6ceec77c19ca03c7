# shellcheck shell=bash disable=SC2154 # ci/setup.sh sets what is used here and not set
# Debian's stock kernels in the cache folder, unpacked without root, ready to boot and to compile modules for; and busybox
# for the shell inside.
#
# kernels/6.12/  vmlinuz release build modules cc packages   what the lab reads; see each line of provision_kernel
#                root/                                       the packages as unpacked, which those point into
#                tried                                       by which set-up a module was last compiled for it

kernel_complete() {
	[[ -z $(missing_part "$cache/kernels/$1") ]]
}

# Those of the files that the lab and the kernel's build system open first which are not in FOLDER.
missing_part() {
	local part
	for part in vmlinuz release cc packages modules/modules.dep modules/modules.builtin build/Makefile build/.config \
		build/Module.symvers build/scripts/mod/modpost build/tools/objtool/objtool; do
		[[ -s $1/$part ]] || echo "$part"
	done
	compgen -G "$1/root/usr/src/linux-headers-*-common/Makefile" >/dev/null || echo "the common headers"
}

kernel_releases() {
	local kernel separator=''
	for kernel in "${kernels[@]}"; do
		printf '%s%s' "$separator" "$(<"$cache/kernels/$kernel/release")"
		separator=', '
	done
}

# Downloads, unpacks and arranges one kernel in the work folder, then puts it in place in one rename.
provision_kernel() {
	local new=$work/kernel release version image build deb
	mkdir -p "$new/debs"
	release=$(newest_release "$1")
	version=$(package_field Version "linux-headers-$release")
	image=linux-image-$release
	private_apt apt-cache show "$image=$version" >/dev/null 2>&1 || image+=-unsigned # the signed one may come days later
	mapfile -t build < <(build_packages "$release")
	download "$new/debs" "$version" "$image" "linux-headers-$release" "${build[@]}"
	for deb in "$new"/debs/*.deb; do
		echo "unpack ${deb##*/}"
		dpkg-deb -x "$deb" "$new/root"
		# shellcheck disable=SC2016 # dpkg's own variables
		dpkg-deb -W --showformat='${Package} ${Version}\n' "$deb" >>"$new/packages"
	done
	rm -r "$new/debs"
	[[ -d $new/root/lib ]] || ln -s usr/lib "$new/root/lib" # Debian 13 says usr/lib/modules, Debian 12 lib/modules

	echo "$release" >"$new/release"
	ln -s "root/boot/vmlinuz-$release" "$new/vmlinuz"
	ln -s "root/usr/src/linux-headers-$release" "$new/build"
	ln -s "root/lib/modules/$release" "$new/modules"
	# The one absolute path in the headers; like this the cache folder can be moved.
	# shellcheck disable=SC2016 # make's own variables
	sed -i 's|^include /usr/src/|include $(dir $(lastword $(MAKEFILE_LIST)))../|' "$new/build/Makefile"
	rm -f "$new/modules/build" "$new/modules/source"
	depmod -b "$new/root" "$release"
	compiler_of "$new" >"$new/cc"
	if [[ -n $(missing_part "$new") ]]; then
		echo "These packages do not hold all that a kernel needs. Missing:"
		missing_part "$new"
		return 1
	fi

	rm -rf "$cache/kernels/$1"
	mv -T "$new" "$cache/kernels/$1"
}

# The newest release of a series, such as 6.12.95+deb12-cloud-amd64. The headers decide: they name all the rest.
newest_release() {
	private_apt apt-cache search --names-only "^linux-headers-${1/./\\.}\.[0-9].*-cloud-amd64$" |
		sed 's/^linux-headers-//; s/ .*//' | sort -V | tail -n 1 | grep . ||
		{
			echo "No linux-headers-$1.*-cloud-amd64 in these suites:" >&2
			cat "$cache/apt/suites.list" >&2
			return 1
		}
}

# The packages with the rest of the headers and the programs that build a module.
build_packages() {
	package_field Depends "linux-headers-$1" | grep -oE 'linux-(headers-[^ ,]+-common|kbuild-[^ ,]+)'
}

package_field() {
	private_apt apt-cache show --no-all-versions "$2" | sed -n "s/^$1: //p"
}

# download FOLDER VERSION PACKAGE…: all of the same source, so all of the same version.
download() {
	local folder=$1 version=$2
	shift 2
	(cd "$folder" && private_apt apt-get download "${@/%/=$version}")
}

# The compiler that built the kernel, where the machine has it.
compiler_of() {
	local compiler
	compiler=$(grep -oE 'gcc-[0-9]+' "$1/build/.kernelvariables" | head -n 1)
	if command -v "$compiler" >/dev/null; then echo "$compiler"; else echo gcc; fi
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
		cat "$ci"/{setup,step,system,suites,apt,kernel,book}.sh "$folder/packages"
		"$(<"$folder/cc")" -dumpfullversion
	} 2>&1 | sha256sum | cut -c 1-16
}

provision_busybox() {
	local new=$work/busybox
	mkdir "$new"
	(cd "$new" && private_apt apt-get download busybox-static)
	dpkg-deb -x "$new"/busybox-static_*.deb "$new"
	mv -T "$(find "$new" -type f -name busybox -path '*bin/*')" "$cache/busybox"
	rm -r "$new"
}
