"""What a notebook's kernel does when a cell goes wrong, asked through Jupyter's own client.

Each test starts the kernel "Rust (lab)" as Jupyter does and looks at what a reader would see: the cell's status and its
outputs. Processes and memory are counted in /proc.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from client import LAB, PATIENCE, Notebook  # noqa: E402


def children(of):
    """The processes below one, as (pid, name)."""
    found = []
    for status in pathlib.Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
        except OSError:
            continue
        if int(fields["PPid"]) == of:
            pid = int(fields["Pid"])
            found += [(pid, fields["Name"])] + children(pid)
    return found


def emulators(notebook):
    """The emulators that run for a notebook."""
    return [pid for pid, name in children(notebook.kernel.provisioner.pid) if name.startswith("qemu")]


def gone(pids, within=5):
    """Waits until none of the processes is left."""
    deadline = time.monotonic() + within
    while any(pathlib.Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < deadline, f"still there after {within} s: {pids}"
        time.sleep(0.05)


# The learner of these tests is not whoever runs them.
LEARN = pathlib.Path(tempfile.mkdtemp(prefix="learn"))
os.environ["CROSSINGS_LEARN"] = str(LEARN)


@pytest.fixture(scope="module")
def notebook():
    """One notebook for all tests that leave a fresh kernel behind; its crates are compiled once."""
    with Notebook() as notebook:
        notebook.succeeds(LAB)
        yield notebook
    shutil.rmtree(LEARN)


ENDLESS = 'println!("begun"); loop { std::thread::sleep(std::time::Duration::from_secs(1)) }'
FRESH = "The next cell gets a fresh kernel: variables and modules are gone."


def test_a_cell_runs_in_the_labs_kernel(notebook):
    release = notebook.succeeds('println!("{}", std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap());')
    assert release.strip() != os.uname().release and "cloud-amd64" in release
    assert "uid=0" in notebook.succeeds('lab::sh("id")?')


def test_variables_last(notebook):
    notebook.succeeds("let kept = vec![1, 2];")
    assert "[1, 2]" in notebook.succeeds("kept")


def test_an_oops_ends_the_cell_and_is_shown(notebook):
    notebook.succeeds("let lost = 1;")
    text = notebook.fails(
        'println!("before the oops");\n'
        'lab::Module::new("oops", r#"\n'
        "#include <linux/module.h>\n"
        "static int __init oops_init(void)\n{\n\tint *nowhere = NULL;\n\n\treturn READ_ONCE(*nowhere);\n}\n"
        "module_init(oops_init);\n"
        'MODULE_DESCRIPTION("planted");\nMODULE_LICENSE("GPL");\n'
        '"#).load()?;'
    )
    assert "BUG: kernel NULL pointer dereference" in text and "oops_init" in text and FRESH in text, text
    assert "before the oops" in text and "oops.c:7, in oops_init:\n  return READ_ONCE(*nowhere);" in text, text
    text = notebook.fails("lost")
    assert "cannot find value `lost`" in text and "`lost` went with the kernel at [" in text, text
    assert "fresh" in notebook.succeeds('println!("fresh: {}", !std::path::Path::new("/sys/module/crossings_oops").exists());')


def test_a_panic_of_the_kernel_ends_the_cell(notebook):
    text = notebook.fails('std::fs::write("/proc/sysrq-trigger", "c")?;')
    assert "sysrq" in text.lower() and FRESH in text, text
    notebook.succeeds("1 + 1")


def test_an_endless_cell_is_interrupted(notebook):
    notebook.succeeds("let lost = 1;")
    cell = notebook.start_until(ENDLESS, "begun")
    before = emulators(notebook)
    notebook.kernel.interrupt_kernel()
    status, text = notebook.finish(cell)
    assert status == "error" and "begun" in text and "Interrupted." in text and FRESH in text, text
    assert "The thread cell was in clock_nanosleep(2)" in text, text
    gone(before)
    notebook.succeeds("1 + 1")


def test_a_cell_that_hangs_in_the_kernel_is_interrupted(notebook):
    """It says where: in which system call, and in which line of a module, whether it sleeps there or goes round."""
    for wait in "msleep(1000)", "cpu_relax()":
        cell = notebook.start_until(
            'std::thread::spawn(|| { while !lab::log().contains("round and round") {} println!("it hangs"); });\n'
            'lab::Module::new("hang", r#"\n'
            "#include <linux/delay.h>\n#include <linux/module.h>\n"
            "static int __init hang_init(void)\n{\n"
            f'\tpr_info("round and round\\n");\n\tfor (;;)\n\t\t{wait};\n\treturn 0;\n}}\n'
            "module_init(hang_init);\n"
            'MODULE_DESCRIPTION("planted");\nMODULE_LICENSE("GPL");\n'
            '"#).load()?;',
            "it hangs",
        )
        notebook.kernel.interrupt_kernel()
        status, text = notebook.finish(cell)
        assert status == "error" and "Interrupted." in text and FRESH in text, text
        assert re.search(r"hang.c:[78], in hang_init:\n", text), text
        assert ("finit_module(2), asleep in msleep" in text) == (wait != "cpu_relax()"), text
        notebook.succeeds("1 + 1")


@pytest.mark.parametrize("cell, why", [
    ("std::process::exit(3)", "exit status 3"),
    ("unsafe { std::ptr::null_mut::<u8>().write_volatile(1) }", "SIGSEGV"),
])
def test_a_cell_whose_process_ends_fails(notebook, cell, why):
    text = notebook.fails(cell)
    assert why in text and FRESH in text, text


@pytest.mark.parametrize("cell, whys", [
    ('panic!("no more")', ["no more", "The cell panicked."]),
    ("assert_eq!(1 + 1, 3);", ["assertion", "The cell panicked."]),
    ('lab::sh("false")?', ["exit status: 1", "The cell returned an error."]),
    ('std::fs::read("/nowhere")?;', ["No such file", "The cell returned an error."]),
    ('print!("no end"); let new = std::fs::read("/nowhere")?;', ["no end", "No such file"]),
])
def test_a_cell_that_fails_by_itself_costs_nothing(notebook, cell, whys):
    notebook.succeeds('let kept = vec![7]; std::fs::write("/root/kept", "8")?;')
    before = emulators(notebook)
    text = notebook.fails(cell)
    assert all(why in text for why in whys) and FRESH not in text, text
    assert "[7] 8" in notebook.succeeds('println!("{kept:?} {}", std::fs::read_to_string("/root/kept")?);')
    assert emulators(notebook) == before and len(before) == 1


def test_what_a_failing_cell_had_moved_is_gone_and_nothing_else(notebook):
    """evcxr must not look for a variable that is not there any more: that would end the process."""
    notebook.succeeds("let kept = 7; let moved = vec![1]; let anew = 1;")
    notebook.fails('drop(moved); let anew = std::fs::read("/nowhere")?;')
    for gone in "moved", "anew":
        assert f"cannot find value `{gone}`" in notebook.fails(gone)
    assert "7" in notebook.succeeds("kept")


def test_a_module_is_loaded_twice_unless_it_is_in_use(notebook):
    notebook.succeeds('let module = lab::Module::of("ioctl"); module.load()?; module.load()?;')
    notebook.succeeds('lab::Module::of("ioctl").replace("-ENOTTY", "-EDOM").load()?;')
    notebook.succeeds('let open = std::fs::File::open("/dev/crossings_ioctl")?;')
    text = notebook.fails("module.load()?;")
    assert "crossings_ioctl is loaded and in use" in text and "EAGAIN" in text, text
    notebook.succeeds("drop(open); module.load()?;")


def test_a_cell_that_misses_a_module_of_the_last_guest_is_told_so(notebook):
    notebook.succeeds('lab::Module::of("ioctl").load()?;')
    notebook.fails("std::process::exit(3)")
    text = notebook.fails('std::fs::File::open("/dev/crossings_ioctl")?;')
    # Those that the tests before this one have built are missing, too.
    assert re.search("This kernel is a fresh one, and .*crossings_ioctl.* not loaded in it yet", text), text
    notebook.succeeds('lab::Module::of("ioctl").load()?; std::fs::File::open("/dev/crossings_ioctl")?;')


def test_a_word_is_explained_wherever_the_cursor_stands_in_it(notebook):
    code = 'let module = lab::Module::of("ioctl");'
    for place in range(code.index("Module"), code.index("Module") + len("Module") + 1):
        assert "The sources of a kernel module" in notebook.inspect(code, place), place
    assert "The module of a chapter" in notebook.inspect(code, code.index("of(") + 1)


def test_a_compile_error_fails_and_costs_nothing(notebook):
    notebook.succeeds("let kept = 7;")
    assert "mismatched types" in notebook.fails('let wrong: u8 = "x";')
    assert "7" in notebook.succeeds("kept")


def test_a_cell_shows_what_it_compiles_until_it_has_something_to_show(notebook, tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src/lib.rs").write_text("/// What it is made for.\npub const ANSWER: u8 = 42;\n")
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "slow"\nversion = "0.1.0"\nedition = "2024"\n')
    # It is compiled for as long as the test wants.
    (tmp_path / "build.rs").write_text(
        f'fn main() {{ while !std::path::Path::new("{tmp_path}/seen").exists() {{'
        " std::thread::sleep(std::time::Duration::from_millis(10)); } }"
    )
    cell = notebook.start(f':dep slow = {{ path = "{tmp_path}" }}\nprintln!("{{}}", slow::ANSWER);')
    while notebook.shown.count("compiling slow") < 2:
        assert notebook.listen(cell), f"the cell ended: {notebook.shown}"
    (tmp_path / "seen").touch()
    assert notebook.finish(cell) == ("ok", "42\n")


def test_a_module_that_does_not_build_says_why(notebook):
    text = notebook.fails('lab::Module::of("ioctl").replace("static int meter_open(", "static nonsense meter_open(").load()?;')
    assert "kmods/ioctl/ioctl.c" in text and "nonsense" in text, text
    assert str(pathlib.Path.home()) not in text, text


def test_what_a_cell_shows_arrives_in_order(notebook):
    """The outputs of a cell that writes to both streams are all there when it ends; 50 times, because it is a race."""
    for turn in range(50):
        text = notebook.succeeds(f'eprintln!("error {turn}"); println!("output {turn}");')
        assert f"error {turn}" in text and f"output {turn}" in text, text


def test_a_line_without_an_end_is_shown_where_it_was_printed(notebook):
    assert notebook.succeeds('print!("no end");').strip() == "no end"
    assert notebook.succeeds('println!("a line");').strip() == "a line"


def test_an_exercise_is_checked_from_a_cell(notebook):
    verify = 'lab::verify("syscalls/short-count")?'
    text = notebook.succeeds(verify)
    assert "does not pass yet" in text, text
    assert "only a part of the bytes has arrived" in text and str(LEARN) in text, text
    exercise = pathlib.Path(__file__).parents[3] / "exercises/syscalls/short-count"
    subprocess.run(["patch", "--quiet", LEARN / "syscalls/short-count/exercise.rs", exercise / "solution.diff"], check=True)
    assert "syscalls/short-count passes" in notebook.succeeds(verify)
    assert "there is no exercise" in notebook.fails('lab::verify("syscalls/no-such")?')


def test_a_guest_that_is_killed_is_told(notebook):
    cell = notebook.start_until(ENDLESS, "begun")
    for pid in emulators(notebook):
        os.kill(pid, signal.SIGKILL)
    status, text = notebook.finish(cell)
    assert status == "error" and "the VM was lost" in text and FRESH in text, text
    notebook.succeeds("1 + 1")


def test_two_notebooks_do_not_see_each_other(notebook):
    with Notebook() as other:
        for one, name in (notebook, "a"), (other, "b"):
            one.succeeds(f'std::fs::write("/root/mine", "{name}")?; let name = "{name}";')
        for one, name in (notebook, "a"), (other, "b"):
            assert name in one.succeeds('println!("{} {}", std::fs::read_to_string("/root/mine")?, name);')
        assert set(emulators(notebook)).isdisjoint(emulators(other))


def test_many_restarts_leave_nothing_behind(tmp_path, monkeypatch):
    def memory():
        """Bytes of shared memory and of unlinked files, which only a process could hold: none may remain."""
        fields = dict(line.split(":", 1) for line in pathlib.Path("/proc/meminfo").read_text().splitlines())
        return int(fields["Shmem"].split()[0]) * 1024

    # A folder of its own: others may use /tmp meanwhile.
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    folders = [tmp_path, pathlib.Path("/dev/shm")]
    before = {path for folder in folders for path in folder.iterdir()}
    shared = memory()
    pids = set()
    with Notebook() as notebook:
        for _ in range(15):
            pids |= {pid for pid, _ in children(notebook.kernel.provisioner.pid)}
            notebook.kernel.restart_kernel(now=True)
            notebook.client.wait_for_ready(timeout=PATIENCE)
        assert "2" in notebook.succeeds("1 + 1")
        pids |= {pid for pid, _ in children(notebook.kernel.provisioner.pid)}
    gone(pids)
    left = {path for folder in folders for path in folder.iterdir()} - before
    assert not left, left
    assert memory() - shared < 32 << 20, "shared memory has grown"


def test_jupyter_killed_takes_everything_along():
    """A Jupyter that is killed cannot stop its kernels: they follow it."""
    read, write = os.pipe()
    jupyter = os.fork()
    if jupyter == 0:
        notebook = Notebook()
        notebook.succeeds("1")
        pid = notebook.kernel.provisioner.pid
        os.write(write, " ".join(str(pid) for pid in [pid, *(pid for pid, _ in children(pid))]).encode())
        time.sleep(PATIENCE)
        os._exit(0)
    pids = [int(pid) for pid in os.read(read, 4096).split()]
    assert len(pids) >= 4, pids
    os.kill(jupyter, signal.SIGKILL)
    os.waitpid(jupyter, 0)
    gone(pids)
