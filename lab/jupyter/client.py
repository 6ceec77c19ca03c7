"""A notebook's kernel, used through Jupyter's own client."""

import pathlib

import jupyter_client

COURSE = pathlib.Path(__file__).parents[2]
LAB = f':dep lab = {{ package = "lab-notebook", path = "{COURSE}/lab/notebook" }}'
PATIENCE = 300  # seconds; the first cell that names a crate compiles it


class Notebook:
    """A kernel and what runs on it."""

    def __init__(self, kernel="rust-lab"):
        self.kernel = jupyter_client.KernelManager(kernel_name=kernel)
        self.kernel.start_kernel(cwd=COURSE / "notebooks")
        self.client = self.kernel.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)
        self.shown = ""  # the outputs of the cell that was started last, so far

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.stop_channels()
        if self.kernel.has_kernel:
            self.kernel.shutdown_kernel()

    def start(self, code):
        """Sends a cell; `finish` waits for it."""
        self.shown = ""
        return self.client.execute(code)

    def start_until(self, code, line):
        """Sends a cell, and waits until it has printed a line: it is compiled then, and runs."""
        cell = self.start(code)
        while line not in self.shown:
            assert self.listen(cell), f"the cell ended without {line!r}:\n{self.shown}"
        return cell

    def listen(self, cell):
        """Takes the next message of a cell's; False if that says that the cell has ended."""
        while (message := self.client.get_iopub_msg(timeout=PATIENCE))["parent_header"].get("msg_id") != cell:
            pass
        content = message["content"]
        match message["msg_type"]:
            case "stream":
                self.shown += content["text"]
            case "execute_result" | "display_data" | "update_display_data":
                self.shown += str(content["data"])
            case "clear_output":
                self.shown = ""
            case "error":
                self.shown += content["evalue"] + "\n"
            case "status":
                return content["execution_state"] != "idle"
        return True

    def finish(self, cell):
        """Returns a cell's status, and all of its outputs as one text."""
        while self.listen(cell):
            pass
        while True:
            reply = self.client.get_shell_msg(timeout=PATIENCE)
            if reply["parent_header"].get("msg_id") == cell:
                return reply["content"]["status"], self.shown

    def inspect(self, code, place):
        """What Shift-Tab shows at a place of a cell."""
        request = self.client.inspect(code, place)
        while (reply := self.client.get_shell_msg(timeout=PATIENCE))["parent_header"].get("msg_id") != request:
            pass
        return reply["content"]["data"].get("text/plain", "")

    def run(self, code):
        return self.finish(self.start(code))

    def succeeds(self, code):
        status, text = self.run(code)
        assert status == "ok", text
        return text

    def fails(self, code):
        status, text = self.run(code)
        assert status == "error", f"the cell did not fail:\n{text}"
        return text
