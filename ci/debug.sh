# shellcheck shell=bash disable=SC2154 # ci/setup.sh sets what is used here and not set
# A kernel of our own that finds a module's mistakes while it runs: Debian's source with ci/debug.config.
#
# kernels/6.12-debug/  as the other kernels: see ci/kernel.sh
#                      inputs   what it was built of: another configuration or compiler makes another one

debug_kernel=$source_series-debug

debug_complete() {
	[[ -z $(missing_part "$cache/kernels/$debug_kernel") &&
		$(cat "$cache/kernels/$debug_kernel/inputs" 2>/dev/null) == "$(debug_inputs)" ]]
}

debug_inputs() {
	{
		settings "$ci/debug.config"
		gcc -dumpfullversion
	} 2>&1 | sha256sum | cut -c 1-16
}

# Builds it in the work folder, and puts it in place in one rename.
build_debug_kernel() {
	local new=$work/kernel objects=$work/objects release
	mkdir -p "$objects" "$new/root/boot"
	unpack_source "$work/source"
	kernel_make KCONFIG_ALLCONFIG="$ci/debug.config" allnoconfig
	refuse_dropped
	kernel_make --jobs="$(nproc)" bzImage modules
	release=$(<"$objects/include/config/kernel.release")
	kernel_make INSTALL_MOD_PATH="$new/root" modules_install
	cp "$objects/arch/x86/boot/bzImage" "$new/root/boot/vmlinuz-$release"
	pack_headers "$new/root/usr/src/linux-headers-$release"
	source_version >"$new/packages"
	debug_inputs >"$new/inputs"
	arrange_kernel "$debug_kernel"
}

# Not with what a make above the set-up has set.
kernel_make() {
	env -u MAKEFLAGS -u MAKELEVEL LC_ALL=C make -C "$work/source" O="$work/objects" "$@"
}

# Fails if the configuration has become another than the one that was asked for: allnoconfig drops what it cannot have, and says
# nothing.
refuse_dropped() {
	local dropped
	dropped=$(LC_ALL=C comm -23 <(settings "$ci/debug.config") <(settings "$work/objects/.config"))
	[[ -z $dropped ]] || {
		printf 'kbuild did not take from ci/debug.config: %s\n' "${dropped//$'\n'/, }"
		return 1
	}
}

# Of a configuration the lines, sorted; what is not set is =n.
settings() {
	sed -nE 's/^# (CONFIG_\w+) is not set$/\1=n/p; /^CONFIG_/p' "$1" | LC_ALL=C sort
}

# The folder that modules are built against: the sources' headers and makefiles with what was generated, as for a package of
# headers. Modules get the lines of their sources, which the kernel itself was built without.
pack_headers() {
	# shellcheck disable=SC2016 # make's own variable
	kernel_make run-command KBUILD_RUN_COMMAND='$(srctree)/scripts/package/install-extmod-build '"$1"
	cp "$work/objects/.config" "$1"
	printf 'CONFIG_DEBUG_INFO=y\nCONFIG_DEBUG_INFO_DWARF5=y\n' >>"$1/include/config/auto.conf"
}
