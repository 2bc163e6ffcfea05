"""The page of a running study, as a server gives it out."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from plausible.report.html import asset, environment
from plausible.site.server import HTML, KINDS, TEXT, Answer
from plausible.site.watched import Onlooker, Watched, shown, stamp
from plausible.study import campaign
from plausible.study.study import Study

TEMPLATES = Path(__file__).with_name("templates")
LOG = "/log/"


class Pages:
    """What is answered to each path: the page, its stamp, its look and scripts, and logs of the plan's runs by key."""

    def __init__(self, study: Study, scale: str, given: str, only: str = "*") -> None:
        """Raises `BadInput` for a plan that cannot be made."""
        self.watched = Watched(study, campaign.plan(study, scale, only), Onlooker(), given)
        self.lock, self.made = Lock(), ("", b"")
        own = (TEMPLATES / "watch.js").read_text(encoding="utf-8")
        texts = {"/style.css": asset("style.css"), "/script.js": asset("script.js"), "/watch.js": own}
        self.fixed = {path: Answer(KINDS[Path(path).suffix], text.encode()) for path, text in texts.items()}

    def __call__(self, path: str) -> Answer | None:
        """The answer to a path exactly as it came: no step of it is followed, and nothing in it is decoded."""
        if path in self.fixed:
            return self.fixed[path]
        if path.startswith(LOG):
            log = self.watched.log(path.removeprefix(LOG))
            return None if log is None else Answer(TEXT, log.encode("utf-8", "backslashreplace"))
        if path not in ("/", "/stamp"):
            return None
        with self.lock:  # one look at the store at a time, however many look at the page
            now = stamp(self.watched, state := self.watched.state())
            if path == "/stamp":
                return Answer(TEXT, now.encode())
            if self.made[0] != now:
                template = environment(TEMPLATES).get_template("watch.html")
                text = template.render(alone=False, up="", **shown(self.watched, state))
                self.made = now, text.encode("utf-8", "backslashreplace")
            return Answer(HTML, self.made[1])
