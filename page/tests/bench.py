"""The figures of a site whose lessons run in a browser, for CONTRIBUTING.md: `cargo lab jupyter python page/tests/bench.py`.

`make site` makes what is measured. Beside each run in the browser the same lesson runs by `cargo lab run`, on the same kernel series.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import time

from playwright.sync_api import sync_playwright
from renderer import Renderers
from test_site import COURSE, SAME, SITE, SLUG, SLUGS, Hosted, golden, scene

ROUNDS = 10
# Presses Run. Tells after how many milliseconds the first line stood there, after how many it had ended, and what it said then.
PRESS = """() => new Promise(resolve => {
    const [run, begun] = [document.querySelector(".run"), performance.now()];
    let line;
    const look = () => {
        line ??= run.querySelector("pre.printed")?.textContent ? performance.now() - begun : undefined;
        if (run.querySelector("button").textContent !== "Run") return;
        watch.disconnect();
        resolve([line, performance.now() - begun, run.querySelector("[role=status]").textContent]);
    };
    const watch = new MutationObserver(look);
    run.querySelector("button").click();
    watch.observe(run, { childList: true, characterData: true, subtree: true });
})"""


def pressed(page):
    """Presses Run, and returns after how many seconds the first line stood there, and the end."""
    line, end, said = page.evaluate(PRESS)
    assert said == SAME, said
    return line / 1000, end / 1000


def row(what, times, form="{:.2f} s"):
    median, least, most = (form.format(value) for value in (statistics.median(times), min(times), max(times)))
    print(f"| {what} | {median} | {least} to {most} | {len(times)} |", flush=True)


def runs(browsers, site):
    """First and next runs, each first one in a browser that has kept nothing."""
    firsts, nexts, memory = [], [], {"first": [], "next": []}
    for _ in range(ROUNDS):
        browser = browsers.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        renderers = Renderers(browser)
        page = browser.new_page()
        page.goto(site.plant(SLUG, golden(SLUG)))
        page.wait_for_load_state("networkidle")
        for which, times in (("first", firsts), ("next", nexts), ("next", nexts)):
            renderers.watch()
            times.append(pressed(page)[0])
            memory[which].append(renderers.growth() / (1 << 20))
        browser.close()
    row("first Run until the first line, all fetched from this machine", firsts)
    row("next Run until the first line", nexts)
    for which, grown in memory.items():
        row(f"memory that the tab takes meanwhile, {which} Run", grown, "{:.0f} MiB")


def elsewhere(slug):
    """How long the same takes in the lab."""
    begun = time.monotonic()
    subprocess.run(["cargo", "lab", "run", slug, "--kernel", "6.1"], cwd=COURSE, check=True, capture_output=True)
    return time.monotonic() - begun


def lessons(context, site, slugs, times):
    """Each lesson in the browser and in the lab, by turns."""
    print("\n| a lesson | in a browser, from press to end | `cargo lab run` on 6.1 | ratio |\n|---|---|---|---|")
    ratios = []
    for slug in slugs:
        if scene(slug, slug).get("why_not"):
            continue
        page = context.new_page()
        page.goto(site.plant(slug, golden(slug)))
        # What is fetched and what is built is there afterwards.
        pressed(page), elsewhere(slug)
        here, there = zip(*((pressed(page)[1], elsewhere(slug)) for _ in range(times)))
        page.close()
        here, there = statistics.median(here), statistics.median(there)
        ratios.append(here / there)
        print(f"| {slug} | {here:.2f} s | {there:.2f} s | {here / there:.1f} |", flush=True)
    print(f"| geometric mean of the ratios | | | {statistics.geometric_mean(ratios):.1f} |", flush=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("slugs", nargs="*", default=SLUGS, help="the lessons that are compared [default: all]")
    arguments.add_argument("--times", type=int, default=3, help="how often each runs [default: 3]")
    options = arguments.parse_args()
    if not (SITE / "machine/machine.json").is_file():
        sys.exit("target/site is not there: make site")
    site = Hosted()
    with sync_playwright() as browsers:
        print("| a site | median | least to most | of |\n|---|---|---|---|")
        runs(browsers, site)
        browser = browsers.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        lessons(browser.new_context(), site, options.slugs, options.times)
        browser.close()
    site.stop()


if __name__ == "__main__":
    main()
