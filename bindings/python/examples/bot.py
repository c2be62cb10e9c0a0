"""Answers whoever writes: python bot.py SERVICE LOGIN PASSWORD"""
import asyncio
import sys

from msnp import Client
from msnp.httpx_driver import Driver


async def main(service: str, login: str, password: str) -> None:
    client = Client(service=service, login=login, password=password)
    driver = Driver(client)
    client.sign_in()
    async for event in driver:
        print(event, flush=True)
        if event["event"] == "MessageReceived":
            client.send_text(event["conversation"], f"You said: {event['text']}")
    await driver.close()


asyncio.run(main(*sys.argv[1:]))
