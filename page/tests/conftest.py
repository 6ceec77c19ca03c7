"""The built book in a browser, beside planted pages, behind a server that says of the lessons what a test has it say."""

import functools
import http.server
import json
import pathlib
import queue
import re
import shutil
import threading

import pytest
from playwright.sync_api import sync_playwright

COURSE = pathlib.Path(__file__).parents[2]
BOOK = COURSE / "target/book"
PLANTED = pathlib.Path(__file__).parent / "planted"
# A name that the browsers take for this machine, without trusting it as they trust `localhost`.
ELSEWHERE = "book.test"
META = '<meta name="crossings" content="{}"><meta name="crossings-kernels" content="6.12 6.1">'


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the book; /lab/events and the meta tag that says so only where a test `serves`."""

    def log_message(self, *_):
        pass

    def end_headers(self):
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def do_GET(self):
        site = self.server.site
        path = self.path.split("?")[0].lstrip("/") or "index.html"
        site.asked.append(path)
        if path == "lab/events":
            return self.events(site) if site.serves else self.send_error(404)
        html = site.page(path) if path.endswith(".html") else None
        if html is None:
            return super().do_GET()
        body = html.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def events(self, site):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        messages = queue.Queue()
        with site.lock:
            site.listeners.append(messages)
            messages.put(site.state)
        try:
            while (message := messages.get()) is not None:
                self.wfile.write(f"data: {json.dumps(message)}\n\n".encode() if message else b": none yet\n\n")
                self.wfile.flush()
        except OSError:
            pass
        self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A browser hangs up when its page is closed, and nobody needs to read that."""


class Site:
    """A server of the book."""

    def __init__(self, serves=False):
        self.words = "serve"
        self.serves, self.state, self.listeners, self.asked, self.lock = serves, {}, [], [], threading.Lock()
        self.pages = {}
        self.server, self.port = None, 0
        self.start()

    def start(self):
        handler = functools.partial(Handler, directory=BOOK)
        self.server = Server(("127.0.0.1", self.port), handler)
        self.server.site = self
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        with self.lock:
            for listener in self.listeners:
                listener.put(None)
            self.listeners.clear()

    def address(self, page):
        return f"http://localhost:{self.port}/{page}"

    def page(self, path):
        """A planted page is a page of the book with another content."""
        planted = PLANTED / path
        if path in self.pages:
            html = self.pages[path]
        elif planted.exists():
            frame = (BOOK / "ioctl.html").read_text()
            html = re.sub(r"<main>.*</main>", lambda _: f"<main>{planted.read_text()}</main>", frame, flags=re.S)
        elif (BOOK / path).exists():
            html = (BOOK / path).read_text()
        else:
            return None
        return html.replace("</head>", META.format(self.words) + "</head>") if self.serves else html

    def tell(self, message):
        """Sends a message to all that listen; a state is also what later ones hear first."""
        with self.lock:
            if message["kind"] == "state":
                self.state = message
            for listener in self.listeners:
                listener.put(message)


def chromium(browsers):
    rules = f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1"
    return browsers.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--no-proxy-server", rules])


def firefox(browsers):
    """Debian's own. This channel is WebDriver BiDi; without it Playwright wants a Firefox that it has patched."""
    preferences = {"network.dns.localDomains": ELSEWHERE, "network.proxy.type": 0}
    return browsers.firefox.launch(channel="moz-firefox", executable_path=shutil.which("firefox-esr"), firefox_user_prefs=preferences)


# Marks what is tested in both; all else is in Chromium.
in_both = pytest.mark.parametrize("browser", [chromium, firefox], indirect=True, ids=lambda launch: launch.__name__, scope="module")


@pytest.fixture(scope="session")
def browsers():
    with sync_playwright() as browsers:
        yield browsers


@pytest.fixture(scope="session")
def browser(request, browsers):
    browser = getattr(request, "param", chromium)(browsers)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def book():
    """The book as any server of files serves it."""
    site = Site()
    yield site
    site.stop()


@pytest.fixture
def served():
    """The book as `cargo lab serve` serves it."""
    site = Site(serves=True)
    yield site
    site.stop()


@pytest.fixture
def running(served):
    """The same for a reader who may run what the pages show."""
    served.words = "serve run"
    return served


@pytest.fixture
def reader(browser):
    """A reader with a browser that remembers nothing yet. No page may make the browser complain."""
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    complaints = []
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield context
    context.close()
    assert not complaints
