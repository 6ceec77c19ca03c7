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

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.stop_channels()
        if self.kernel.has_kernel:
            self.kernel.shutdown_kernel()

    def start(self, code):
        """Sends a cell; `finish` waits for it."""
        return self.client.execute(code)

    def finish(self, cell):
        """Returns a cell's status, and all of its outputs as one text."""
        text = ""
        while True:
            message = self.client.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") != cell:
                continue
            content = message["content"]
            match message["msg_type"]:
                case "stream":
                    text += content["text"]
                case "execute_result":
                    text += str(content["data"])
                case "error":
                    text += content["evalue"] + "\n"
                case "status" if content["execution_state"] == "idle":
                    break
        while True:
            reply = self.client.get_shell_msg(timeout=PATIENCE)
            if reply["parent_header"].get("msg_id") == cell:
                return reply["content"]["status"], text

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
