"""The duties of a driver, above all those that HTTP libraries break unasked. Both drivers, from the wire."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from http.client import HTTPConnection
from typing import Any, Callable

import pytest
from conftest import PATIENCE, Probe, Server, refused_port

from msnp import httpx_driver, urllib_driver

OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"


class OverUrllib:
    def __init__(self) -> None:
        self.probe = Probe()
        self.driver = urllib_driver.Driver(self.probe, proxies={})  # type: ignore[arg-type]

    def __enter__(self) -> OverUrllib:
        return self

    def __exit__(self, *_: Any) -> None:
        self.driver.close()

    def run(self, seconds: float) -> Any:
        return self.driver.next_event(seconds)


class OverHttpx:
    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.probe = Probe()

    def __enter__(self) -> OverHttpx:
        async def make() -> Any:
            return httpx_driver.Driver(self.probe)  # type: ignore[arg-type]

        self.driver = self.loop.run_until_complete(make())
        return self

    def __exit__(self, *_: Any) -> None:
        self.loop.run_until_complete(self.driver.close())
        self.loop.close()

    def run(self, seconds: float) -> Any:
        async def wait() -> Any:
            try:
                return await asyncio.wait_for(self.driver.next_event(), seconds)
            except asyncio.TimeoutError:
                return None

        return self.loop.run_until_complete(wait())


@pytest.fixture(params=[OverUrllib, OverHttpx])
def driven(request: Any) -> Any:
    with request.param() as driven:
        yield driven


def outcome(driven: Any, number: int) -> Any:
    while number not in driven.probe.outcomes:
        assert driven.run(PATIENCE) is not None, "it comes in time"
    return driven.probe.outcomes[number]


def lines(head: bytes) -> dict[str, str]:
    fields = [line.split(":", 1) for line in head.decode("latin-1").split("\r\n")[1:] if line]
    return {name.lower(): value.strip() for name, value in fields}


def test_a_get_has_no_body_and_says_nothing_of_one(driven: Any, server: Callable[..., Server]) -> None:
    peer = server(OK)
    driven.probe.send(1, f"{peer.url}/a%20b?c=%2F&d", "GET", headers=[("cookie", b"a=b")])
    status, headers, body = outcome(driven, 1)
    assert (status, body) == (200, b"hi") and (b"content-length", b"2") in [(n.lower(), v) for n, v in headers]
    assert peer.heads[0].startswith(b"GET /a%20b?c=%2F&d HTTP/1.1\r\n")
    said = lines(peer.heads[0])
    assert said.pop("accept-encoding", "identity") == "identity"
    assert said.pop("connection", "close") == "close"
    assert said == {"host": peer.url.removeprefix("http://"), "cookie": "a=b"}


def test_a_post_carries_its_bytes_and_no_more(driven: Any, server: Callable[..., Server]) -> None:
    peer = server(OK)
    everything = bytes(range(256)) * 300
    for number, body in enumerate([b"", b"x", everything]):
        driven.probe.send(number, peer.url, body=body, headers=[("content-type", b"application/x-msn-messenger")])
        outcome(driven, number)
        said = lines(peer.heads[number])
        assert peer.bodies[number] == body
        assert (said["content-length"], said["content-type"]) == (str(len(body)), "application/x-msn-messenger")
        assert not {"expect", "transfer-encoding", "user-agent"} & said.keys()
    driven.probe.send(9, peer.url, body=b"untyped")
    outcome(driven, 9)
    assert "content-type" not in lines(peer.heads[-1])


def test_nothing_is_followed_kept_or_unpacked(driven: Any, server: Callable[..., Server]) -> None:
    elsewhere = server(OK)
    reply = f"HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: {elsewhere.url}\r\nSet-Cookie: a=b\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8bxx"
    peer = server(reply.encode("latin-1"))
    driven.probe.send(1, peer.url)
    status, headers, body = outcome(driven, 1)
    assert (status, body) == (302, b"\x1f\x8bxx") and elsewhere.heads == []
    assert (b"set-cookie", b"a=b") in [(name.lower(), value) for name, value in headers]
    driven.probe.send(2, peer.url)
    outcome(driven, 2)
    assert "cookie" not in lines(peer.heads[1])


@pytest.mark.parametrize("status", [401, 407, 404, 500, 599, 204])
def test_every_status_is_an_answer(driven: Any, server: Callable[..., Server], status: int) -> None:
    peer = server(f"HTTP/1.1 {status} X\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n".encode())
    driven.probe.send(1, peer.url)
    assert outcome(driven, 1)[0] == status and len(peer.heads) == 1


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nhi",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 102 P\r\n\r\n" + OK,
    ],
)
def test_a_body_comes_whole_however_it_is_framed(driven: Any, server: Callable[..., Server], reply: bytes) -> None:
    peer = server(reply)
    driven.probe.send(1, peer.url)
    assert outcome(driven, 1)[::2] == (200, b"hi")


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nh",
        b"HTTP/1.1 200 O",
        b"no HTTP at all\r\n\r\n",
    ],
)
def test_what_is_cut_may_have_arrived(driven: Any, server: Callable[..., Server], reply: bytes) -> None:
    peer = server(reply)
    driven.probe.send(1, peer.url)
    assert outcome(driven, 1) == "unknown" and len(peer.heads) == 1


def test_a_request_that_nobody_read_may_have_arrived(driven: Any, server: Callable[..., Server]) -> None:
    peer = server(b"")
    driven.probe.send(1, peer.url)
    assert outcome(driven, 1) == "unknown" and len(peer.heads) == 1


def test_what_was_refused_was_not_sent(driven: Any) -> None:
    driven.probe.send(1, f"http://127.0.0.1:{refused_port()}/")
    assert outcome(driven, 1) == "not sent"


def test_a_body_that_is_too_long_is_a_response_that_did_not_arrive(driven: Any, server: Callable[..., Server]) -> None:
    peer = server(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(urllib_driver.BODY_LIMIT + 1))
    driven.probe.send(1, peer.url)
    assert outcome(driven, 1) == "unknown"
    peer = server(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(urllib_driver.BODY_LIMIT))
    driven.probe.send(2, peer.url)
    assert len(outcome(driven, 2)[2]) == urllib_driver.BODY_LIMIT


def test_requests_do_not_wait_for_each_other_and_cancelled_ones_are_dropped(driven: Any, server: Callable[..., Server]) -> None:
    held, quick = server(b"", then_close=False), server(OK)
    for number in range(20):
        driven.probe.send(number, held.url)
    driven.probe.send(50, quick.url)
    assert outcome(driven, 50)[2] == b"hi"
    while len(held.heads) < 20:
        driven.run(0.01)
    for number in range(20):
        driven.probe.cancel(number)
    driven.probe.cancel(50)
    driven.probe.cancel(99)
    driven.run(0.05)
    assert held.dropped.wait(PATIENCE), "the connection is closed"
    assert list(driven.probe.outcomes) == [50]


def test_a_request_that_is_dropped_while_it_connects_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    connect, connecting, dropped = HTTPConnection.connect, threading.Event(), threading.Event()

    def slow(connection: HTTPConnection) -> None:
        connecting.set()
        dropped.wait(PATIENCE)
        connect(connection)

    monkeypatch.setattr(HTTPConnection, "connect", slow)
    with socket.create_server(("127.0.0.1", 0)) as peer, OverUrllib() as driven:
        driven.probe.send(1, f"http://127.0.0.1:{peer.getsockname()[1]}/")
        driven.run(0)
        assert connecting.wait(PATIENCE)
        driven.probe.cancel(1)
        driven.run(0)
        dropped.set()
        connection, _ = peer.accept()
        with connection:
            assert connection.recv(1) == b"", "it is closed, and nothing was said"


def test_any_thread_wakes_the_one_that_waits(driven: Any, server: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    for driver in (httpx_driver, urllib_driver):
        monkeypatch.setattr(driver, "LONGEST_WAIT", 10 * PATIENCE)
    peer = server(OK)
    other = threading.Timer(0.1, lambda: driven.probe.send(1, peer.url))
    begun = time.monotonic()
    other.start()
    assert driven.run(PATIENCE) is not None and driven.probe.outcomes[1][2] == b"hi"
    assert time.monotonic() - begun < PATIENCE, "it is woken, and does not find out when its wait is over"
    other.join()


def test_events_end_with_the_last_one(driven: Any) -> None:
    driven.probe.events = [{"event": name} for name in ("SignedIn", "SignedOut", "SignedIn", "Closed")]

    async def all_of(driver: Any) -> list[Any]:
        return [event["event"] async for event in driver]

    for last in ("SignedOut", "Closed"):
        if isinstance(driven, OverHttpx):
            told = driven.loop.run_until_complete(all_of(driven.driver))
        else:
            told = [event["event"] for event in driven.driver]
        assert told == ["SignedIn", last]


def test_closing_drops_what_is_in_flight(server: Callable[..., Server]) -> None:
    for kind in (OverUrllib, OverHttpx):
        held = server(b"", then_close=False)
        with kind() as driven:
            driven.probe.send(1, held.url)
            while not held.arrived.is_set():
                driven.run(0.01)
        assert held.dropped.wait(PATIENCE) and driven.probe.outcomes == {}
