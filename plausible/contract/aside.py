"""Checking in a process of its own, so that what hangs, dies or leaves is a finding, and not the end of the check.

The process writes its findings to what was its standard output, a line of JSON for each. What the subject prints goes
to standard error. The process ends when its parent does, and says nothing of that. Whatever it has started ends with
it, unless that has begun a session or a group of its own. Run as `python -P -m plausible.contract.aside SPEC KIND N`.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from plausible.contract.clock import BEAT, Clock, processor_time
from plausible.contract.promises import Finding
from plausible.errors import BadInput, require_number
from plausible.printing.words import replace_what_cannot_be_encoded
from plausible.registry.elsewhere import import_elsewhere
from plausible.study.workers import groups

LIMIT = 120.0  # seconds that one promise may take, those not counted in which it waits for a busy processor
WIND_UP = 1.0  # seconds that a process has to end by itself when it is told to
DEATHS = 2  # of the process, after which nothing more is judged: what dies twice would die in every promise


def findings(text: str, kind: str | None = None, limit: float = LIMIT) -> Iterator[Finding]:
    """The findings of `plausible.contract.check` on what `text` names, judged in processes aside.

    Args:
        text: a registered name, or FILE.py:Name, with options.
        kind: one of those that have a contract, such as "rule"; told from `text` if not given.
        limit: seconds that one promise may take, by `plausible.contract.clock`.

    Raises:
        BadInput: if there is no such thing.
    """
    require_number("the limit of a promise in seconds", limit, open_low=True)
    promised: list[str] = []
    executed: list[str] = []
    done, deaths, why = 0, 0, ""
    while not promised or done < len(promised):
        if deaths == DEATHS or why.startswith("it does not end"):
            yield Finding(promised[done], "not judged", f"{why.partition(':')[0]}, under the promise before")
            done += 1
            continue
        with started(text, kind, done) as told:
            patience, clock = max(limit, LIMIT), Clock()  # until it has started
            while not promised or done < len(promised):
                what, value = next_of(told, patience, clock)
                if what == "promises":
                    if not promised:
                        say_executed(executed)
                    promised, patience = value, limit
                elif what == "finding":
                    yield Finding(*value)
                    done += 1
                elif what == "executed":
                    executed = value
                elif what == "bad input":
                    raise BadInput(value)
                else:
                    deaths, why = deaths + 1, value
                    if not promised:
                        raise BadInput(f"{text!r} cannot be made: {why}")
                    yield Finding(promised[done], "broken", why)
                    done += 1
                    break


Told = queue.SimpleQueue[tuple[str, Any]]
Tell = Callable[[str, Any], None]


@contextmanager
def started(text: str, kind: str | None, skipped: int) -> Iterator[Told]:
    """What a process tells that begins with the promise after so many; it is ended with the context."""
    command = [sys.executable, "-P", "-m", __name__, text, kind or "", str(skipped)]
    own = {"start_new_session": True} if os.name == "posix" else {}
    told: Told = queue.SimpleQueue()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **own)  # type: ignore[call-overload]
    listener = threading.Thread(target=listen, args=(process, told), daemon=True)
    burier = threading.Thread(target=bury, args=(process, listener, told), daemon=True)
    listener.start()
    burier.start()
    try:
        yield told
    finally:
        if not (own and groups.send(process.pid, signal.SIGTERM)):
            process.kill()
        groups.end(process.pid, time.monotonic() + WIND_UP)
        burier.join()
        process.stdin.close()
        if not listener.is_alive():  # else somebody who has left the group holds the other end
            process.stdout.close()


def listen(process: subprocess.Popen[bytes], told: Told) -> None:
    """Pass on what a process tells."""
    assert process.stdout is not None
    for line in process.stdout:
        with suppress(ValueError):  # the subject has written into the channel
            what, value = json.loads(line)
            told.put((what, value))


def bury(process: subprocess.Popen[bytes], listener: threading.Thread, told: Told) -> None:
    """Tell how a process ended, after all that it has told; what it started may hold the channel, and is ended."""
    code = process.wait()
    if groups.send(process.pid, signal.SIGTERM):
        groups.end(process.pid, time.monotonic() + WIND_UP)
    listener.join(WIND_UP)
    how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
    told.put(("ended", f"it ends the process {how}: expected to return, or to raise an exception"))


def next_of(told: Told, limit: float, clock: Clock) -> tuple[str, Any]:
    """What is told next, or that nothing is in so many seconds of a clock, which begins now."""
    clock.begin()
    while (left := clock.left(limit)) > 0.0:
        with suppress(queue.Empty):
            what, value = told.get(timeout=left + BEAT)  # it tells its time before that, if it can
            if what != "computed":
                return what, value
            clock.tick(value)
    return "hangs", f"it does not end within {limit:g} s: expected to return, or a higher --limit"


def say_executed(files: list[str]) -> None:
    """Let the command say which files of the user's are executed aside, before anything is judged."""
    from plausible.registry.files import TELL, UNSAID

    UNSAID.extend(path for path in map(Path, files) if path not in UNSAID)
    for tell in TELL:
        tell()


