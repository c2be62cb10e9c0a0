#!/usr/bin/env python3
"""How long Python's zeep takes to read the first KeepSessionAlive response of the capture, and how
many times that is what soap-codec takes, measured in the same run.

    python3 -m venv VENV && VENV/bin/pip install zeep==4.3.3
    cargo build --release -p soap-codec --example speed
    VENV/bin/python soap-codec/benches/zeep_speed.py target/release/examples/speed
"""

import pathlib
import re
import subprocess
import sys
import time

from lxml import etree
from zeep import Client
from zeep.transports import Transport

DATA = pathlib.Path(__file__).resolve().parent.parent / "tests" / "data"
WIRE = (DATA / "wire" / "keepsessionalive-response-login.xml").read_bytes()


class Answer:
    """What zeep's transport would give it."""

    status_code = 200
    headers = {"Content-Type": "text/xml; charset=utf-8"}
    encoding = "utf-8"
    content = WIRE


def best(work, rounds=20, calls=50):
    """Nanoseconds per call, the best of some rounds."""
    took = []
    for _ in range(rounds):
        start = time.perf_counter_ns()
        for _ in range(calls):
            work()
        took.append((time.perf_counter_ns() - start) / calls)
    return min(took)


def main():
    client = Client(str(DATA / "BSIMService-string.wsdl"), transport=Transport())
    binding = client.service._binding
    operation = binding.get("KeepSessionAlive")
    result = binding.process_reply(client, operation, Answer)
    assert result.startswith("<?xml"), result[:40]

    def envelope():
        return binding.process_reply(client, operation, Answer)

    def document():
        # zeep stops at the string; what a caller does next to see the same events.
        return etree.fromstring(envelope().encode())

    measured = {"zeep, the result as a string": best(envelope)}
    measured["zeep, and lxml for the document"] = best(document)
    ours = {}
    if len(sys.argv) > 1:
        output = subprocess.run(sys.argv[1:], check=True, capture_output=True, text=True).stdout
        print(output, end="")
        ours = {what: int(ns) for what, ns in re.findall(r"^(\S.*?\S)\s+(\d+) ns", output, re.M)}
    decode = ours.get("decode to typed events")
    for what, took in measured.items():
        ratio = f"{took / decode:8.2f} x our decoding" if decode else ""
        print(f"{what:<32} {took:>10.0f} ns {ratio}")


if __name__ == "__main__":
    main()
