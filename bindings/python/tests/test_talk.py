"""A whole client, over both drivers, at a real service."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from conftest import PATIENCE

from msnp import Client, FrameDecoder, Session, httpx_driver, urllib_driver

TEXT = 'grüße "aus" Python: 你好 & <b>\n'


def alice(service: str, **more: Any) -> Client:
    return Client(service=service, login="alice@example.org", password="secret", **more)


def test_blocking_over_urllib(service: str) -> None:
    client = alice(service)
    driver = urllib_driver.Driver(client, proxies={})
    client.sign_in()
    seen: list[Any] = []
    sent: list[str] = []
    while (event := driver.next_event(PATIENCE)) is not None:
        seen.append(event)
        if event["event"] == "SignedIn":
            assert event["me"] == "8:live:alice" == client.account() and client.is_signed_in()
            # From another thread, as an application with a window does.
            threading.Thread(target=lambda: sent.append(client.send_text("8:live:bob", TEXT))).start()
        if event["event"] == "MessageReceived":
            assert event["text"] == f"You said: {TEXT}"
            client.sign_out()
        if event["event"] == "SignedOut":
            break
    assert seen[-1]["code"] == "Requested"
    assert [event["message"] for event in seen if event["event"] == "MessageDelivered"] == sent
    driver.close()


def test_asyncio_over_httpx(service: str) -> None:
    async def talk() -> list[Any]:
        client = alice(service)
        driver = httpx_driver.Driver(client)
        client.sign_in()
        seen: list[Any] = []
        async for event in driver:
            seen.append(event)
            if event["event"] == "SignedIn":
                client.send_text("8:live:bob", TEXT)
            if event["event"] == "MessageReceived":
                assert event["text"] == f"You said: {TEXT}"
                client.sign_out()
            if event["event"] == "SignedOut":
                break
        await driver.close()
        return seen

    seen = asyncio.run(asyncio.wait_for(talk(), PATIENCE))
    assert seen[-1]["code"] == "Requested"


def test_a_wrong_password_is_final(service: str) -> None:
    client = Client(service=service, login="alice@example.org", password="a guess")
    driver = urllib_driver.Driver(client, proxies={})
    client.sign_in()
    events = iter(lambda: driver.next_event(PATIENCE), None)
    assert next(event["code"] for event in events if event["event"] == "SignedOut") == "WrongCredentials"


def test_a_session_alone_carries_frames(service: str) -> None:
    session, decoder, frames = Session(gateway=service), FrameDecoder("msnp24"), []
    driver = urllib_driver.Driver(session, proxies={})
    session.send(b"CNT 1 CON 114\r\n\r\n<connect><ver>2</ver><agent><os>winnt</os><osVer>5.2</osVer><proc>x86</proc><lcid>en-us</lcid></agent></connect>")
    while (event := driver.next_event(PATIENCE)) is not None:
        if event["event"] == "Received" and not frames:
            frames += decoder.feed(event["data"])
            session.close_with(b"OUT 2 CON 2\r\n\r\n")
        if event["event"] == "Closed":
            break
    assert (frames[0].verb, frames[0].transaction) == ("CNT", 1)
    assert event["code"] in ("Local", "Peer")
    driver.close()
