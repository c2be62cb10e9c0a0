"""A machine over urllib, blocking: in the thread that waits for its events, with a thread for each request."""

from __future__ import annotations

import socket
import ssl
import threading
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Optional
from urllib.error import URLError
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

from .events import Event
from .machine import Cancel, Machine, Send, clock

BODY_LIMIT = 8 << 20  # a longer body counts as a response that did not arrive
LONGEST_WAIT = 10.0  # timers may stand still while the host is asleep
PATIENCE = 180.0  # no machine waits longer, so threads end


class _Bare(HTTPHandler, HTTPSHandler):
    """Adds nothing: urllib would give every body a content type, and http.client writes its length."""

    def __init__(self, keep: Any, context: Optional[ssl.SSLContext]) -> None:
        HTTPSHandler.__init__(self, context=context)
        self._keep = keep

    def http_open(self, request: Request) -> Any:
        return self.do_open(lambda *a, **b: self._keep(HTTPConnection(*a, **b)), request)  # type: ignore[arg-type]

    def https_open(self, request: Request) -> Any:
        return self.do_open(lambda *a, **b: self._keep(HTTPSConnection(*a, **b)), request, context=self._context)  # type: ignore

    def http_request(self, request: Request) -> Request:
        return request

    https_request = http_request


class Driver:
    """Runs a machine: ``for event in Driver(client)``. Verbs may be called from any thread meanwhile."""

    def __init__(self, machine: Machine, *, context: Optional[ssl.SSLContext] = None, proxies: Optional[dict[str, str]] = None) -> None:
        self._machine, self._context, self._proxies = machine, context, proxies
        self._open: dict[int, list[HTTPConnection]] = {}
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
                self._moved.wait(max(0.0, min([LONGEST_WAIT] + [at - now for at in moments if at is not None])))

    def __iter__(self) -> Any:
        return iter(self.next_event, None)

    def close(self) -> None:
        """Drops what is in flight."""
        with self._moved:
            [self._drop(number) for number in list(self._open)]

    def _wake(self) -> None:
        with self._moved:
            self._moved.notify_all()

    def _start(self, order: Send) -> None:
        self._open[order.id] = []
        threading.Thread(target=self._exchange, args=(order, self._open[order.id]), daemon=True).start()

    def _drop(self, number: int) -> None:
        for connection in self._open.pop(number, []):
            if connection.sock is not None:
                connection.sock.shutdown(socket.SHUT_RDWR)

    def _exchange(self, order: Send, connections: list[HTTPConnection]) -> None:
        sent, response, body = True, None, b""
        try:
            opener = OpenerDirector()  # no redirect, no cookie, no error of it: nothing but these two
            opener.addheaders = []
            opener.add_handler(ProxyHandler(self._proxies))
            opener.add_handler(_Bare(lambda it: connections.append(it) or it, self._context))
            data, headers = None if order.method == "GET" else order.body, {name: value.decode("latin-1") for name, value in order.headers}
            response = opener.open(Request(order.uri, data, headers, method=order.method), timeout=PATIENCE)
            body = response.read(BODY_LIMIT + 1)
        except URLError as error:
            sent = not isinstance(error.reason, (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError))
        except (OSError, HTTPException, ValueError):
            response = None
        with self._moved:
            if self._open.pop(order.id, None) is None:
                return
            if response is None or len(body) > BODY_LIMIT or response.length:  # read() says nothing of a body that was cut
                self._machine.handle_failure(order.id, sent)
            else:
                heads = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
                self._machine.handle_response(order.id, response.status, heads, body)
            self._moved.notify_all()
