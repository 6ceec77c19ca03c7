"""What a reader does: opens JupyterLab in a browser, runs a notebook with "Run All Cells", and reads the kernel's answer."""

import json
import os
import re
import shutil
import subprocess
import time

from playwright.sync_api import expect, sync_playwright

PATIENCE = 300_000  # milliseconds; the first cell that names a crate compiles it

CELLS = [
    'println!("this is {}", std::fs::read_to_string("/proc/sys/kernel/osrelease")?.trim());',
    'println!("with {} MiB", std::fs::read_to_string("/proc/meminfo")?.split_whitespace().nth(1).unwrap().parse::<u32>()? >> 10);',
]


def notebook(source):
    return {
        "cells": [
            {"cell_type": "code", "execution_count": None, "id": f"cell-{place}", "metadata": {}, "outputs": [], "source": cell}
            for place, cell in enumerate(source)
        ],
        "metadata": {"kernelspec": {"display_name": "Rust (lab)", "language": "rust", "name": "rust-lab"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def test_run_all_in_a_browser(tmp_path):
    (tmp_path / "planted.ipynb").write_text(json.dumps(notebook(CELLS)))
    # A workspace of its own: JupyterLab would open again what was open when this test ran last.
    command = ["jupyter-lab", "--no-browser", "--port=0", "--ServerApp.ip=127.0.0.1", str(tmp_path)]
    command.append(f"--LabApp.workspaces_dir={tmp_path / 'workspaces'}")
    if os.getuid() == 0:
        command.append("--allow-root")
    log = tmp_path / "log"
    server = subprocess.Popen(command, stderr=log.open("w"))
    try:
        while not (found := re.search(r"http://127\.0\.0\.1:\d+/lab\S*token=\w+(?=\n)", log.read_text())):
            assert server.poll() is None, log.read_text()
            time.sleep(0.1)
        address = found[0].replace("/lab", "/lab/tree/planted.ipynb", 1)
        with sync_playwright() as browsers:
            browser = browsers.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page()
            page.goto(address, timeout=PATIENCE)
            # The menu is that of whatever is open, so the notebook has to be there first.
            expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(len(CELLS), timeout=PATIENCE)
            # JupyterLab forgets cells that are run before the notebook has its kernel.
            expect(page.get_by_text("Rust (lab) | Idle")).to_be_visible(timeout=PATIENCE)
            page.get_by_text("Run", exact=True).click()
            page.locator(".lm-Menu-item[data-command='runmenu:run-all']").click()
            output = page.locator(".jp-OutputArea-output")
            expect(output.first).to_contain_text(re.compile(r"this is 6\.\d+\.\d+\S*cloud-amd64"), timeout=PATIENCE)
            expect(output.nth(1)).to_contain_text(re.compile(r"with \d+ MiB"), timeout=PATIENCE)
            browser.close()
    finally:
        print(log.read_text())  # pytest shows it if the test has failed
        server.terminate()
        server.wait(timeout=30)
