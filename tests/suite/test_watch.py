"""`plausible watch`: what it tells of a running study, and whom it answers. Oracle: the store; the attempts below."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from plausible.errors import BadInput
from plausible.site.server import Answer, Server, listening
from plausible.site.watch import Pages
from plausible.site.watched import cell_of, ends, settings_of, short_names
from plausible.study.keys.key import key
from plausible.study.run import Outcome
from plausible.study.store.store import Store, locked
from plausible.study.study import Study
from tests.processes import COMMAND, started
from tests.suite.command import command
from tests.suite.hostile import files
from tests.suite.pages import Page
from tests.suite.quick import QUICK

EVIL = "<script>alert(1)</script>"
RUNS = tuple(replace(QUICK, seed=seed) for seed in range(4))
STUDY = Study("watched", f"Is {EVIL} shown?", {"smoke": lambda: list(RUNS)})


@pytest.fixture
def half(store: Store, outcome: Outcome) -> Store:
    """A store in which of four runs one is done, and one failed with a traceback."""
    store.save(key(RUNS[0]), replace(outcome, run=RUNS[0]))
    lost = Outcome(RUNS[1], "failed", f"ValueError: {EVIL}", traceback=f'Traceback\n"><img src=x {EVIL}')
    store.save(key(RUNS[1]), lost)
    return store


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """A server at work."""
    with server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def server(half: Store) -> Iterator[Server]:
    """The page of the half-made study, on loopback."""
    with serving(listening("127.0.0.1", 0, Pages(STUDY, "smoke", "watched"))) as made:
        yield made


def ask(server: Server, path: str, method: str = "GET", **heads: str) -> http.client.HTTPResponse:
    """An answer, with its content in `content`; nothing of the path is changed on its way."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=60)
    own = {name.replace("_", "-").lower() for name in heads}
    connection.putrequest(method, path, skip_host="host" in own)
    for name, text in heads.items():
        connection.putheader(name.replace("_", "-"), text)
    connection.endheaders()
    answer = connection.getresponse()
    answer.content = answer.read()  # type: ignore[attr-defined]
    connection.close()
    return answer


def text_of(answer: http.client.HTTPResponse) -> str:
    """The content of an answer."""
    text: str = answer.content.decode()  # type: ignore[attr-defined]
    return text


def test_it_tells_of_cells_losses_and_what_is_done(server: Server) -> None:
    page = Page(text_of(ask(server, "/")))
    assert not page.wrong
    whole = page.all("main")[0].text
    assert "2 of 4 runs ended, 1 of them lost; 0 under way" in whole
    cells = [each.text.strip() for each in page.all("td", "th") if "tbody" in each.above]
    assert cells[:7] == [settings_of(RUNS[0])[0], "1", "0", "1", "2", "4", cells[6]]
    assert cells[6].startswith("in ")
    assert f"ValueError: {EVIL}" in whole
    assert len(page.all("script")) == 2  # its own two alone: what is hostile shows as text
    assert not page.all("img")
    assert {*page.asked} == {"style.css", "script.js", "watch.js"}


def test_the_log_of_a_lost_run_is_given_as_text(server: Server) -> None:
    answer = ask(server, f"/log/{key(RUNS[1]).name}")
    assert answer.status == 200
    assert answer.getheader("Content-Type") == "text/plain; charset=utf-8"
    assert answer.getheader("X-Content-Type-Options") == "nosniff"
    assert f'"><img src=x {EVIL}' in text_of(answer)


def test_it_is_brought_up_to_date_as_a_run_ends(server: Server, half: Store, outcome: Outcome) -> None:
    before = text_of(ask(server, "/stamp"))
    assert text_of(ask(server, "/stamp")) == before
    with locked(half.root / "locks" / f"{key(RUNS[2]).name}.lock"):
        during = text_of(ask(server, "/stamp"))
        assert "1 under way" in text_of(ask(server, "/"))
    half.save(key(RUNS[2]), replace(outcome, run=RUNS[2]))
    after = text_of(ask(server, "/stamp"))
    assert len({before, during, after}) == 3
    assert "3 of 4 runs ended, 1 of them lost; 0 under way" in text_of(ask(server, "/"))


