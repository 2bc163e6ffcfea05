"""How quickly a large site opens and answers in a browser: `python -m benchmarks.browser`.

A project is planted with 60 studies of 10,000 runs in all, of 80 rules; its site is built, and Chromium opens its
pages, sorts a table and filters it. Needs playwright and a Chromium that is installed.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import chdir
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from plausible.registry import registry
from plausible.site.build import build
from plausible.site.folder import write

STUDIES, RULES, RUNS = 60, 80, 10_000
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
EPOCHS = (0.0, 1.0, 2.0, 3.0, 4.0)
LIMIT = 2.0  # seconds in which a page should be there
WORDS = "const field = document.querySelector('input[type=search]'); field.value = 'feedback'"
ACTS = {
    "sort the leaderboard": "document.querySelectorAll('thead button')[6].click()",
    "filter the leaderboard": f"{{{WORDS}; field.dispatchEvent(new Event('input'));}}",
}


def planted(folder: Path) -> list[str]:
    """Write the tables of the studies into `folder`/studies/tables. Returns their names."""
    rng, names = np.random.default_rng(0), []
    rules = [rule for rule in registry.registered("rule") if rule != "backprop"][: RULES - 1]
    place = folder / "studies" / "tables"
    place.mkdir(parents=True)
    each = RUNS // STUDIES
    for number in range(STUDIES):
        mine = ["backprop", *(rules[(number * 16 + at) % len(rules)] for at in range(15))]
        runs = [(mine[at % 16], at // 16) for at in range(each + (number < RUNS % STUDIES))]
        pd.DataFrame(rows(runs, number, rng)).to_parquet(place / f"planted{number:02}.parquet")
        names.append(f"planted{number:02}")
    return names


def rows(runs: Sequence[tuple[str, int]], number: int, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """The measurements of runs of a study: a curve on validation, and a score on the test split."""
    for rule, seed in runs:
        same = {"key": f"{number}-{rule}-{seed}", "task": f"task{number % 12}", "rule": rule, "seed": seed}
        same |= {"metric": "accuracy", "layer": "", "scale": "fast", "hidden": "64", "status": "done"}
        if rng.random() < 0.01:
            same["status"] = "diverged"
        for epoch in EPOCHS:
            yield same | {"epoch": epoch, "split": "validation", "value": float(rng.uniform(0.5, 0.9))}
        yield same | {"epoch": EPOCHS[-1], "split": "test", "value": float(rng.uniform(0.8, 0.9))}


def measured(site: Path) -> Iterator[tuple[str, float]]:
    """What was done, and how many seconds it took."""
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))))
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=[*FLAGS])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        largest = max(site.rglob("*.html"), key=lambda file: file.stat().st_size)
        for name in (
            "index.html",
            "leaderboard.html",
            "rules.html",
            "studies.html",
            str(largest.relative_to(site)),
        ):
            began = time.perf_counter()
            page.goto((site / name).as_uri(), wait_until="load")
            page.evaluate("new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))")
            yield f"open {name} ({(site / name).stat().st_size // 1024} KiB)", time.perf_counter() - began
        page.goto((site / "leaderboard.html").as_uri(), wait_until="load")
        for what, act in ACTS.items():
            began = time.perf_counter()
            page.evaluate(f"{act}; document.body.offsetHeight")
            yield what, time.perf_counter() - began
        browser.close()


def main() -> None:
    """Plant, build, open, and print."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        names, site = planted(Path(folder)), Path(folder) / "site"
        began = time.perf_counter()
        files = build(names, "benchmarks.browser")
        write(site, files)
        pages = sum(name.endswith(".html") for name in files)
        print(
            f"{STUDIES} studies, {RUNS} runs: {pages} pages built in {time.perf_counter() - began:.0f} s",
            flush=True,
        )
        for what, seconds in measured(site):
            print(f"{what}: {seconds:.2f} s{'  over ' + str(LIMIT) if seconds > LIMIT else ''}", flush=True)
        print(f"load of this machine: {os.getloadavg()[0]:.1f} over {os.cpu_count()} cores")


if __name__ == "__main__":
    sys.exit(main())
