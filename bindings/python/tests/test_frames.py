import pytest

from msnp import Frame, FrameDecoder, FrameError

STREAM = b"MSG a@b Al 2\r\nhiCHG 7 NLN 0\r\n911 8\r\n"


def test_a_stream_is_cut_into_the_same_frames_however_it_comes() -> None:
    whole = list(FrameDecoder("server").feed(STREAM))
    for cut in range(len(STREAM)):
        decoder = FrameDecoder("server")
        frames = [*decoder.feed(STREAM[:cut]), *decoder.feed(STREAM[cut:])]
        assert frames == whole and decoder.buffered == 0
    message, change, error = whole
    assert (message.verb, message.params, message.payload) == ("MSG", [b"a@b", b"Al", b"2"], b"hi")
    assert (change.transaction, change.error, message.transaction) == (7, None, None)
    assert (error.error, error.line, bytes(error)) == (911, b"911 8", b"911 8\r\n")
    assert b"".join(map(bytes, whole)) == STREAM


def test_what_is_no_frame_says_where() -> None:
    decoder = FrameDecoder("server")
    decoder.push(b"QNG 50\r\n\r\nOUT\r\n")
    assert decoder.next_frame().verb == "QNG"
    with pytest.raises(FrameError) as blank:
        decoder.next_frame()
    assert (blank.value.code, blank.value.offset, blank.value.fatal) == ("BlankLine", 8, False)
    assert decoder.next_frame().verb == "OUT"
    small = FrameDecoder("server", line_limit=8)
    small.push(b"xxxxxxxxxx")
    with pytest.raises(FrameError) as lost:
        small.next_frame()
    assert lost.value.fatal and lost.value.code == "LineTooLong"


def test_a_frame_is_built_word_by_word() -> None:
    assert bytes(Frame.build("CHG", 9, "BSY", 0)) == b"CHG 9 BSY 0\r\n"
    assert bytes(Frame.build("PRP", "a b", payload=None)) == b"PRP a%20b\r\n"
    assert bytes(Frame.build("MSG", 7, payload=b"hi")) == b"MSG 7 2\r\nhi"
    assert bytes(Frame.build("VER", 1, b"MSNP18")) == b"VER 1 MSNP18\r\n"
    for verb, word in [("CHANGE", "x"), ("CHG", b"a b"), ("CHG", b"a\r\nOUT")]:
        with pytest.raises(ValueError):
            Frame.build(verb, word)
    with pytest.raises(ValueError):
        FrameDecoder("msnp99")


def test_a_frame_shows_no_secret() -> None:
    shown = repr(Frame.build("USR", 4, "t=ticket", payload=b"secret"))
    assert "ticket" not in shown and "secret" not in shown
