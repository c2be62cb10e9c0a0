"""`Session`: one session at an HTTP gateway. It carries bytes and knows nothing of what is in them."""

from __future__ import annotations

import json
from typing import Any, Optional

from . import _native
from .machine import Machine, clock


class Session(Machine):
    """The client end of one gateway session, opened by the first `send`.

    The fields of its configuration, and its events, stand in the guide of msnp-mapping: ``Session(gateway="https://gw.example",
    cookies="MSPAuth=…")``. Raises `Wrong`.
    """

    def __init__(self, **config: Any) -> None:
        super().__init__(_native.Machine.session(json.dumps(config)))

    def send(self, frames: bytes, *, now: Optional[float] = None) -> int:
        """Queues one or more whole frames. Its number comes again with its fate: ``Sent`` or ``Unsent``. Raises `Refused`."""
        return self._say(frames, False, now)

    def close_with(self, frames: bytes, *, now: Optional[float] = None) -> int:
        """Says the last words after everything queued, and ends once they are answered. Raises `Refused`."""
        return self._say(frames, True, now)

    def close(self) -> None:
        """Ends the session now: what is queued is not sent."""
        self.call("close")

    def set_cookies(self, cookies: str) -> None:
        """Shows these cookies from the next request on."""
        self.call("set_cookies", cookies=cookies)

    @property
    def skype_id(self) -> Optional[str]:
        """Whose session this is, as the newest reply that said it."""
        return self.call("skype_id")

    @property
    def state(self) -> str:
        """Where it stands, for logs."""
        return self.call("state")

    def _say(self, frames: bytes, last: bool, now: Optional[float]) -> int:
        with self._lock:
            number = self._native.send(frames, last, clock() if now is None else now)
        self.wake()
        return number
