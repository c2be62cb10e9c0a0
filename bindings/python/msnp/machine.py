"""`Machine`: what a driver sees of a client and of a session."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Callable, Optional, Union

from . import _native
from .events import Event

#: The events that are the last ones: of a client until it signs in again, of a session for ever.
LAST = ("SignedOut", "Closed")

_CLOCK = getattr(time, "CLOCK_BOOTTIME", None)


def clock() -> float:
    """Seconds on a clock that never goes back, and counts sleep where the system can tell it."""
    return time.monotonic() if _CLOCK is None else time.clock_gettime(_CLOCK)


@dataclass(frozen=True)
class Send:
    """Make this request at once: without following, repeating or adding anything, on a connection of its own if others are busy.

    It holds passwords and tickets; ``repr`` shows none.
    """

    id: int
    method: str
    uri: str = field(repr=False)
    headers: list[tuple[str, bytes]] = field(repr=False)
    body: bytes = field(repr=False)
    #: Let the cookies go along that the program itself keeps for this address, if it keeps any.
    host_cookies: bool


@dataclass(frozen=True)
class Cancel:
    """Drop the request of this id and its connection, and tell nothing about it."""

    id: int


class Machine:
    """A client or a session. Usable from any thread; every call runs at once.

    A driver carries out each `poll_order`, hands on `poll_event`, waits for an outcome or `poll_timeout`, and tells what came of it. It puts a
    function into `wake`, which is called whenever something other than itself has told the machine something. ``now`` is what `clock` says unless
    it is given.
    """

    def __init__(self, native: _native.Machine) -> None:
        self._native = native
        self._lock = threading.Lock()
        self.wake: Callable[[], None] = lambda: None

    def call(self, name: str, /, *, now: Optional[float] = None, **fields: Any) -> Any:
        """Has it do something by name, or asks what it knows. Raises `Wrong` or `Refused`."""
        given = json.dumps({field: value for field, value in fields.items() if value is not None})
        with self._lock:
            answer = self._native.call(name, given, clock() if now is None else now)
        self.wake()
        return json.loads(answer)

    def poll_order(self, now: Optional[float] = None) -> Optional[Union[Send, Cancel]]:
        """The next thing to do; ``None`` if there is none for now. Also lets time pass."""
        with self._lock:
            order = self._native.poll_order(clock() if now is None else now)
        if order is None:
            return None
        number, request = order
        return Cancel(number) if request is None else Send(number, *request)

    def poll_event(self) -> Optional[Event]:
        """The next event, a dictionary with its name in ``event``. After one was taken there may be orders again."""
        with self._lock:
            told = self._native.poll_event()
        if told is None:
            return None
        event: Event = json.loads(told[0])
        if event["event"] == "Received":
            event["data"] = told[1]
        return event

    def poll_timeout(self) -> Optional[float]:
        """When to ask for orders again at the latest, on the clock of ``now``; ``None`` if never."""
        with self._lock:
            return self._native.poll_timeout()

    def handle_response(
        self,
        number: int,
        status: int,
        headers: list[tuple[bytes, bytes]],
        body: bytes,
        now: Optional[float] = None,
    ) -> None:
        """A whole response has arrived."""
        with self._lock:
            self._native.handle_response(number, status, headers, body, clock() if now is None else now)

    def handle_failure(self, number: int, sent: bool, now: Optional[float] = None) -> None:
        """A request has ended without a whole response; ``sent`` is false only if certainly no byte of it left this host."""
        with self._lock:
            self._native.handle_failure(number, sent, clock() if now is None else now)

    def handle_suspended(self, now: Optional[float] = None) -> None:
        """The host was asleep, and its clock did not count it."""
        with self._lock:
            self._native.handle_suspended(clock() if now is None else now)
        self.wake()
