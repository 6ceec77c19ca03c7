"""The pages that the tests of the whole book open."""

import pathlib
import re

COURSE = pathlib.Path(__file__).parents[2]


def chapters():
    """The names of the chapters' pages."""
    listed = re.findall(r"^- \[[^]]*\]\(([\w-]+)\.md\)", (COURSE / "book/SUMMARY.md").read_text(), flags=re.M)
    return [f"{name}.html" for name in listed if (COURSE / "lessons" / name).is_dir()]
