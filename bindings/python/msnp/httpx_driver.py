"""A machine over httpx, for asyncio."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import AsyncIterator, Optional

import httpx

from .events import Event
from .machine import LAST, Machine, Send, clock

BODY_LIMIT = 8 << 20  # a longer body counts as a response that did not arrive
LONGEST_WAIT = 10.0  # timers may stand still while the host is asleep
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


class Driver:
    """Runs a machine: ``async for event in Driver(client)``, up to ``SignedOut`` or ``Closed``. Verbs may be called from any thread.

    ``transport`` is how requests are made: proxies, certificates, HTTP/2. A transport and no `httpx.AsyncClient`, since a client asks for packed
    answers, keeps cookies and adds headers of its own.
    """

    def __init__(self, machine: Machine, transport: Optional[httpx.AsyncBaseTransport] = None) -> None:
        unlimited = httpx.Limits(max_connections=None)
        self._machine = machine
        self._transport = transport or httpx.AsyncHTTPTransport(limits=unlimited)
        self._open: dict[int, asyncio.Task[None]] = {}
        self._moved = asyncio.Event()
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        machine.wake = self._wake

    async def next_event(self) -> Event:
        """Waits for an event. One that is given up loses nothing."""
        self._loop = asyncio.get_running_loop()
        while True:
            self._moved.clear()
            while (order := self._machine.poll_order()) is not None:
                if isinstance(order, Send):
                    self._open[order.id] = asyncio.create_task(self._exchange(order))
                elif task := self._open.pop(order.id, None):
                    task.cancel()
            if (event := self._machine.poll_event()) is not None:
                return event
            due = self._machine.poll_timeout()
            wait = LONGEST_WAIT if due is None else min(LONGEST_WAIT, max(0.0, due - clock()))
            try:
                await asyncio.wait_for(self._moved.wait(), wait)
            except asyncio.TimeoutError:
                pass

    async def __aiter__(self) -> AsyncIterator[Event]:
        while True:
            event = await self.next_event()
            yield event
            if event["event"] in LAST:
                return

    async def close(self) -> None:
        """Drops what is in flight, and the transport's connections."""
        tasks = list(self._open.values())
        self._open.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._transport.aclose()

    def _wake(self) -> None:
        if self._loop is not None:  # else nobody waits yet
            with suppress(RuntimeError):  # the loop is over
                self._loop.call_soon_threadsafe(self._moved.set)

    async def _exchange(self, order: Send) -> None:
        body, sent, response = bytearray(), True, None
        try:
            content = None if order.method == "GET" else order.body
            headers = [(name.encode(), value) for name, value in order.headers]
            request = httpx.Request(order.method, order.uri, headers=headers, content=content)
            response = await self._transport.handle_async_request(request)
            try:
                async for chunk in response.aiter_raw():
                    body += chunk
                    if len(body) > BODY_LIMIT:
                        break
            finally:
                await response.aclose()
        except Exception as error:  # whatever it was, the machine waits for it
            response, sent = None, not isinstance(error, NOT_SENT)
        if self._open.pop(order.id, None) is None:
            return
        if response is None or len(body) > BODY_LIMIT:
            self._machine.handle_failure(order.id, sent)
        else:
            self._machine.handle_response(order.id, response.status_code, response.headers.raw, bytes(body))
        self._moved.set()


