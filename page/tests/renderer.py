"""The processes of a browser that show its pages, and what memory they take: proc_pid_status(5)."""

import pathlib


class Renderers:
    """Those of this browser, which is Chromium."""

    def __init__(self, browser):
        self.session = browser.new_browser_cdp_session()
        self.before = {}

    def processes(self):
        known = self.session.send("SystemInfo.getProcessInfo")["processInfo"]
        return [pathlib.Path(f"/proc/{process['id']}") for process in known if process["type"] == "renderer"]

    def watch(self):
        """From now on, how they grow is noted."""
        self.before = {process: resident(process, "VmRSS") for process in self.processes()}
        for process in self.before:
            (process / "clear_refs").write_text("5")

    def growth(self):
        """The most that one of them has grown since, in bytes. One that is new has grown from nothing."""
        return max(resident(process, "VmHWM") - self.before.get(process, 0) for process in self.processes())


def resident(process, what):
    lines = (process / "status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(f"{what}:"))
