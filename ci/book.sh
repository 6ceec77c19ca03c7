# shellcheck shell=bash disable=SC2154 # ci/setup.sh sets what is used here and not set
# mdbook and mdbook-cmdrun, built from source in one go.

# As ci/book/Cargo.toml says, where the reason stands.
mdbook=0.4.52
cmdrun=0.7.3

book_tools_present() {
	local bin=$cache/tools/bin
	[[ -x $bin/mdbook && -x $bin/mdbook-cmdrun && -s $cache/tools/packages ]] &&
		[[ $(<"$cache/tools/packages") == "$(book_packages)" ]]
}

book_packages() {
	printf 'mdbook %s\nmdbook-cmdrun %s\n' $mdbook $cmdrun
	printf 'made of %.16s\n' "$(cat "$ci/book/Cargo.toml" "$ci/book/Cargo.lock" | sha256sum)"
}

# Two `cargo install --locked` compile nearly every crate twice, because their two lock files differ; so one build makes both
# programs from one lock file, ours, with the checksum of every crate. A version that is yanked goes on to be built.
build_book_tools() {
	local target=$work/book
	cd "$ci/book" # for the toolchain that the checkout asks for
	# Without our lock (9) and output (3), which a compiler daemon would keep for ever, and without the flags of this shell.
	env -u RUSTFLAGS -u CARGO_ENCODED_RUSTFLAGS -u CARGO_BUILD_TARGET \
		cargo build --release --locked --target-dir "$target" \
		-p "mdbook@$mdbook" -p "mdbook-cmdrun@$cmdrun" --bin mdbook --bin mdbook-cmdrun 3>&- 9>&-
	"$target/release/mdbook" --version
	rm -f "$cache/tools/packages" # a kill between these lines leaves no record, so the next run builds again
	mv "$target/release/mdbook" "$target/release/mdbook-cmdrun" "$cache/tools/bin/"
	book_packages >"$cache/tools/packages"
}
