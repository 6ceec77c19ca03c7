# shellcheck shell=bash disable=SC2154 # ci/setup.sh sets what is used here and not set
# Jupyter for the notebooks: a virtual environment with pinned files, and the kernel that runs cells in the lab.

# venv is a link to the environment, whose name is made of all that it depends on. So a new one is made beside the old, which
# goes on to work until then. (An environment has its own path in it, so it cannot be moved into place.)
jupyter_present() {
	[[ -x $cache/notebook/venv/bin/jupyter-lab && $(readlink "$cache/notebook/venv") == "$(jupyter_name)" ]]
}

jupyter_name() {
	{
		python3 --version
		cat "$ci/notebook.txt"
	} | sha256sum | sed 's/^\(.\{16\}\).*/venv-\1/'
}

build_jupyter() {
	local folder=$cache/notebook new
	new=$(jupyter_name)
	rm -rf "${folder:?}/$new"
	python3 -m venv "$folder/$new"
	pip_install "$folder/$new" "$ci/notebook.txt"
	rm -rf "$folder/venv" # the link; earlier versions had a folder of this name, and its record in packages
	ln -s "$new" "$folder/venv"
	find "$folder" -mindepth 1 -maxdepth 1 \( -name 'venv-*' ! -name "$new" -o -name packages \) -exec rm -rf {} +
}

# pip_install ENVIRONMENT LIST: what the list names, if it has the recorded hash.
pip_install() {
	"$1/bin/pip" install --disable-pip-version-check --progress-bar off \
		--require-hashes --only-binary :all: --requirement "$2"
	! grep 'is a yanked version' "$log" >"$work/yanked" ||
		note "Yanked from PyPI, though the file is the recorded one: $(sed "s/.*yanked version: //" "$work/yanked")"
}

# What tests of the pages have: Playwright drives browsers, PDFium reads a PDF.
playwright_present() {
	cmp -s "$ci/playwright.txt" "$cache/notebook/venv/playwright.txt"
}

install_playwright() {
	pip_install "$cache/notebook/venv" "$ci/playwright.txt"
	cp "$ci/playwright.txt" "$cache/notebook/venv/"
}

# The tool itself keeps it up to date: for cargo, a finished build is a matter of a moment.
jupyter_kernel_present() {
	[[ -x $cache/notebook/build/release/lab-jupyter ]]
}

# Everything that cells may name must be on this machine, also what cargo wants only on other systems: it looks at
# a crate's whole tree before it builds a part of it.
build_jupyter_kernel() {
	# Not --locked: a learner may have given a lesson another dependency. What the lock file names is taken from it all the same.
	(cd "$ci/.." && cargo fetch)
	# Without CI, as `cargo lab` does it: rust-analyzer's crates are compiled anew when that variable changes.
	env -u CI cargo build --release --locked --manifest-path "$ci/../lab/jupyter/Cargo.toml" --target-dir "$cache/notebook/build" 3>&- 9>&-
}
