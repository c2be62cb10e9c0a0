#!/usr/bin/env python3
"""Cuts what may not stand here out of a recording, and keeps every length, so that frames, heads and places stay as they were.

    cut.py [--requests] RECORDING > CUT

Written over are: the text of policies behind GCF, the constant tail of the tickets that one server gave out, its
signed tickets of circles, and the XML and HTML
bodies of HTTP replies (with --requests, of requests too). In their place stand <Policies/>, x and <cut/>, with blanks behind them.
Reads transcripts ("--- 1 C>S conn=a t=0 len=5"), captures (a JSON object per line) and notes ("A >>> PNG\\r\\n", "-- what was called"), of
which a document is cut without its lines; a recording that was cut already stays as it is.
"""

import json
import re
import sys

TAIL = re.compile(rb"(?<=[0-9a-f])Y6(?:\+|%2[Bb])H31[A-Za-z0-9+/=%!*$.-]*")
TICKET = re.compile(rb"(?<= SHA A )[A-Za-z0-9+/=]{64,}")
# The same in notes, which leave out the ends of long lines.
NOTED_TAIL = re.compile(TAIL.pattern.replace(rb"[A-Za-z0-9+/=%!*$.-]*", rb"(?:(?!\.\.\.)[A-Za-z0-9+/=%!*$.-])*"))
DOCUMENT = re.compile(rb"<\?xml .*?(?=\n\S+ (?:>>>|<<<|\*\*\*) |\n-- |\Z)", re.DOTALL)
POLICIES = re.compile(rb"GCF \d+ (?:Shields\.xml )?(\d+)\r\n")
HEAD = re.compile(rb"(?:HTTP/1\.[01] \d|(?:GET|POST|OPTIONS|PUT|HEAD) [^ ]+ HTTP/1)")


def filled(document, length):
    """The document with blanks behind it, as long as what it stands for."""
    return document + b" " * (length - len(document)) if length >= len(document) else b" " * length


def over(stream, start, length, document):
    end = min(start + length, len(stream))
    if start < end:
        stream[start:end] = filled(document, end - start)


def cut_bodies(stream):
    """Over the bodies of XML and HTML of one direction of an HTTP connection."""
    at = 0
    while HEAD.match(stream, at):
        end = stream.find(b"\r\n\r\n", at)
        if end < 0:
            return
        head = bytes(stream[at:end]).lower()
        body = end + 4
        length = re.search(rb"\r\ncontent-length: *(\d+)", head)
        length = int(length[1]) if length else 0
        if re.search(rb"\r\ncontent-type: *[a-z]+/[a-z+]*(?:xml|html)", head) and not is_msnp(head, stream[body:body + 8]):
            over(stream, body, length, b"<cut/>")
        at = body + length


def is_msnp(head, start):
    """Clients post MSNP as text/xml too, and a gateway answers in kind."""
    return re.match(rb"[A-Z0-9]{3}[ \r]", bytes(start)) is not None or b"x-msn-messenger" in head


def cut(stream, has_bodies):
    """One direction of one connection."""
    if has_bodies:
        cut_bodies(stream)
    for found in list(POLICIES.finditer(bytes(stream))):
        root = b"<config/>" if b"Shields" in found[0] else b"<Policies/>"
        over(stream, found.end(), int(found[1]), root)
    for found in [*TAIL.finditer(bytes(stream)), *TICKET.finditer(bytes(stream))]:
        stream[found.start():found.end()] = b"x" * (found.end() - found.start())


def cut_all(records, has_requests):
    """Each record is (connection, direction, bytes); what is cut may reach over several."""
    streams = {}
    for key in {record[:2] for record in records}:
        stream = bytearray(b"".join(data for *of, data in records if tuple(of) == key))
        cut(stream, has_requests or key[1] == "S>C")
        streams[key] = stream
    at = dict.fromkeys(streams, 0)
    for connection, direction, data in records:
        key = (connection, direction)
        start = at[key]
        at[key] += len(data)
        yield bytes(streams[key][start:at[key]])


def escaped(data):
    out = []
    for byte in data:
        if byte == 0x5C:
            out.append("\\\\")
        elif byte == 0x0D:
            out.append("\\r")
        elif byte == 0x0A:
            out.append("\\n\n")
        elif byte == 0x09:
            out.append("\\t")
        elif 0x20 <= byte < 0x7F:
            out.append(chr(byte))
        else:
            out.append(f"\\x{byte:02x}")
    text = "".join(out)
    return text if data.endswith(b"\n") or not data else text + "\n"


def unescaped(text, length):
    out = bytearray()
    at = 0
    while at < len(text):
        char = text[at]
        if char == "\n":
            at += 1
        elif char != "\\":
            out.append(ord(char))
            at += 1
        else:
            kind = text[at + 1]
            if kind == "x":
                out.append(int(text[at + 2:at + 4], 16))
                at += 4
            else:
                out.append({"r": 13, "n": 10, "t": 9, "\\": 92}[kind])
                at += 2
    assert len(out) == length, (len(out), length)
    return bytes(out)


def main():
    arguments = [word for word in sys.argv[1:] if word != "--requests"]
    has_requests = "--requests" in sys.argv
    with open(arguments[0], encoding="latin-1", newline="") as file:
        text = file.read()
    if text.startswith("{"):
        objects = [json.loads(line) for line in text.splitlines() if line]
        records = [(it["conn"], it["dir"], it["bytes"].encode("latin-1")) for it in objects if "bytes" in it]
        new = cut_all(records, has_requests)
        for it in objects:
            if "bytes" in it:
                it["bytes"] = next(new).decode("latin-1")
            print(json.dumps(it))
        return
    if not re.search(r"^--- \S+ \S+ conn=", text, re.MULTILINE):
        notes = DOCUMENT.sub(b"<cut/>", text.encode("latin-1"))
        notes = NOTED_TAIL.sub(lambda found: b"x" * len(found[0]), notes)
        sys.stdout.buffer.write(notes)
        return
    # A record's lines start with "#" where its bytes do, so len= alone says where it ends.
    lines = text.splitlines(keepends=True)
    heads, at = [], 0
    while at < len(lines):
        head = re.match(r"--- \S+ (\S+) conn=(.+) t=\S+ len=(\d+)", lines[at])
        if not head:
            heads.append(lines[at])
            at += 1
            continue
        length, body = int(head[3]), ""
        first = lines[at]
        at += 1
        while True:
            try:
                data = unescaped(body, length)
                break
            except (AssertionError, IndexError):
                body += lines[at]
                at += 1
        heads.append((first, head[2], head[1], data))
    records = [it[1:] for it in heads if isinstance(it, tuple)]
    new = cut_all(records, has_requests)
    out = []
    for it in heads:
        out.append(it if isinstance(it, str) else it[0] + escaped(next(new)))
    sys.stdout.buffer.write("".join(out).encode("latin-1"))


main()
