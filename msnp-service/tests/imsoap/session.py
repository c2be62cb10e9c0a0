"""The whole session of a caller that knows nothing but the service description.

Arguments: the URL of the WSDL, the port, the service account and its password, the IM account and
its password, the account to chat with. Says what it has done, a line each, and exits with 0.
"""

import sys
import time
import xml.etree.ElementTree as ElementTree
from urllib.parse import quote_plus, unquote

import requests
import zeep

wsdl, port, user, password, account, im_password, friend = sys.argv[1:]

PATIENCE = 60  # Seconds; against hanging only.

web = requests.Session()
web.trust_env = False  # No proxy between this machine and itself.
client = zeep.Client(
    wsdl,
    transport=zeep.Transport(session=web, timeout=PATIENCE, operation_timeout=PATIENCE),
    settings=zeep.Settings(strict=True),
)
service = client.bind("BSIMService", port)


def done(what):
    print(what, flush=True)


def fault(call, *arguments, **named):
    try:
        call(*arguments, **named)
    except zeep.exceptions.Fault as fault:
        return fault
    raise AssertionError(f"{call} should have failed")


seen = ElementTree.Element("IM")


def fetch(session):
    """Fetches once; gives the new events, and keeps them in `seen`."""
    document = ElementTree.fromstring(service.KeepSessionAlive(session=session).encode())
    assert document.tag == "Session" and document.get("id") == session.SessionId
    (im,) = document
    assert im.get("type") == "msn" and im.get("account") == account, im.attrib
    order = ["OnLog", "OnLogin", "OnNicknameChanged", "OnReceiveBuddies", "OnStatusChanged",
             "OnBuddyStatusChanged", "OnMessage"]
    places = [order.index(event.tag) for event in im]
    assert places == sorted(set(places)), places
    seen.extend(im)
    return im


def until(session, path, holds=lambda element: True):
    """Keeps the session alive until there is such an event."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for element in seen.findall(path):
            if holds(element):
                return element
        fetch(session)
        time.sleep(0.05)
    raise AssertionError(f"no {path} in {ElementTree.tostring(seen).decode()}")


assert service.GetVersion() == "v1.0.20080508"
done("GetVersion")

refused = fault(service.Login, userId=user, password=password + "?")
assert "Invalid user ID or password." in refused.message, refused.message
done("a refused Login")

session = service.Login(userId=user, password=password)
assert session.UserId == user and session.ClientIP == "127.0.0.1", session
assert len(session.SessionId) == 36 and session.SessionId == session.SessionId.upper()
time.strptime(session.LoginTime, "%Y-%m-%d %H:%M:%S")
done("Login")

assert service.LoginIM(session=session, imType="msn", account=account, password=im_password) is None
login = until(session, "OnLogin")
time.strptime(login.get("datetime"), "%Y-%m-%d %H:%M:%S")
lines = [item.text for item in seen.findall("OnLog/item")]
assert lines[0] == "Authenticate MSN Passport..." and "Login OK." in lines, lines
assert lines[-1] == "Processed membership list.", lines
done("LoginIM")

assert until(session, "OnNicknameChanged").text == "Alice"
listed = until(session, "OnReceiveBuddies/Buddy")
members = ["Account", "Nickname", "GroupId", "Status", "Id", "Blocked", "PersonalMessage"]
assert [member.tag for member in listed] == members
assert listed.findtext("Account") == friend and listed.findtext("Status") == "HDN"
assert until(session, "OnStatusChanged").text == "NLN"
present = until(session, "OnBuddyStatusChanged/Buddy", lambda it: it.findtext("Status") == "NLN")
assert present.findtext("Account") == friend
assert present.findtext("Nickname") == "Bob%20%28at%20work%29", present.findtext("Nickname")
done("OnReceiveBuddies, OnBuddyStatusChanged")

service.ChangeStatus(session=session, IMType="msn", IMAccount=account, Status="BSY")
until(session, "OnStatusChanged", lambda event: event.text == "BSY")
done("ChangeStatus")

text = "50% off: 你好, \"friends\" & <all>"
service.SendMessage(session=session, imType="msn", account=account, toAccount=friend,
                    message=quote_plus(text))
done("SendMessage")

message = until(session, "OnMessage/Message")
assert message.get("from") == friend, message.attrib
assert unquote(message.text) == "You said: " + text, message.text
done("OnMessage")

assert len(fetch(session)) == 0
stranger = service.Login(userId=user, password=password)
stranger.SessionId = "00000000-0000-4000-8000-000000000000"
refused = fault(service.KeepSessionAlive, session=stranger)
assert refused.message.endswith("---> Invalid session."), refused.message
done("a refused KeepSessionAlive")