def main(text: str, kind: str, skipped: int) -> None:
    """The process aside."""
    leaving = threading.Event()
    tell = telling(leaving)
    import_elsewhere()
    os.dup2(2, 1)  # what is printed, by whatever means, goes to standard error
    replace_what_cannot_be_encoded()

    def leave(number: int, frame: Any) -> None:
        """End, but not before those to whom this process has to send a signal first; nothing goes on meanwhile."""
        if leaving.is_set():
            time.sleep(WIND_UP)
        else:
            groups.die(number)

    signal.signal(signal.SIGTERM, leave)
    threading.Thread(target=end_with_parent, args=(os.dup(0), leaving), daemon=True).start()
    threading.Thread(target=beat, args=(tell,), daemon=True).start()
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)  # what asks is answered nothing

    from plausible.contract.check import kind_of, promises
    from plausible.contract.promises import judged, said
    from plausible.registry.failure import failure
    from plausible.registry.files import UNSAID

    try:
        asked = promises(kind or kind_of(text), text)
    except BaseException as error:
        tell("executed", list(map(str, UNSAID)))
        given = isinstance(error, BadInput)
        tell("bad input", str(error) if given else f"{text!r} cannot be made: {failure(error).reason}")
        return
    tell("executed", list(map(str, UNSAID)))
    tell("promises", list(map(said, asked)))
    for finding in judged(asked[skipped:], text, written, interrupted=()):
        tell("finding", finding)


def telling(leaving: threading.Event) -> Tell:
    """What tells the parent, from any thread, through what is standard output by now."""
    channel, lock = os.dup(1), threading.Lock()

    def tell(what: str, value: Any) -> None:
        line = f"{json.dumps([what, value])}\n".encode()
        try:
            with lock:
                while (
                    line
                ):  # without a buffer, which would be locked where the interpreter ends in the middle
                    line = line[os.write(channel, line) :]
        except BrokenPipeError:  # the parent is gone, before the thread that waits for that has seen it
            end_orphaned(leaving)

    return tell


def beat(tell: Tell) -> None:
    """Tell from time to time how much this process has computed."""
    with suppress(OSError):  # the subject has closed the channel
        while True:
            time.sleep(BEAT)
            tell("computed", processor_time())


def written(traceback: str) -> str:
    """A new file of one's own with a traceback; "" if none can be written."""
    with (
        suppress(OSError),
        tempfile.NamedTemporaryFile(
            "w", prefix="plausible-check-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file,
    ):
        file.write(traceback)
        return file.name
    return ""


def end_with_parent(pipe: int, leaving: threading.Event) -> None:
    """Wait until the parent, which holds the other end and sends nothing, is gone; then end, whatever goes on."""
    os.read(pipe, 1)
    end_orphaned(leaving)


def end_orphaned(leaving: threading.Event) -> None:
    """End this process and all that it has started, as its parent is gone."""
    leaving.set()
    groups.send_own(signal.SIGTERM)
    time.sleep(WIND_UP if groups.GROUPS else 0.0)
    groups.send_own(groups.KILL)
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
