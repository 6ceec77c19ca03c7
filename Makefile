# The three commands of a fresh machine. Each prepares it first; what is there already is left alone.

.PHONY: serve notebook test
.DEFAULT_GOAL := serve

# Read the book, with output that a real kernel prints now. Stops with Ctrl-C.
serve:
	ci/setup.sh
	cargo lab run --kernel 6.12 --kernel 6.1
	ci/serve.sh

# Open the notebooks, whose cells run inside the lab's kernel. Stops with Ctrl-C.
notebook:
	ci/setup.sh --notebook
	cargo lab jupyter

# Run every check there is.
test:
	ci/setup.sh --test
	ci/test.sh
