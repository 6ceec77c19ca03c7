# shellcheck shell=bash disable=SC2154 # ci/setup.sh sets what is used here and not set
# Jupyter for the notebooks: a virtual environment with pinned versions, and the kernel that runs cells in the lab.

# The environment changes with the list of what is in it and with Python.
jupyter_present() {
	[[ -x $cache/notebook/venv/bin/jupyter-lab && -s $cache/notebook/packages ]] &&
		[[ $(<"$cache/notebook/packages") == "$(jupyter_packages)" ]]
}

jupyter_packages() {
	python3 --version
	cat "$ci/notebook.txt"
}

build_jupyter() {
	local new=$cache/notebook/venv
	rm -rf "$new" "$cache/notebook/packages" # an environment has its own path in it, so it cannot be moved into place
	python3 -m venv "$new"
	"$new/bin/pip" install --quiet --disable-pip-version-check --requirement "$ci/notebook.txt"
	jupyter_packages >"$cache/notebook/packages"
}

# Playwright drives the browser of one test.
playwright_present() {
	[[ $("$cache/notebook/venv/bin/pip" freeze 2>/dev/null) == *"$(playwright_package)"* ]]
}

playwright_package() {
	echo playwright==1.65.2
}

install_playwright() {
	"$cache/notebook/venv/bin/pip" install --quiet --disable-pip-version-check "$(playwright_package)"
}

# The tool itself keeps it up to date: for cargo, a finished build is a matter of a moment.
jupyter_kernel_present() {
	[[ -x $cache/notebook/build/release/lab-jupyter ]]
}

# Everything that cells may name must be on this machine, also what cargo wants only on other systems: it looks at
# a crate's whole tree before it builds a part of it.
build_jupyter_kernel() {
	(cd "$ci/.." && cargo fetch --locked)
	# Without CI, as `cargo lab` does it: rust-analyzer's crates are compiled anew when that variable changes.
	env -u CI cargo build --release --locked --manifest-path "$ci/../lab/jupyter/Cargo.toml" --target-dir "$cache/notebook/build" 9>&-
}
