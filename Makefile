# The commands of a fresh machine. Each prepares it first; what is there already is left alone.

.PHONY: serve notebook site test quick
.DEFAULT_GOAL := serve

# Read the book, at once, while a real kernel runs its lessons behind it. Stops with Ctrl-C.
serve:
	ci/setup.sh
	cargo build --package lab
	cargo lab serve

# Open the notebooks, whose cells run inside the lab's kernel. Stops with Ctrl-C.
notebook:
	ci/setup.sh --notebook
	cargo lab jupyter

# Build the book as a site whose pages run the lessons themselves, into target/site.
site:
	ci/setup.sh --site
	cargo lab site

# Run every check there is.
test:
	ci/setup.sh --test
	ci/test.sh

# Run what a change of prose or of one lesson needs, in a minute or two.
quick:
	ci/setup.sh
	ci/test.sh --quick
