"""Frames out of a stream."""

from __future__ import annotations

from typing import Iterator, Literal, Optional

from ._native import Decoder, Frame


class FrameDecoder:
    """Cuts the byte stream of one side, given in pieces of any size, into frames.

    ``grammar`` says which lines a payload follows: ``"msnp24"`` for MSNP24, whoever writes; ``"client"`` and ``"server"`` for what that
    side writes in MSNP2 to MSNP22.

    >>> decoder = FrameDecoder("server")
    >>> [frame.verb for frame in decoder.feed(b"MSG a@b Al 2\\r\\nhiQNG 50\\r\\nFL")]
    ['MSG', 'QNG']
    """

    def __init__(
        self,
        grammar: Literal["msnp24", "client", "server"] = "msnp24",
        *,
        line_limit: int = 8 * 1024,
        payload_limit: int = 1024 * 1024,
    ) -> None:
        self._decoder = Decoder(grammar, line_limit, payload_limit)

    def push(self, data: bytes) -> None:
        """Hands over the next bytes of the stream."""
        self._decoder.push(data)

    def next_frame(self) -> Optional[Frame]:
        """The next whole frame; ``None`` until there is more.

        Raises `FrameError`; only a fatal one ends the stream.
        """
        return self._decoder.next_frame()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Hands over the next bytes, and gives all frames that are whole by then."""
        self.push(data)
        while (frame := self.next_frame()) is not None:
            yield frame

    @property
    def buffered(self) -> int:
        """How many bytes wait for the rest of their frame."""
        return self._decoder.buffered
