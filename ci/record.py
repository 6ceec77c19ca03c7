"""Records how a kernel exercise is solved, for the README: `cargo lab jupyter python ci/record.py`.

It does what a learner does, `cargo lab learn` in a terminal and saves from an editor, on a machine that has nothing else
to do. The picture is what the tool drew.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import pexpect

COURSE = pathlib.Path(__file__).parents[1]
EXERCISE = "chardev/user-pointer"
PICTURE = COURSE / "book/figures/learn.svg"
# Long enough for a check, and then for a reader.
READING = 7


def main():
    with tempfile.TemporaryDirectory() as folder:
        learn = pathlib.Path(folder, "learn")
        # A learner sees paths from where they are.
        here = {"CROSSINGS_ROOT": str(COURSE), "CROSSINGS_LEARN": str(learn), "TERM": "xterm-256color"}
        environment = {**os.environ, **here}
        # Whatever has to be built is built before the recording.
        lab = str(COURSE / "target/debug/lab")
        subprocess.run([lab, "verify", EXERCISE], env=environment, stdout=subprocess.DEVNULL)
        shutil.rmtree(learn)
        learn.mkdir()
        arguments = ["learn", EXERCISE, "--record", str(PICTURE)]
        screen = pexpect.spawn(lab, arguments, cwd=folder, env=environment, dimensions=(27, 84))
        file = learn / EXERCISE / "exercise.c"
        watch(screen, READING)
        screen.send("h")
        watch(screen, READING)
        for change in ["wrong/unterminated.diff", "solution.diff"]:
            save(file, change)
            watch(screen, READING)
        screen.send("q")
        screen.expect(pexpect.EOF)


def watch(screen, seconds):
    """Lets the terminal show what comes."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            screen.read_nonblocking(65536, timeout=0.1)
        except pexpect.TIMEOUT:
            pass


def save(file, change):
    """Saves the starter with a change, as an editor does: a new file under the old name."""
    folder = COURSE / "exercises" / EXERCISE
    new = file.with_suffix(".saving")
    subprocess.run(["patch", "--quiet", "--output", new, folder / file.name, folder / change], check=True)
    new.rename(file)


main()
