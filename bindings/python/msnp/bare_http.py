"""urllib without what it and http.client do unasked: one request and its answer, as they are on the wire."""

import socket
import ssl
from contextlib import suppress
from http.client import HTTPResponse, IncompleteRead
from typing import Any, Optional
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request


class Exchange(HTTPSHandler, HTTPHandler):
    """One request, which can be dropped.

    Nothing is followed, answered, kept or repeated. Nothing is added but what HTTP demands: urllib would give every body a content type.
    """

    http_request = https_request = lambda self, request: request  # noqa: E731

    def __init__(self, context: Optional[ssl.SSLContext], proxies: Optional[dict[str, str]]) -> None:
        super().__init__(context=context)
        self._connection: Any = None
        self._is_dropped = False
        # No other handler: none for redirects, cookies, credentials or errors.
        self._opener = OpenerDirector()
        self._opener.add_handler(ProxyHandler(proxies))
        self._opener.add_handler(self)

    def open(self, request: Request, timeout: float) -> Any:
        """Sends it, and waits for the head of its answer."""
        return self._opener.open(request, timeout=timeout)

    def drop(self) -> None:
        """Closes its connection; whoever waits for it then hears an error."""
        self._is_dropped = True
        with suppress(AttributeError, OSError):  # it is not connected yet, or no more
            self._connection.sock.shutdown(socket.SHUT_RDWR)

    def do_open(self, kind: Any, request: Request, **how: Any) -> Any:  # type: ignore[override]
        def make(*where: Any, **how: Any) -> Any:
            connection = self._connection = kind(*where, **how)
            connection.response_class = _Whole
            connect = connection.connect

            def connect_or_drop() -> None:
                if not self._is_dropped:
                    connect()
                if self._is_dropped:  # perhaps meanwhile, when there was no socket yet that could be shut down
                    raise ConnectionAbortedError

            connection.connect = connect_or_drop
            return connection

        return super().do_open(make, request, **how)


class _Whole(HTTPResponse):
    """Hears no head that was cut, which http.client takes for all of it, and no interim response, of which it knows one."""

    def _read_status(self) -> Any:
        version, status, reason = super()._read_status()  # type: ignore[misc]
        return version, 100 if 100 < status < 200 else status, reason

    def begin(self) -> None:
        def whole(limit: int = -1) -> bytes:
            line = readline(limit)
            if not line.endswith(b"\n"):
                raise IncompleteRead(line)
            return line

        readline, self.fp.readline = self.fp.readline, whole  # type: ignore[method-assign,assignment]
        super().begin()