def test_the_end_is_expected_from_the_seconds_of_a_cell(half: Store) -> None:
    """Two runs of a cell are left, one of which has learned for 10 s: one at a time 20 s, two at once 10 s.

    A run of another cell, of which none has ended, is taken to last as long as those that have.
    """
    watched = Pages(STUDY, "smoke", "watched").watched
    state = watched.state()
    watched.seconds |= {key(RUNS[0]).name: 10.0, key(RUNS[1]).name: 10.0}
    assert ends(watched, state) == {cell_of(RUNS[0]): 20.0}
    assert ends(watched, state._replace(under_way=frozenset(RUNS[2:]))) == {cell_of(RUNS[0]): 10.0}
    other = replace(QUICK, rule="backprop")
    watched.plan = replace(watched.plan, keys={**watched.plan.keys, other: key(other)})
    assert ends(watched, state)[cell_of(other)] == 30.0
    assert str(ends(watched, state._replace(stored={}))[cell_of(other)]) == "nan"


def test_cells_are_called_by_what_tells_them_apart() -> None:
    runs = [replace(QUICK, rule=rule, seed=seed) for rule in ("backprop", "shallow") for seed in range(2)]
    names = short_names(runs)
    assert [*names.values()] == [f"{rule}@{QUICK.head()[0]}" for rule in ("backprop", "shallow")]
    more = short_names([*runs, replace(QUICK, epochs=QUICK.epochs + 1)])
    assert len({*more.values()}) == len(more) == 3


OUTSIDE = (
    *(
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/..\\secret.txt",
        "//etc/passwd",
        "/etc/passwd",
    ),
    *(
        "/log/../../secret.txt",
        "/log/%2e%2e/status.json",
        "/log/",
        "/log/*",
        "/style.css/../watch.js",
        "/index.html",
    ),
    *(
        "/log/..",
        "/log/00000000000000000000000000000000",
        "file:///etc/passwd",
        "http://evil.example/etc/passwd",
    ),
    *("/runs", "/log/" + "a" * 5000, "/\x7f", "/style.css%00", "/style.css/"),
)


