"""Servers on this machine that stand for mirrors of data sets."""

from __future__ import annotations

import http.server
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CERTIFICATE = Path(__file__).with_name("localhost.pem")


class Mirror(http.server.ThreadingHTTPServer):
    """Serves what `answers` has, by path; counts what it was asked."""

    def __init__(self, scheme: str = "https") -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.scheme = scheme
        if scheme == "https":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[str] = []

    def serve(self, path: str, body: bytes, status: int = 200, **headers: str) -> str:
        self.answers[path] = status, {name.replace("_", "-"): value for name, value in headers.items()}, body
        return f"{self.scheme}://127.0.0.1:{self.server_port}{path}"

    def handle_error(self, request: Any, address: Any) -> None:
        """A client may go away."""


class Answer(http.server.BaseHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        status, headers, body = self.server.answers.get(self.path, (404, {}, b"not here"))
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def serving(server: Mirror) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
