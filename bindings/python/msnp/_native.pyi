"""The native half. Programs use what ``msnp`` has."""

from typing import Optional, Union, final

__all__ = [
    "Decoder",
    "Envelope",
    "Frame",
    "Machine",
    "__version__",
    "client_calls",
    "config_fields",
    "explain",
    "session_calls",
]

__version__: str

def client_calls() -> list[tuple[str, list[str]]]: ...
def session_calls() -> list[tuple[str, list[str]]]: ...
def config_fields() -> tuple[list[str], list[str]]: ...

@final
class Machine:
    @staticmethod
    def client(config: str, seed: bytes) -> Machine: ...
    @staticmethod
    def session(config: str) -> Machine: ...
    def call(self, name: str, fields: str, now: float) -> str: ...
    def send(self, data: bytes, last: bool, now: float) -> int: ...
    def poll_order(
        self, now: float
    ) -> Optional[tuple[int, Optional[tuple[str, str, list[tuple[str, bytes]], bytes, bool]]]]: ...
    def poll_event(self) -> Optional[tuple[str, bytes]]: ...
    def poll_timeout(self) -> Optional[float]: ...
    def handle_response(
        self, id: int, status: int, headers: list[tuple[bytes, bytes]], body: bytes, now: float
    ) -> None: ...
    def handle_failure(self, id: int, sent: bool, now: float) -> None: ...
    def handle_suspended(self, now: float) -> None: ...

@final
class Frame:
    """One frame: a line, and the payload that it announces. ``bytes(frame)`` is all of it."""

    @staticmethod
    def build(verb: str, *words: Union[int, str, bytes], payload: Optional[bytes] = None) -> Frame:
        """Builds a frame: a verb, its words, and maybe a payload, whose length is written as the last word.

        A number stands as it is; a text is percent-encoded where it has to be; bytes stand as they are, or are
        refused (``ValueError``) if they would end the word.
        """
    @property
    def verb(self) -> str:
        """The first word: ``"MSG"``, or ``"911"``."""
    @property
    def params(self) -> list[bytes]:
        """The words behind it, as they stand there."""
    @property
    def words(self) -> list[str]:
        """The same as texts, with percent-encodings undone; what is no UTF-8 is replaced."""
    @property
    def transaction(self) -> Optional[int]:
        """The transaction id, if the first of them is one."""
    @property
    def error(self) -> Optional[int]:
        """The number of an error reply; ``None`` for a word of letters."""
    @property
    def line(self) -> bytes:
        """The line, without its line end."""
    @property
    def payload(self) -> bytes:
        """The bytes behind the line."""
    def __bytes__(self) -> bytes: ...

@final
class Envelope:
    """What every frame of MSNP24 has: command, transaction id, channel, header block, body."""

    def __new__(
        cls,
        verb: str,
        transaction: int,
        channel: str,
        *,
        headers: list[tuple[str, bytes]] = ...,
        body: bytes = ...,
    ) -> Envelope:
        """One to be sent. Raises ``ValueError`` for what cannot stand in its line or its headers."""
    @staticmethod
    def parse(frame: Frame) -> Envelope:
        """Takes a frame apart. Raises `msnp.CommandError`."""
    def frame(self) -> Frame:
        """The frame of it."""
    @property
    def verb(self) -> str:
        """The command, or the digits of an error."""
    @property
    def transaction(self) -> int:
        """Ties a reply to its request; 0 in what the server sends by itself."""
    @property
    def channel(self) -> str:
        """Which part of the service it speaks to: ``CON``, ``MSGR\\CONTACTS``."""
    @property
    def headers(self) -> list[tuple[str, bytes]]:
        """The header block, in its order."""
    @property
    def body(self) -> bytes:
        """What follows the blank line: a document, a layered body, a text, or nothing."""

def explain(frame: Frame, dialect: str, side: str, *, switchboard: bool = False) -> Optional[str]:
    """A command in words: its type and its fields, without secrets and without what people say. ``None`` if the frame is none that is known.

    ``dialect`` is ``"MSNP24"``, ``"MSNP18"`` …; ``side`` is who wrote it, ``"client"`` or ``"server"``. Raises `msnp.CommandError` if the frame
    is not what its first word says.
    """

@final
class Decoder:
    def __new__(cls, grammar: str, line: int, payload: int) -> Decoder: ...
    def push(self, data: bytes) -> None: ...
    def next_frame(self) -> Optional[Frame]: ...
    @property
    def buffered(self) -> int: ...
