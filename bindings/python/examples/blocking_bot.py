"""The same without asyncio, over the standard library: python blocking_bot.py SERVICE LOGIN PASSWORD"""
import sys

from msnp import Client
from msnp.urllib_driver import Driver

service, login, password = sys.argv[1:]
client = Client(service=service, login=login, password=password)
client.sign_in()
for event in Driver(client):
    print(event, flush=True)
    if event["event"] == "MessageReceived":
        client.send_text(event["conversation"], f"You said: {event['text']}")
    if event["event"] == "SignedOut":
        break
