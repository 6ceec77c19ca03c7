"""Records sessions in a terminal, for pictures that play: `cargo lab jupyter python ci/record.py [crash|learn]`.

It does what a reader does, on a machine that has nothing else to do: `crash` brings a kernel down and takes a fresh one,
for the book's first page; `learn` solves a kernel exercise, for the README. What the terminal was told is recorded as an
asciicast, and the tool draws that.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import pexpect

COURSE = pathlib.Path(__file__).parents[1]
LAB = str(COURSE / "target/debug/lab")
EXERCISE = "chardev/user-pointer"
# Long enough for a check, and then for a reader.
READING = 7


class Terminal:
    """A program in a terminal, and a record of what it writes there."""

    def __init__(self, command, rows, columns, folder, environment):
        self.screen = pexpect.spawn(
            command[0], command[1:], cwd=folder, dimensions=(rows, columns),
            env={**os.environ, **environment, "TERM": "xterm-256color"}, encoding="utf-8",
        )
        self.began = time.monotonic()
        self.events = [json.dumps({"version": 2, "width": columns, "height": rows})]

    def watch(self, seconds, until=None):
        """Lets the terminal show what comes, for so long, or for as long as it takes to show a text and be quiet."""
        end = time.monotonic() + seconds
        seen = ""
        while (left := end - time.monotonic()) > 0:
            try:
                text = self.screen.read_nonblocking(65536, timeout=min(0.1, left))
            except pexpect.TIMEOUT:
                if until and until in seen:
                    return
                continue
            except pexpect.EOF:
                return
            seen += text
            self.events.append(json.dumps([time.monotonic() - self.began, "o", text]))
        if until:
            sys.exit(f"the terminal did not show {until!r}, but {seen!r}")

    def type(self, text, prompt):
        """Types a line as a person does, and waits for what it leads to."""
        for letter in text:
            self.screen.send(letter)
            self.watch(0.03)
        self.watch(0.3)
        self.screen.send("\r")
        self.watch(120, until=prompt)
        self.watch(1.2)

    def draw(self, picture, title):
        with tempfile.NamedTemporaryFile("w", suffix=".cast") as cast:
            cast.write("\n".join(self.events) + "\n")
            cast.flush()
            subprocess.run([LAB, "dev", "recording", cast.name, picture, "--title", title], check=True, cwd=COURSE)


def crash():
    # What has to be built is built before the recording.
    subprocess.run(["cargo", "lab", "shell", "chardev"], cwd=COURSE, input=b"", check=True)
    terminal = Terminal(["bash", "--norc", "--noprofile"], 17, 80, COURSE, {"PS1": "$ "})
    terminal.watch(10, until="$ ")
    for line, prompt in [
        ("cargo lab shell chardev", "lab:"),
        ("insmod crossings_chardev_copied.ko", "lab:"),
        ("echo hello | tee /dev/crossings_chardev_copied", "lab:"),
        ("dmesg | grep -A 3 BUG", "lab:"),
        ("echo c > /proc/sysrq-trigger", "$ "),
        ("clear; cargo lab shell chardev", "lab:"),
        ("uname -r; dmesg | grep -c BUG", "lab:"),
    ]:
        terminal.type(line, prompt)
    terminal.draw(COURSE / "book/figures/crash.svg", "A kernel is brought down in a terminal, and the next command has a fresh one")


def learn():
    # A learner sees paths from where they are: in the course, with a folder of their own in it.
    learn = COURSE / "learn"
    if learn.exists():
        sys.exit(f"{learn} is somebody's: move it away first")
    try:
        # Whatever has to be built is built before the recording.
        subprocess.run([LAB, "verify", EXERCISE], cwd=COURSE, stdout=subprocess.DEVNULL)
        shutil.rmtree(learn)
        terminal = Terminal([LAB, "learn", EXERCISE], 27, 84, COURSE, {})
        file = learn / EXERCISE / "exercise.c"
        terminal.watch(READING)
        terminal.screen.send("h")
        terminal.watch(READING)
        for change, verdict in [("wrong/unterminated.diff", "NOT YET"), ("solution.diff", "PASSED")]:
            save(file, change)
            terminal.watch(READING, until=verdict)
            terminal.watch(READING)
        terminal.screen.send("q")
    finally:
        shutil.rmtree(learn, ignore_errors=True)
    terminal.draw(COURSE / "book/figures/learn.svg", "A recording of cargo lab learn")


def save(file, change):
    """Saves the starter with a change, as an editor does: a new file under the old name."""
    folder = COURSE / "exercises" / EXERCISE
    new = file.with_suffix(".saving")
    subprocess.run(["patch", "--quiet", "--output", new, folder / file.name, folder / change], check=True)
    new.rename(file)


for recording in sys.argv[1:] or ["crash", "learn"]:
    {"crash": crash, "learn": learn}[recording]()
