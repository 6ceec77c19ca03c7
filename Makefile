# The two commands of a fresh machine. Both prepare it first; what is there already is left alone.

.PHONY: serve test setup
.DEFAULT_GOAL := serve

# Read the book, with output that a real kernel prints now. Stops with Ctrl-C.
serve: setup
	cargo lab run --kernel 6.12 --kernel 6.1
	ci/serve.sh

# Run every check there is.
test: setup
	ci/test.sh

setup:
	ci/setup.sh
