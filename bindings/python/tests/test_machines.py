import inspect

import pytest

from msnp import Cancel, Client, Refused, Send, Session, Wrong, _native

WEB = {"service": "https://msn.example", "login": "alice@example.org", "password": "hunter2"}


def test_every_call_of_the_mapping_is_a_method_with_its_fields() -> None:
    for name, fields in _native.client_calls():
        method = inspect.signature(getattr(Client, name))
        assert [field for field in method.parameters if field != "self"] == fields, name
        assert inspect.getdoc(getattr(Client, name)), name
    for name, _ in _native.session_calls():
        assert hasattr(Session, name), name


def test_every_method_is_a_call() -> None:
    methods = {name for name in vars(Client) if not name.startswith("_")}
    assert methods == {name for name, _ in _native.client_calls()}


@pytest.mark.parametrize("name", [name for name, _ in _native.client_calls()])
def test_every_method_hands_its_fields_on(name: str) -> None:
    given = {"members": ["a@b"], "idle": True, "typing": True, "receipt": 1, "status": "busy", "mark": None}
    given |= {"looks": {"bold": True}, "endpoint": "12345678-1234-1234-1234-123456789abc", "allowed": True}
    given |= {"picture": '<msnobj Creator="a@b" Size="1" Type="3" Location="p" Friendly="AAA=" SHA1D="2jmj7l5rSw0yVb/vlWAYkK/YBwk="/>'}
    client = Client(service="https://msn.example", login="a@b", password="x")
    method = getattr(client, name)
    fields = [field for field in inspect.signature(method).parameters]
    try:
        method(**{field: given.get(field, "c@d") for field in fields})
        method(*[given.get(field, "c@d") for field in fields])
    except Refused as refused:
        assert refused.code in ("SignedOut", "NotPossible", "NotAGroup")


def test_what_is_wrong_says_where() -> None:
    with pytest.raises(Wrong) as wrong:
        Client(**WEB, limits={"text": -1})
    assert (wrong.value.at, wrong.value.code) == ("limits.text", "NotA")
    assert str(wrong.value) == "limits.text: is not a whole number that can be one"
    with pytest.raises(Wrong):
        Client(**WEB, limit={})
    with pytest.raises(Wrong) as wrong:
        Client(network={"tcp": "ns.example", "web": "http://web.example"}, login="a@b", password="x")
    assert wrong.value.at == "network.tcp"
    with pytest.raises(Wrong) as wrong:
        Session(gateway="gopher://a")
    assert wrong.value.at == "gateway"
    with pytest.raises(Wrong) as wrong:
        Client(**WEB).send_text("", "hi")
    assert wrong.value.at == "to"
    with pytest.raises((TypeError, ValueError)):
        Client(**WEB, seed=b"short")


def test_a_refusal_is_an_exception_with_a_code() -> None:
    client = Client(**WEB)
    with pytest.raises(Refused) as refused:
        client.send_text("bob@example.org", "hi")
    assert (refused.value.code, str(refused.value)) == ("SignedOut", "not signed in")
    session = Session(gateway="https://gw.example")
    session.close()
    with pytest.raises(Refused) as refused:
        session.send(b"PNG\r\n")
    assert refused.value.code == "Closed"


def test_a_client_asks_for_requests_and_is_told_what_became_of_them() -> None:
    client = Client(**WEB, seed=bytes(32), reconnect_attempts=0)
    woken = []
    client.wake = lambda: woken.append(True)
    assert client.poll_order() is None and client.poll_event() is None and client.poll_timeout() is None
    client.sign_in()
    assert woken == [True]
    order = client.poll_order()
    assert isinstance(order, Send)
    assert (order.method, order.uri, order.body) == ("GET", "https://msn.example/oauth20_authorize.srf", b"")
    assert all(isinstance(name, str) and isinstance(value, bytes) for name, value in order.headers)
    assert client.poll_timeout() is not None
    client.handle_response(order.id + 1, 200, [], b"nobody asked")
    client.handle_failure(order.id, False)
    events = list(iter(client.poll_event, None))
    assert [event["event"] for event in events] == ["SignInProgress", "SignedOut"]
    assert (events[-1]["code"], events[-1]["detail"]) == ("Unreachable", None)
    assert "hunter2" not in repr(events)


def test_time_is_the_program_s() -> None:
    client = Client(**WEB, reconnect_attempts=0)
    client.call("sign_in", now=1000.0)
    order = client.poll_order(1000.0)
    assert isinstance(order, Send) and client.poll_timeout() == 1030.0
    cancel = client.poll_order(1030.0)
    assert cancel == Cancel(order.id)
    # No number and no time of any clock is taken for the start, and stops nothing.
    for odd in (float("nan"), float("inf"), -1.0):
        client.poll_order(odd)


def test_headers_that_are_none_are_left_out() -> None:
    session = Session(gateway="https://gw.example", empty_open=True)
    order = session.poll_order()
    assert isinstance(order, Send) and (order.method, dict(order.headers)["content-length"]) == ("POST", b"0")
    heads = [(b"X-MSN-Messenger", b"SessionID=1.2"), (b"not a name", b"x"), (b"X-Odd", b"a\r\nb"), (b"X-\xff", b"")]
    session.handle_response(order.id, 200, heads, b"VER 1\r\n")
    events = list(iter(session.poll_event, None))
    assert [event["event"] for event in events] == ["Opened", "Received"]
    assert (events[0]["host"], events[1]["data"]) == ("gw.example", b"VER 1\r\n")
    assert session.skype_id is None and session.state.startswith("live")
    assert session.send(b"PNG\r\n") == 0


def test_a_status_that_http_has_not_is_a_lost_response() -> None:
    session = Session(gateway="https://gw.example", empty_open=True)
    order = session.poll_order()
    session.handle_response(order.id, 7, [], b"")
    assert isinstance(session.poll_timeout(), float)


def test_a_request_shows_no_secret() -> None:
    client = Client(**WEB)
    client.sign_in()
    order = client.poll_order()
    assert isinstance(order, Send) and "GET" in repr(order)
    secret = Send(1, "POST", "https://a/?ticket=t1", [("cookie", b"t2")], b"t3", False)
    assert not any(word in repr(secret) for word in ("t1", "t2", "t3"))
