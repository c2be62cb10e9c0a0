"""The guest program by which `msnp conformance` judges a driver from the wire: python guest.py urllib|httpx GATEWAY SECONDS"""

import asyncio
import sys
import time
from contextlib import suppress

from msnp import Event, Refused, Session
from msnp.httpx_driver import Driver as OverHttpx
from msnp.urllib_driver import Driver as OverUrllib

kind, gateway, seconds = sys.argv[1:]
kept: list[object] = []  # of a session that is closed the driver stays


def begin() -> Session:
    session = Session(gateway=gateway, timing={"reply_ms": int(seconds) * 1000})
    session.send(b"HELLO\r\n")
    return session


def heard(session: Session, event: Event) -> float:
    """Does what the gateway says; for how many seconds to rest, if it says that."""
    if event["event"] == "Unsent":
        with suppress(Refused):  # it is over
            session.send(b"UNSENT %d %s\r\n" % (event["send"], event["fate"].replace("_", "").encode()))
    if event["event"] != "Received":
        return 0
    data = event["data"]
    if data == b"OUT\r\n":
        session.close()
    elif data.startswith(b"REST "):
        return int(data[5:]) / 1000
    elif not data.startswith(b"SKIP"):
        session.send(data)
    return 0


def over_urllib() -> bool:
    session = begin()
    driver = OverUrllib(session)
    kept.append(driver)
    for event in driver:
        if event["event"] == "Closed":
            return event["code"] == "Local"
        time.sleep(heard(session, event))
    return False


async def over_httpx() -> bool:
    session = begin()
    driver = OverHttpx(session)
    kept.append(driver)
    async for event in driver:
        if event["event"] == "Closed":
            return event["code"] == "Local"
        await asyncio.sleep(heard(session, event))
    return False


async def run() -> None:
    while await over_httpx():
        pass


if kind == "httpx":
    asyncio.run(run())
while kind == "urllib" and over_urllib():
    pass
