"""What goes wrong, and whose fault it is."""

from __future__ import annotations


class MsnpError(Exception):
    """Everything that this package raises by itself."""


class Wrong(MsnpError, ValueError):
    """The program has said something that cannot be understood. Nothing has happened.

    ``at`` is the field, such as ``limits.text`` or ``members[2]``; ``code`` is a word for programs.
    """

    def __init__(self, text: str, code: str, at: str) -> None:
        super().__init__(text)
        self.code = code
        self.at = at


class Refused(MsnpError):
    """The machine will not even try. Nothing has happened.

    ``code`` is a word for programs: ``SignedOut``, ``Full``, ``TooLong``, ``NotAGroup``, ``Oneself``, ``NotPossible``; of a session
    ``Closed``, ``Full``, ``TooLarge``.
    """

    def __init__(self, text: str, code: str) -> None:
        super().__init__(text)
        self.code = code


class FrameError(MsnpError):
    """The peer's bytes are no frame. ``offset`` is where, in bytes since the first one.

    If it is ``fatal``, the stream cannot be followed any further; else the decoder stands behind the line that was wrong.
    """

    def __init__(self, text: str, code: str, offset: int, fatal: bool) -> None:
        super().__init__(text)
        self.code = code
        self.offset = offset
        self.fatal = fatal


class CommandError(MsnpError):
    """A frame is not the command that its first word says; the peer's fault, and the stream goes on. ``offset`` is where, in bytes of the frame."""

    def __init__(self, text: str, offset: int) -> None:
        super().__init__(text)
        self.offset = offset