@pytest.mark.parametrize("path", OUTSIDE)
def test_no_path_leads_to_a_file(server: Server, half: Store, path: str) -> None:
    (half.root / "secret.txt").write_text("secret")
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=60) as line:
        line.sendall(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{server.server_port}\r\n\r\n".encode())
        told = b"".join(iter(lambda: line.recv(65536), b""))
    assert told.split(b"\r\n", 1)[0].endswith(b"404 Not Found")
    assert b"secret" not in told
    assert b"root:" not in told


@pytest.mark.parametrize("linked", ["log.txt", "folder"])
def test_links_in_the_store_give_nothing_out(
    server: Server, half: Store, tmp_path: Path, linked: str
) -> None:
    place = half.runs / key(RUNS[1]).name
    (tmp_path / "log.txt").write_text("secret")
    if linked == "folder":
        place.rename(tmp_path / "moved")
        place.symlink_to(tmp_path)
    else:
        (place / "log.txt").unlink()
        (place / "log.txt").symlink_to(tmp_path / "log.txt")
    answer = ask(server, f"/log/{place.name}")
    assert (answer.status, "secret" in text_of(answer)) == (404, False)


METHODS = (
    "POST",
    "PUT",
    "DELETE",
    "PATCH",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "MKCOL",
    "get",
    "<script>alert(1)",
)


@pytest.mark.parametrize("method", METHODS)
def test_nothing_is_written_from_a_browser(server: Server, half: Store, method: str) -> None:
    """Every other method is answered alike, in our own words, with the heads of every answer."""
    before = files(half.root)
    for path in ("/", "/stamp", f"/log/{key(RUNS[1]).name}"):
        told = sent(server, f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.server_port}\r\n\r\n")
        head, _, body = told.partition("\r\n\r\n")
        assert head.split("\r\n")[0] == "HTTP/1.0 405 Method Not Allowed"
        assert "\r\nAllow: GET, HEAD\r\n" in head
        assert "default-src 'none'" in head
        assert body == "GET and HEAD only\n"
        assert ask(server, path).status == 200
    assert files(half.root) == before


@pytest.mark.parametrize(
    "request_line",
    [
        f"{EVIL}",
        f"GET / {EVIL}",
        f"GET / HTTP/{EVIL}",
        "GET /a b HTTP/1.1",
        "GET http://[ HTTP/1.1",
        "GET http://[::x]/ HTTP/1.1",
        "GET / HTTP/3.0",
        "GET " + "/" * 70000,
    ],
)
def test_what_is_no_request_is_refused_without_saying_any_of_it(server: Server, request_line: str) -> None:
    told = sent(server, f"{request_line}\r\n\r\n")
    assert EVIL not in told
    assert "<" not in told
    assert "200 OK" not in told
    assert told
    assert ask(server, "/").status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_brackets_without_an_address_are_a_bad_request(server: Server, method: str) -> None:
    told = sent(server, f"{method} http://[ HTTP/1.1\r\nHost: 127.0.0.1:{server.server_port}\r\n\r\n")
    assert told.partition("\r\n")[0].endswith("400 Bad Request")
    assert told.partition("\r\n\r\n")[2] == ("Bad Request\n" if method == "GET" else "")


def sent(server: Server, text: str) -> str:
    """What is answered to a text as it is."""
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=60) as line:
        line.sendall(text.encode())
        line.shutdown(socket.SHUT_WR)
        told = b""
        with suppress(ConnectionResetError):  # of what it did not read to its end
            while part := line.recv(65536):
                told += part
    return told.decode()


def test_what_is_damaged_stays_where_it_is(server: Server, half: Store) -> None:
    (half.runs / key(RUNS[0]).name / "metrics.parquet").write_bytes(b"no table")
    (half.runs / key(RUNS[1]).name / "status.json").write_text("{")
    before = files(half.root)
    assert ask(server, "/").status == 200
    assert files(half.root) == before


def test_head_is_answered_without_content(server: Server) -> None:
    answer = ask(server, "/", "HEAD")
    assert (answer.status, text_of(answer)) == (200, "")
    assert int(answer.getheader("Content-Length") or 0) == len(text_of(ask(server, "/")).encode())


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "", "127.0.0.1:{port}.x"]
)
def test_another_name_that_leads_here_is_refused(server: Server, host: str) -> None:
    """What DNS rebinding sends: the browser believes to talk to the other site."""
    answer = ask(server, "/", Host=host.format(port=server.server_port))
    assert answer.status == 421
    assert "runs" not in text_of(answer)
    for name in ("localhost", "LOCALHOST", "[::1]"):
        assert ask(server, "/stamp", Host=f"{name}:{server.server_port}").status == 200


@pytest.mark.parametrize("host", ["127.0.0.2", "127.255.0.9", "127.0.0.1"])
def test_the_address_that_is_printed_is_answered(host: str) -> None:
    """All of 127/8 is loopback (RFC 1122, 3.2.1.3); of http's own port a browser tells no port (RFC 9110, 4.2.1)."""

    def pages(path: str) -> Answer | None:
        return Answer("text/plain", b"told")

    def status(told: str) -> int:
        line = http.client.HTTPConnection(host, port, timeout=60)
        line.request("GET", "/", headers={"Host": told})
        answer = line.getresponse()
        line.close()
        return answer.status

    with serving(listening(host, 0, pages)) as server:
        port = server.server_port
        assert server.address == f"http://{host}:{port}/"
        assert (status(f"{host}:{port}"), status(host), status(f"127.3.4.5:{port}")) == (200, 421, 421)
        server.server_port = 80  # as if it listened there, which not everyone may
        assert (status(host), status(f"{host}:80"), status("localhost"), status("[::1]")) == (200,) * 4
        assert (status(f"{host}:{port}"), status("evil.example"), status("")) == (421,) * 3


