# shellcheck shell=bash disable=SC2154 # ci/setup.sh sets what is used here and not set
# What the book as a site needs: a kernel that runs in a browser, and what makes programs and modules for it. Debian 13 has no
# kernels for 32-bit PCs any more, so it is Debian 12's.
#
# kernels/6.1-686/  as the other kernels: see ci/kernel.sh
# i386/             crt*.o *.a         what a 32-bit program is linked with: the C library's and the compiler's part
#                   bios.bin vgabios-stdvga.bin   the firmware of the PC
#                   busybox            the shell inside
#                   programs/{bin,lib} what lessons need of a host's programs, with its libraries
#                   packages           what they are of

site_kernel=6.1-686
site_target=i686-unknown-linux-gnu

# apt takes packages for 32-bit PCs from the private view too.
view_i386() {
	private+=(-o APT::Architectures::=amd64 -o APT::Architectures::=i386)
}

i386_present() {
	local part
	for part in crt1.o rcrt1.o crtbeginS.o libc.a libgcc.a libgcc_eh.a bios.bin vgabios-stdvga.bin busybox programs/bin/mke2fs packages; do
		[[ -s $cache/i386/$part ]] || return 1
	done
}

# What gcc -m32 wants is in packages for amd64.
provision_i386() {
	local new=$work/i386 deb library chosen=(libc6-dev-i386 lib32gcc-12-dev seabios
		{busybox-static,e2fsprogs,libext2fs2,libcom-err2,libblkid1,libuuid1,libc6}:i386)
	chosen=("${chosen[@]/%//bookworm}")
	download "$new/debs" true
	mkdir -p "$new/root" "$new"/whole/programs/{bin,lib}
	for deb in "$new"/debs/*.deb; do
		dpkg-deb -x "$deb" "$new/root"
		# shellcheck disable=SC2016 # dpkg's own variables
		dpkg-deb -W --showformat='${Package} ${Version}\n' "$deb" >>"$new/whole/packages"
	done
	cp "$new"/root/usr/lib32/*.[ao] "$new"/root/usr/lib/gcc/x86_64-linux-gnu/12/32/{crt*.o,libgcc*.a} \
		"$new"/root/usr/share/seabios/{bios.bin,vgabios-stdvga.bin} "$new/whole"
	cp "$(find "$new/root" -type f -name busybox -path '*bin/*')" "$new/whole"
	cp "$new/root/sbin/mke2fs" "$new/whole/programs/bin"
	for library in ld-linux.so.2 libc.so.6 libext2fs.so.2 libe2p.so.2 libcom_err.so.2 libblkid.so.1 libuuid.so.1; do
		cp -L "$(find "$new/root" -name "$library" -print -quit)" "$new/whole/programs/lib/$library"
	done
	rm -rf "$cache/i386"
	mv -T "$new/whole" "$cache/i386"
	rm -r "$new"
}

site_target_present() {
	[[ -d $(rustc --print target-libdir --target $site_target 2>/dev/null) ]]
}
