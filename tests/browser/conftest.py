"""A real browser, Debian's Chromium through Playwright; without either, its tests are skipped and say why."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from plausible.site.build import build
from plausible.site.folder import write
from plausible.site.told import rule_of
from plausible.study.store.tables import tables

RULES = (
    *("backprop", "shallow", "feedback-alignment", "direct-feedback-alignment", "kolen-pollack"),
    *("equilibrium-propagation", "predictive-coding"),
)
NAMES = ("frenkel2021", "similarity", "plausibility", "plausibility_performance")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
SIZES = {"phone": (390, 844), "desk": (1280, 900)}
BROWSERS = ("chromium", "chromium-browser")


@dataclass
class Window:
    """A page in the browser, with what it said to the console and what it asked for."""

    page: Any
    root: str
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda each: self.said.append(f"{each.type}: {each.text}"))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def open(self, name: str) -> None:
        """Go to a page of the site, and wait until it is whole."""
        self.page.goto(f"{self.root}/{name}", wait_until="load")

    @property
    def strangers(self) -> list[str]:
        """What was asked for outside of the site."""
        return [url for url in self.asked if not url.startswith((self.root, "data:", "blob:"))]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser. It ends with the tests."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    programs = list(filter(None, map(shutil.which, BROWSERS)))
    if not programs:
        pytest.skip(f"no browser is installed: none of {', '.join(BROWSERS)}")
    with api.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=programs[0], args=[*FLAGS])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """The files of a site of the committed tables of four studies, of some of their rules."""
    folder, there = tmp_path_factory.mktemp("tables"), tables()
    for name in NAMES:
        table = pq.read_table(there[name])
        kept = [
            name == "similarity" or rule_of(str(rule)) in RULES for rule in table.column("rule").to_pylist()
        ]
        pq.write_table(table.filter(pa.array(kept)), folder / f"{name}.parquet")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("plausible.site.told.tables", lambda: {file.stem: file for file in folder.iterdir()})
        return build(NAMES, "plausible report")


@pytest.fixture(scope="session")
def site(made: Mapping[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that it was written to."""
    folder = tmp_path_factory.mktemp("written") / "site"
    write(folder, made)
    return folder


@pytest.fixture
def served(site: Path) -> Iterator[str]:
    """The address of the site behind a server: of a folder a browser shows pictures, of a server it saves them."""
    handler = partial(Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class Quiet(SimpleHTTPRequestHandler):
    """A handler that prints nothing."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def window(chromium: Any, site: Path) -> Iterator[Callable[..., Window]]:
    """A function that opens a window of a size, "phone" or "desk", and of a colour scheme; all close with the test."""
    opened: list[Any] = []

    def new(size: str = "desk", root: str = "", **more: Any) -> Window:
        width, height = SIZES[size]
        context = chromium.new_context(viewport={"width": width, "height": height}, **more)
        opened.append(context)
        return Window(context.new_page(), root or site.as_uri())

    yield new
    for context in opened:
        context.close()
