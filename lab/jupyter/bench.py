"""The figures of the notebooks' kernel, beside those of the same evcxr that runs its cells on this machine.

The two take turns. Prints rows for the table in CONTRIBUTING.md.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from jupyter_client.kernelspec import KernelSpecManager

from client import COURSE, LAB, Notebook

ROUNDS = 10
LESSON = f':dep crossings-ioctl = {{ path = "{COURSE}/lessons/ioctl" }}'
OOPS = """lab::Module::new("oops", r#"
#include <linux/module.h>
static int __init oops_init(void) { int *nowhere = NULL; return READ_ONCE(*nowhere); }
module_init(oops_init);
MODULE_DESCRIPTION("planted");
MODULE_LICENSE("GPL");
"#).load()?;"""


def seconds(what):
    started = time.monotonic()
    result = what()
    return time.monotonic() - started, result


def plain_kernel(folder):
    """Describes the same program without the lab, which makes it plain evcxr."""
    specification = json.loads(
        (pathlib.Path(KernelSpecManager().get_kernel_spec("rust-lab").resource_dir) / "kernel.json").read_text()
    )
    del specification["env"]["CROSSINGS_LAB"]
    # The path to it that is in a compiled cell holds only where evcxr's folder and Rust's have no folder in common.
    libraries = subprocess.run(["rustc", "--print", "target-libdir"], capture_output=True, check=True, text=True)
    specification["env"]["LD_LIBRARY_PATH"] = libraries.stdout.strip()
    kernel = folder / "kernels/rust-plain"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(json.dumps(specification))
    os.environ["JUPYTER_PATH"] = str(folder)


def row(what, lab, plain=None):
    def text(times):
        return f"{statistics.median(times):.2f} s ({min(times):.2f} to {max(times):.2f})"

    beside = f"{text(plain)} | {statistics.median(lab) - statistics.median(plain):+.2f} s" if plain else "|"
    print(f"| {what} | {text(lab)} | {beside} |", flush=True)


def main():
    times = {}
    with tempfile.TemporaryDirectory() as folder:
        plain_kernel(pathlib.Path(folder))
        for turn in range(ROUNDS + 1):
            for kernel in ("rust-lab", "rust-plain"):
                ready, notebook = seconds(lambda: Notebook(kernel))
                with notebook:
                    dep, _ = seconds(lambda: notebook.succeeds(LESSON))
                    notebook.succeeds(LAB)
                    notebook.succeeds("let mut sum = 0;")
                    warm = [seconds(lambda: notebook.succeeds(f"sum += {cell};"))[0] for cell in range(3)]
                    # The first turn compiles what the others find.
                    if turn:
                        times.setdefault((kernel, "ready"), []).append(ready)
                        times.setdefault((kernel, "dep"), []).append(dep)
                        times.setdefault((kernel, "warm"), []).extend(warm)
                    if turn and kernel == "rust-lab":
                        notebook.fails(OOPS)
                        again, _ = seconds(lambda: notebook.succeeds('println!("again");'))
                        times.setdefault((kernel, "again"), []).append(again)
    print("| a notebook | in the lab: median (least to most) | plain evcxr | difference |\n|---|---|---|---|")
    for what, name in (
        ("ready", "kernel ready"),
        ("warm", "a warm cell"),
        ("dep", "`:dep` on the lesson's crate, compiled before"),
    ):
        row(name, times["rust-lab", what], times["rust-plain", what])
    row("the cell after an oops, in a fresh kernel", times["rust-lab", "again"])


if __name__ == "__main__":
    sys.exit(main())
