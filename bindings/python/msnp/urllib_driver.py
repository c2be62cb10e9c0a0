"""A machine over urllib, blocking: in the thread that waits for its events, with a thread for each request."""

import socket
import ssl
import threading
from http.client import HTTPException
from typing import Any, Iterator, Optional
from urllib.request import Request

from .bare_http import Exchange
from .events import Event
from .machine import LAST, Cancel, Machine, Send, clock

BODY_LIMIT = 8 << 20  # a longer body counts as a response that did not arrive
LONGEST_WAIT = 10.0  # timers may stand still while the host is asleep
PATIENCE = 180.0  # no machine waits longer, so threads end
NOT_SENT = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)


class Driver:
    """Runs a machine: ``for event in Driver(client)``, up to ``SignedOut`` or ``Closed``. Verbs may be called from any thread meanwhile.

    ``context`` says whom TLS trusts; ``proxies`` is urllib's: what the environment says, unless it is given.
    """

    def __init__(
        self,
        machine: Machine,
        *,
        context: Optional[ssl.SSLContext] = None,
        proxies: Optional[dict[str, str]] = None,
    ) -> None:
        self._machine, self._context, self._proxies = machine, context, proxies
        self._open: dict[int, Exchange] = {}
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
                now, due = clock(), self._machine.poll_timeout()
                if until is not None and until <= now:
                    return None
                waits = [LONGEST_WAIT] + [at - now for at in (due, until) if at is not None]
                self._moved.wait(max(0.0, min(waits)))

    def __iter__(self) -> Iterator[Event]:
        while (event := self.next_event()) is not None:
            yield event
            if event["event"] in LAST:
                return

    def close(self) -> None:
        """Drops what is in flight."""
        with self._moved:
            for number in list(self._open):
                self._drop(number)

    def _wake(self) -> None:
        with self._moved:
            self._moved.notify_all()

    def _start(self, order: Send) -> None:
        exchange = self._open[order.id] = Exchange(self._context, self._proxies)
        threading.Thread(target=self._exchange, args=(order, exchange), daemon=True).start()

    def _drop(self, number: int) -> None:
        if (exchange := self._open.pop(number, None)) is not None:
            exchange.drop()

    def _exchange(self, order: Send, exchange: Exchange) -> None:
        body, sent, response, is_whole = b"", True, None, False
        data = None if order.method == "GET" else order.body
        headers = {name: value.decode("latin-1") for name, value in order.headers}
        try:
            request = Request(order.uri, data, headers, method=order.method)
            with exchange.open(request, PATIENCE) as response:
                body = response.read(BODY_LIMIT + 1)
                # read() says nothing of a body that was cut
                is_whole = len(body) <= BODY_LIMIT and not response.length
        except (OSError, HTTPException, ValueError) as error:
            sent = not isinstance(getattr(error, "reason", None), NOT_SENT)
        with self._moved:
            if self._open.pop(order.id, None) is None:
                return  # it was dropped
            self._tell(order.id, sent, response if is_whole else None, body)
            self._moved.notify_all()

    def _tell(self, number: int, sent: bool, response: Any, body: bytes) -> None:
        if response is None:
            return self._machine.handle_failure(number, sent)
        heads = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
        self._machine.handle_response(number, response.status, heads, body)
