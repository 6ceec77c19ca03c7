#!/usr/bin/env bash
# Serves the book with mdBook's own server, which rebuilds a page when it is saved.
set -euo pipefail
cd "$(dirname "$0")/.."

cache=${CROSSINGS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/crossings}
export PATH=$cache/tools/bin:$PATH
exec mdbook serve --port "${PORT:-3000}" "$@"
