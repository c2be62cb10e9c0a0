import pytest

from msnp import CommandError, Envelope, Frame, FrameDecoder, explain


def only(data: bytes, grammar: str = "server") -> Frame:
    (frame,) = FrameDecoder(grammar).feed(data)  # type: ignore[arg-type]
    return frame


def test_words_are_read_as_people_mean_them() -> None:
    frame = only(b"NLN AWY bob@example.org Bob%20B. 2788999228\r\n")
    assert frame.words == ["AWY", "bob@example.org", "Bob B.", "2788999228"]
    assert only(b"NLN AWY %ff%zz\r\n").words == ["AWY", "\ufffd%zz"]


def test_a_command_is_explained_in_its_dialect() -> None:
    status = only(b"NLN AWY bob@example.org Bob%20B. 2788999228\r\n")
    said = explain(status, "MSNP8", "server")
    assert said is not None and said.startswith("ContactStatus") and "bob@example.org" in said
    assert explain(only(b"XYZ 1\r\n"), "MSNP8", "server") is None
    with pytest.raises(CommandError) as error:
        explain(only(b"NLN\r\n"), "MSNP8", "server")
    assert error.value.offset == 3
    for dialect, side in [("MSNP99", "server"), ("MSNP8", "nobody")]:
        with pytest.raises(ValueError):
            explain(status, dialect, side)


def test_explanations_show_no_secret() -> None:
    said = explain(Frame.build("USR", 4, "TWN", "S", "t=hush"), "MSNP8", "client")
    assert said is not None and "hush" not in said
    message = Frame.build("MSG", 7, "N", payload=b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nhush")
    said = explain(message, "MSNP8", "client", switchboard=True)
    assert said is not None and "hush" not in said


def test_an_envelope_is_taken_apart_and_written_again() -> None:
    data = b"SDG 0 MSGR 42\r\nAck-Id: 0000014BDE39B23E\r\n\r\nRouting: 1.0\r\n"
    frame = only(data, "msnp24")
    envelope = Envelope.parse(frame)
    assert (envelope.verb, envelope.transaction, envelope.channel) == ("SDG", 0, "MSGR")
    assert (envelope.headers, envelope.body) == ([("Ack-Id", b"0000014BDE39B23E")], b"Routing: 1.0\r\n")
    assert bytes(envelope.frame()) == data
    made = Envelope("SDG", 0, "MSGR", headers=[("Ack-Id", b"0000014BDE39B23E")], body=b"Routing: 1.0\r\n")
    assert made == envelope and "Routing" not in repr(made)
    assert explain(Envelope("PNG", 11, "CON").frame(), "MSNP24", "client") == "Ping(Ping { last_message_id: None })"
    with pytest.raises(CommandError):
        Envelope.parse(Frame.build("CHG", 1, "NLN"))
    for bad in [("PING", 1, "CON", []), ("PNG", 1, "a b", []), ("PNG", 1, "CON", [("a", b"x\r\ny")])]:
        with pytest.raises(ValueError):
            Envelope(*bad[:3], headers=bad[3])
