"""What the tests share: a probe in place of a machine, a server that shows what it was sent, and the service of a trial."""

from __future__ import annotations

import os
import socket
import threading
from typing import Any, Callable, Iterator, Optional, Union

import pytest

from msnp import Cancel, Send

PATIENCE = 60.0


class Probe:
    """A machine that makes the requests that a test wants and keeps what became of them."""

    def __init__(self) -> None:
        self.orders: list[Union[Send, Cancel]] = []
        self.outcomes: dict[int, Any] = {}
        self.events: list[dict[str, Any]] = []
        self.wake: Callable[[], None] = lambda: None

    def send(self, number: int, uri: str, method: str = "POST", body: bytes = b"", headers: Optional[list[tuple[str, bytes]]] = None) -> None:
        given = list(headers or [])
        if method == "POST" and not body:
            given.append(("content-length", b"0"))
        self.orders.append(Send(number, method, uri, given, body, False))
        self.wake()

    def cancel(self, number: int) -> None:
        self.orders.append(Cancel(number))
        self.wake()

    def poll_order(self) -> Optional[Union[Send, Cancel]]:
        return self.orders.pop(0) if self.orders else None

    def poll_event(self) -> Optional[dict[str, Any]]:
        return self.events.pop(0) if self.events else None

    def poll_timeout(self) -> Optional[float]:
        return None

    def handle_response(self, number: int, status: int, headers: Any, body: bytes) -> None:
        self._end(number, (status, list(headers), body))

    def handle_failure(self, number: int, sent: bool) -> None:
        self._end(number, "unknown" if sent else "not sent")

    def _end(self, number: int, outcome: Any) -> None:
        assert number not in self.outcomes, "an outcome is told once"
        self.outcomes[number] = outcome
        self.events.append({"event": "Ended", "id": number})


class Server:
    """Answers each request with the same bytes, and keeps what it was sent, byte for byte."""

    def __init__(self, reply: bytes, *, then_close: bool = True) -> None:
        self.reply, self.then_close = reply, then_close
        self.heads: list[bytes] = []
        self.bodies: list[bytes] = []
        self.dropped = threading.Event()
        self.arrived = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            read = connection.makefile("rb")
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                line = read.readline()
                if not line:
                    return
                head += line
            lengths = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
            self.bodies.append(read.read(lengths[0] if lengths else 0))
            self.heads.append(head)
            self.arrived.set()
            if self.reply:
                connection.sendall(self.reply)
            if not self.then_close:
                try:
                    if not read.read(1):
                        self.dropped.set()
                except OSError:
                    self.dropped.set()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def server() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def make(reply: bytes, **how: Any) -> Server:
        servers.append(Server(reply, **how))
        return servers[-1]

    yield make
    for each in servers:
        each.close()


@pytest.fixture
def service() -> str:
    """The service on loopback, with alice and bob, that a trial has started."""
    url = os.environ.get("MSNP_SERVICE")
    if url is None:
        pytest.skip("MSNP_SERVICE names no service: `cargo test -p bindings-trials` starts one")
    return url


def refused_port() -> int:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]
