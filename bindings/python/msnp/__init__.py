"""MSN Messenger's protocol: a client, a gateway session, frames.

Nothing here does I/O but the drivers: a machine says which requests to make, is told what came of them, and tells what has happened.

* `Client`: sign-in, contacts, presence, conversations, of MSNP24 and of MSNP8 to MSNP18 behind a gateway.
* `Session`: one session at an HTTP gateway, which carries bytes.
* `FrameDecoder`, `Frame`: what the bytes are; `Envelope`, `explain`: what they mean.
* `msnp.urllib_driver.Driver`: blocking, over the standard library; `msnp.httpx_driver.Driver`: asyncio, over httpx.
"""

from ._native import Envelope, Frame, __version__, explain
from .client import Client
from .errors import CommandError, FrameError, MsnpError, Refused, Wrong
from .events import Event
from .frames import FrameDecoder
from .machine import Cancel, Machine, Send, clock
from .session import Session

__all__ = [
    "Cancel",
    "Client",
    "CommandError",
    "Envelope",
    "Event",
    "Frame",
    "FrameDecoder",
    "FrameError",
    "Machine",
    "MsnpError",
    "Refused",
    "Send",
    "Session",
    "Wrong",
    "__version__",
    "clock",
    "explain",
]