def test_answers_forbid_frames_scripts_of_others_and_keeping(server: Server) -> None:
    for path in ("/", "/nothing", "/stamp"):
        heads = ask(server, path)
        policy = heads.getheader("Content-Security-Policy") or ""
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert ("unsafe" in policy) == (path != "/")  # a text, which is shown by a style of the browser's own
        assert "script-src 'self'" in policy or path != "/"
        assert heads.getheader("Cache-Control") == "no-store"
        assert heads.getheader("Access-Control-Allow-Origin") is None


def test_opened_wider_it_answers_those_with_the_token_alone() -> None:
    def pages(path: str) -> Answer | None:
        return Answer("text/plain", b"told")

    with serving(listening("0.0.0.0", 0, pages)) as wide, serving(listening("127.0.0.1", 0, pages)) as near:
        assert near.token == ""
        token = wide.token
        assert len(token) >= 43  # 32 bytes in base 64
        without: dict[str, dict[str, str]] = {
            f"/?token={token.swapcase()}": {}, f"/?token={token.lower()}": {},
            "/": {}, "/?token=": {}, f"/?token={token[:-1]}": {}, f"/?token={token}x": {}, f"/{token}": {},
        }  # fmt: skip
        for path, heads in without.items():
            assert ask(wide, path, **heads).status == 403, path
            assert ask(wide, path, "HEAD", **heads).status == 403, path
        for cookie in (
            "",
            "plausible-watch=",
            f"plausible-watch={token[:-1]}",
            f"plausible-watch={token.swapcase()}",
            f"other={token}",
            "\xff=\xe9;;;",
        ):
            assert ask(wide, "/", Cookie=cookie).status == 403, cookie
            assert ask(wide, "/", "HEAD", Cookie=cookie).status == 403, cookie
        assert ask(wide, "/", Authorization=f"Bearer {token}").status == 403
        entered = ask(wide, f"/?token={token}")
        assert (entered.status, entered.getheader("Location")) == (303, "/")
        told = entered.getheader("Set-Cookie") or ""
        assert "HttpOnly; SameSite=Strict" in told
        answer = ask(wide, "/", Cookie=told.partition(";")[0], Host="any.example")
        assert (answer.status, text_of(answer)) == (200, "told")
        assert wide.address == f"http://{socket.gethostname()}:{wide.server_port}/?token={token}"
        assert ask(wide, "/", "POST", Cookie=told.partition(";")[0]).status == 405


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["accuracy", "--host", "example.org"], "expected an address such as 127.0.0.1"),
        (["accuracy", "--port", "70000"], "--port is 70000"),
        (["accurcy"], "did you mean 'accuracy'"),
        (["alignment", "--scale", "smoke", "--only", "nothing"], "no run of 'alignment' matches 'nothing'"),
    ],
)
def test_bad_input(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    ended = command("watch", *arguments, capsys=capsys)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert ended.err.count("\n") == 1


def test_a_port_that_is_taken_is_told_of() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(BadInput, match="choose another --port"),
    ):
        listening("127.0.0.1", taken.getsockname()[1], lambda path: None)


def test_the_command_serves_until_it_is_interrupted(half: Store) -> None:
    with started([*COMMAND, "watch", "alignment", "--scale", "smoke"]) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        port = int(address.removeprefix("http://127.0.0.1:").rstrip("/"))
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", "/")
        assert b"0 of " in connection.getresponse().read()
        connection.close()
        process.send_signal(2)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (130, "", "interrupted\n")
