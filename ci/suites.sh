# shellcheck shell=bash disable=SC2154 # ci/setup.sh sets what is used here and not set
# A private view of Debian suites that this machine's own sources do not name: a source list and package lists in the
# cache folder, read by apt itself, with signatures checked as always. Nothing in /etc/apt changes.

debian_keyring=${CROSSINGS_DEBIAN_KEYRING:-/usr/share/keyrings/debian-archive-keyring.gpg}

# look_at VIEW: from now on the private view is of these suites: usual, or newest for those of the newest kernel. Fills private
# with the options that turn apt-get and apt-cache towards it.
look_at() {
	view=$1
	private=(
		-o "Dir::Etc::sourcelist=$cache/apt/$view.list"
		-o Dir::Etc::sourceparts=/dev/null
		-o "Dir::State::lists=$cache/apt/$view"
		-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= # never replace the index of the machine's own view
		-o APT::Sandbox::User=root                           # apt's own user may not read a home folder
		-o APT::Default-Release=
	)
}
look_at usual

# private_apt apt-get|apt-cache ARGUMENT…
private_apt() {
	"$1" "${private[@]}" "${@:2}"
}

# Writes the source list for what this system needs, and reads its package lists.
read_debian_suites() {
	local main=${CROSSINGS_DEBIAN_MIRROR-} security suite own=() unread=no
	own_lists
	[[ -n $main ]] || main=$(repository Debian)
	security=$(repository Debian-Security)
	# Sources that cannot be read matter only if Debian's may be among them.
	[[ $unread == no || (-n $main && -n $security) ]] || return 1
	[[ -n $main ]] || {
		echo "No Debian archive among this machine's own apt sources."
		return 1
	}
	mkdir -p "$cache/apt/$view/partial"
	for suite in $(suites); do
		case $suite in
		*-security) [[ -z $security ]] || source_line "$security" "$suite" ;;
		*) source_line "$main" "$suite" ;;
		esac
	done >"$cache/apt/$view.list"
	private_apt apt-get update --error-on=any
}

# The newest kernel of a series in them is taken. Ubuntu gets the suites of Debian 12, whose tools run with any newer C library.
suites() {
	case $view-$system in
	newest-*) echo trixie trixie-backports ;;
	usual-debian-13) echo trixie trixie-security bookworm bookworm-security ;;
	*) echo bookworm bookworm-backports bookworm-security ;;
	esac
}

# Packages for 32-bit PCs are Debian 12's. Its point releases will do: nothing but the book's own code reaches that kernel.
source_line() {
	local architectures=amd64
	[[ $site == no || $2 != bookworm ]] || architectures=amd64,i386
	echo "deb [arch=$architectures signed-by=$debian_keyring target=Packages] $1 $2 main"
}

# Fills own, the options under which apt knows this machine's own sources. A fresh container has sources but no lists of
# them: those are read aside, which needs no root. Fills unread with yes if that was not possible for all.
own_lists() {
	[[ -z $(repository Debian) ]] || return 0
	own=(-o "Dir::State::lists=$cache/apt/own" -o APT::Sandbox::User=root)
	mkdir -p "$cache/apt/own/partial"
	apt-get "${own[@]}" update --error-on=any || unread=yes
}

# The address of the archive whose signed Release file says that it is Debian's and has this label, Debian or
# Debian-Security; empty if the machine's sources have none. Archives of other projects carry other names.
repository() {
	# shellcheck disable=SC2016 # apt's own variables
	apt-get "${own[@]}" indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
		awk -F'|' -v label="$1" '$1 == "Debian" && $2 == label && $3 !~ /^cdrom:/ && !found++ { print $3 }'
}
