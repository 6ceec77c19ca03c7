"""Each notebook as a reader goes about it: a cell is changed as its text says and run again, all of it is run a second time, and
then from the end to the beginning.

What a text says to change, the cell has in its metadata: `changes` lists passages of its source, each `from` what `to` what.
`fails` is what the changed cell says if it is meant to fail. What the cells print is compared elsewhere, when they are run
once: by `cargo lab dev notebooks`.
"""

import json
import pathlib
import re
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from client import COURSE, Notebook  # noqa: E402

NOTEBOOKS = sorted(path.stem for path in (COURSE / "notebooks").glob("*.ipynb"))

# What a cell may say that is run too early: what it needs, or in a fresh kernel, which module is not there. A file of a module
# that another cell has unloaded is ENOENT.
CLEAR = re.compile(r"(cannot find|failed to resolve|unresolved import).*`|is loaded and in use|not loaded in it yet|ENOENT: ")


def code_cells(slug):
    cells = json.loads((COURSE / f"notebooks/{slug}.ipynb").read_text())["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def changed(source, change):
    assert source.count(change["from"]) == 1, f"{change['from']!r} must stand once in\n{source}"
    return source.replace(change["from"], change["to"])


def may_fail(cell):
    return "raises-exception" in cell["metadata"].get("tags", [])


def play(notebook, cell):
    """Runs a cell as it is stored, which succeeds unless it is meant to fail."""
    run = notebook.fails if may_fail(cell) else notebook.succeeds
    run("".join(cell["source"]))


@pytest.mark.parametrize("slug", NOTEBOOKS)
def test_cells_are_changed_as_their_text_says_and_run_again(slug):
    first, *others = cells = code_cells(slug)
    with Notebook() as notebook:
        for cell in cells:
            play(notebook, cell)
            for change in cell["metadata"].get("changes", []):
                source = changed("".join(cell["source"]), change)
                if "fails" in change:
                    assert change["fails"] in notebook.fails(source)
                else:
                    notebook.succeeds(source)
        for cell in cells:
            play(notebook, cell)
        # A notebook that was just opened, read from its end. What a cell does that is meant to fail was seen twice by now, and
        # so was what one measures.
        notebook.succeeds(":clear")
        play(notebook, first)
        for cell in reversed(others):
            if may_fail(cell) or "measured_on" in cell["metadata"]:
                continue
            status, text = notebook.run("".join(cell["source"]))
            assert status == "ok" or CLEAR.search(text), f"what does it lack?\n{''.join(cell['source'])}\n{text}"
