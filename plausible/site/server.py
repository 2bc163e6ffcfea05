"""A server of pages that are made as they are asked for. It answers GET and HEAD, and knows no file by its path.

On a loopback address it answers those who asked for that address alone, so that no page of another site can have its
name lead here (DNS rebinding). Elsewhere it answers those alone who bring its token, once in the address and then as a
cookie.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import socket
import sys
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from plausible.errors import BadInput, first_line, require_whole
from plausible.printing.terminal import complain

COOKIE = "plausible-watch"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
HTTP_PORT = 80  # that of http, which no address needs to tell
LONGEST = 30  # seconds that a request may take to arrive
HTML, TEXT = "text/html; charset=utf-8", "text/plain; charset=utf-8"
KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
POLICY = "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
OWN = "style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:"  # of a page
PLAIN = "style-src 'unsafe-inline'"  # of a text, which a browser frames with a style of its own
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Answer(NamedTuple):
    """What is answered to a path."""

    kind: str
    body: bytes


Pages = Callable[[str], Answer | None]  # from the path of a request, as it came, to its answer


class Server(ThreadingHTTPServer):
    """A server of `pages` at an address.

    Args:
        host: an address of this machine.
        port: 0 for any that is free.
        pages: what is served; None where there is nothing.
        token: what a request has to bring; "" on loopback, where none is needed.

    Raises:
        OSError: if the address cannot be listened at.
    """

    daemon_threads = True

    def __init__(self, host: str, port: int, pages: Pages, token: str) -> None:
        self.pages, self.token = pages, token
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), Handler)

    @property
    def address(self) -> str:
        """What a browser is told, with the token; by this machine's name, where it listens at all its addresses."""
        host = str(self.server_address[0])
        host = socket.gethostname() if ipaddress.ip_address(host).is_unspecified else host
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{self.server_port}/" + (f"?token={self.token}" if self.token else "")

    def names(self, host: str) -> bool:
        """Whether the head `Host` of a request names a loopback address, such as the one listened at, and this port.

        A browser leaves the port out where it is the one of http.
        """
        own = str(self.server_address[0])
        own = f"[{own}]" if ":" in own else own
        names = {"127.0.0.1", "localhost", "[::1]", own.lower()}
        return host.lower() in {f"{name}:{self.server_port}" for name in names} | (
            names if self.server_port == HTTP_PORT else set()
        )

    def handle_error(self, request: object, client_address: object) -> None:
        """Tell of an error in a line; that a client has gone away is none of ours."""
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, ConnectionError | TimeoutError):
            complain(f"a request was not answered: {type(error).__name__}: {first_line(error)}")


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Server
    timeout = LONGEST
    server_version, sys_version = "plausible", ""

    def do_GET(self) -> None:
        """Answer, or refuse."""
        self.answered(body=True)

    def do_HEAD(self) -> None:
        """The same without its content."""
        self.answered(body=False)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is no request for a page, in words of our own: nothing of the request is said back.

        Nothing is written from a browser: of methods, GET and HEAD alone are allowed.
        """
        self.close_connection = True
        status = HTTPStatus.METHOD_NOT_ALLOWED if code == HTTPStatus.NOT_IMPLEMENTED else HTTPStatus(code)
        refused = status is HTTPStatus.METHOD_NOT_ALLOWED
        said = b"GET and HEAD only\n" if refused else f"{status.phrase}\n".encode()
        self.told(status, Answer(TEXT, said), {"Allow": "GET, HEAD"} if refused else None)

    def answered(self, body: bool) -> None:
        """Find out who asks, and for what."""
        try:
            asked = urlsplit(self.path)
        except ValueError:  # brackets without an address
            self.told(HTTPStatus.BAD_REQUEST, Answer(TEXT, b"Bad Request\n"), body=body)
            return
        if not self.server.token and not self.server.names(self.headers.get("Host", "")):
            self.told(
                HTTPStatus.MISDIRECTED_REQUEST, Answer(TEXT, b"ask for 127.0.0.1 or localhost\n"), body=body
            )
        elif self.server.token and same(self.server.token, parse_qs(asked.query).get("token", [""])[0]):
            cookie = f"{COOKIE}={self.server.token}; HttpOnly; SameSite=Strict; Path=/"
            self.told(HTTPStatus.SEE_OTHER, Answer(TEXT, b""), {"Location": "/", "Set-Cookie": cookie}, body)
        elif self.server.token and not same(self.server.token, self.brought()):
            self.told(
                HTTPStatus.FORBIDDEN, Answer(TEXT, b"the address with its token is needed\n"), body=body
            )
        else:
            found = self.server.pages(asked.path)
            status = HTTPStatus.OK if found else HTTPStatus.NOT_FOUND
            self.told(status, found or Answer(TEXT, b"nothing is here\n"), body=body)

    def brought(self) -> str:
        """The token in the cookie; "" if there is none."""
        try:
            cookie = SimpleCookie(self.headers.get("Cookie", "")).get(COOKIE)
        except CookieError:
            return ""
        return cookie.value if cookie else ""

    def told(
        self, status: HTTPStatus, answer: Answer, more: Mapping[str, str] | None = None, body: bool = True
    ) -> None:
        """Send an answer, with what keeps it to itself."""
        self.send_response(status)
        policy = f"{POLICY}; {OWN if answer.kind == HTML else PLAIN}"
        heads = {"Content-Security-Policy": policy, "Content-Type": answer.kind}
        for name, text in {**ALWAYS, **heads, **(more or {})}.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if body:
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed: addresses may hold the token."""


def same(one: str, other: str) -> bool:
    """Whether two texts are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address. Raises `BadInput` for what is none."""
    if host in LOOPBACK:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError as error:
        raise BadInput(f"--host is {host!r}: expected an address such as 127.0.0.1 or 0.0.0.0") from error


def checked(host: str, port: int) -> bool:
    """Whether only this machine can reach an address. Raises `BadInput` for what is none, and for no port."""
    require_whole("--port", port, 0, 65535)
    return is_loopback(host)


def listening(host: str, port: int, pages: Pages) -> Server:
    """A server; beyond this machine with a token of its own. Raises `BadInput` if it cannot listen."""
    token = "" if checked(host, port) else secrets.token_urlsafe(32)
    try:
        return Server(host, port, pages, token)
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadInput(
            f"nothing can be served at {host}, port {port} ({reason}): choose another --port"
        ) from error
