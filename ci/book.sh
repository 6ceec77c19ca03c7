# shellcheck shell=bash disable=SC2154 # ci/setup.sh sets what is used here and not set
# mdbook and mdbook-cmdrun, built from source in one go.

# Pinned together: cmdrun 0.7.3, its newest, cannot parse what mdBook 0.5 sends to a preprocessor, so mdBook stays at the
# last 0.4. The lock file that cmdrun publishes names mdBook 0.4.52 and the version of every other crate.
mdbook=0.4.52
cmdrun=0.7.3

book_tools_present() {
	local bin=$cache/tools/bin
	[[ -x $bin/mdbook && -x $bin/mdbook-cmdrun && -s $cache/tools/packages ]] &&
		[[ $(<"$cache/tools/packages") == "$(book_packages)" ]]
}

book_packages() {
	printf 'mdbook %s\nmdbook-cmdrun %s\n' $mdbook $cmdrun
}

# Two `cargo install --locked` compile nearly every crate twice, because their two lock files differ. cmdrun depends on the
# whole of mdBook, so one build in cmdrun's source makes both programs from one lock file and compiles each crate once;
# most of them unoptimised, which is quickest. The three that a book keeps busy are optimised a little.
build_book_tools() {
	local source=$work/book unpacked crate busy=()
	use_the_projects_rust
	cargo info "mdbook-cmdrun@$cmdrun" >/dev/null # downloads the source, and checks it
	unpacked=("${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/"mdbook-cmdrun-$cmdrun")
	cp -r "${unpacked[0]}" "$source"
	printf '\n[workspace]\n' >>"$source/Cargo.toml" # of its own, whatever lies above the cache folder
	for crate in pulldown-cmark regex-automata elasticlunr-rs; do
		busy+=(--config "profile.release.package.$crate.opt-level=1")
	done
	cd "$source" || return
	# Without our lock (9), which a compiler daemon would keep for ever.
	CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_STRIP=true \
		cargo build --release --locked --target-dir "$source/target" "${busy[@]}" \
		-p "mdbook@$mdbook" -p "mdbook-cmdrun@$cmdrun" --bin mdbook --bin mdbook-cmdrun 9>&-
	target/release/mdbook --version
	mv target/release/mdbook target/release/mdbook-cmdrun "$cache/tools/bin/"
	book_packages >"$cache/tools/packages"
}

# The build runs in the cache folder: with the toolchain that the checkout asks for, without the flags of this shell.
use_the_projects_rust() {
	local toolchain
	toolchain=$(cd "$ci" && rustup show active-toolchain 2>/dev/null | cut -d' ' -f1) || true
	[[ -z $toolchain ]] || export RUSTUP_TOOLCHAIN=$toolchain
	unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET
}
