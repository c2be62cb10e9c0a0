"""A machine over urllib, blocking: in the thread that waits for its events, with a thread for each request."""

import socket
import ssl
import threading
from contextlib import suppress
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import Any, Iterator, Optional
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

from .events import Event
from .machine import Cancel, Machine, Send, clock

BODY_LIMIT = 8 << 20  # a longer body counts as a response that did not arrive
NOT_SENT = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)


class _Whole(HTTPResponse):
    """Hears no head that was cut: http.client would take what came for all of it."""

    def begin(self) -> None:
        def whole(limit: int = -1) -> bytes:
            if not (line := readline(limit)).endswith(b"\n"):
                raise IncompleteRead(line)
            return line

        readline, self.fp.readline = self.fp.readline, whole  # type: ignore[method-assign,assignment]
        super().begin()


class _Bare(HTTPSHandler, HTTPHandler):
    """Says nothing unasked: urllib would give every body a content type. Lengths are http.client's."""

    connection: Any = None
    http_request = https_request = lambda self, request: request  # noqa: E731

    def do_open(self, kind: Any, request: Request, **how: Any) -> Any:  # type: ignore[override]
        def make(*where: Any, **how: Any) -> Any:
            self.connection = kind(*where, **how)
            self.connection.response_class = _Whole
            return self.connection

        return super().do_open(make, request, **how)


class Driver:
    """Runs a machine: ``for event in Driver(client)``. Verbs may be called from any thread meanwhile.

    ``context`` says whom TLS trusts; ``proxies`` is urllib's: what the environment says, unless it is given.
    """

    def __init__(self, machine: Machine, *, context: Optional[ssl.SSLContext] = None, proxies: Optional[dict[str, str]] = None) -> None:
        self._machine, self._context, self._proxies = machine, context, proxies
        self._open: dict[int, _Bare] = {}
        self._moved = threading.Condition()
        machine.wake = self._wake

    def next_event(self, timeout: Optional[float] = None) -> Optional[Event]:
        """Blocks until there is an event; ``None`` if none comes in so many seconds."""
        until = None if timeout is None else clock() + timeout
        with self._moved:
            while True:
                while (order := self._machine.poll_order()) is not None:
                    self._drop(order.id) if isinstance(order, Cancel) else self._start(order)
                if (event := self._machine.poll_event()) is not None:
                    return event
                now, moments = clock(), [self._machine.poll_timeout(), until]
                if until is not None and until <= now:
                    return None
                # Timers may stand still while the host is asleep: never long without a look at the clock.
                self._moved.wait(max(0.0, min([10.0] + [at - now for at in moments if at is not None])))

    def __iter__(self) -> Iterator[Event]:
        return iter(self.next_event, None)

    def close(self) -> None:
        """Drops what is in flight."""
        with self._moved:
            list(map(self._drop, list(self._open)))

    def _wake(self) -> None:
        with self._moved:
            self._moved.notify_all()

    def _start(self, order: Send) -> None:
        bare = self._open[order.id] = _Bare(context=self._context)
        threading.Thread(target=self._exchange, args=(order, bare), daemon=True).start()

    def _drop(self, number: int) -> None:
        with suppress(KeyError, AttributeError, OSError):  # it has ended, or is not connected
            self._open.pop(number).connection.sock.shutdown(socket.SHUT_RDWR)

    def _exchange(self, order: Send, bare: _Bare) -> None:
        sent, response, body = True, None, b""
        opener = OpenerDirector()  # no redirect, no cookie, no error of its own: nothing but these two
        opener.addheaders = []
        opener.add_handler(ProxyHandler(self._proxies))
        opener.add_handler(bare)
        try:
            headers = {name: value.decode("latin-1") for name, value in order.headers}
            # No machine waits longer than that, so threads end.
            response = opener.open(Request(order.uri, None if order.method == "GET" else order.body, headers, method=order.method), timeout=180.0)
            body = response.read(BODY_LIMIT + 1)
        except (OSError, HTTPException, ValueError) as error:
            response, sent = None, not isinstance(getattr(error, "reason", None), NOT_SENT)
        with self._moved:
            mine = self._open.pop(order.id, None)  # else it was dropped
            if mine and (response is None or len(body) > BODY_LIMIT or response.length):  # read() says nothing of a body that was cut
                self._machine.handle_failure(order.id, sent)
            elif mine and response is not None:
                heads = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
                self._machine.handle_response(order.id, response.status, heads, body)
            self._moved.notify_all()
