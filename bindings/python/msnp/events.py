"""The shapes of what is told. The guide of msnp-mapping says more of each; a checker of types knows the fields by the name in ``event``.

    if event["event"] == "MessageReceived":
        print(event["from_name"], event["text"])

There may be names some day that are not here: pass over those.
"""

from __future__ import annotations

from typing import Literal, Optional, TypedDict, Union

List = Literal["forward", "allow", "block", "reverse", "pending"]


class Contact(TypedDict):
    """One person on the list."""

    contact: str
    name: Optional[str]
    lists: list[List]
    groups: list[str]


class Endpoint(TypedDict):
    """One place where somebody is signed in."""

    endpoint: str
    name: Optional[str]
    idle: bool


class Presence(TypedDict):
    """How somebody is."""

    status: str
    name: Optional[str]
    personal_message: Optional[str]
    endpoints: list[Endpoint]
    picture: Optional[str]


class Member(TypedDict):
    """One member of a group."""

    contact: str
    admin: bool


class Group(TypedDict):
    """A group, as it is now."""

    conversation: str
    topic: Optional[str]
    members: list[Member]


class Looks(TypedDict):
    """How a text is to look; ``colour`` is ``#rrggbb``."""

    font: Optional[str]
    colour: str
    bold: bool
    italic: bool
    underline: bool
    strikethrough: bool
    right_to_left: bool


# Functional, since ``from`` is a word of the language.
Message = TypedDict(
    "Message",
    {
        "message": str,
        "conversation": str,
        "from": str,
        "from_name": Optional[str],
        "text": str,
        "format": Literal["plain", "rich", "other"],
        "format_name": Optional[str],
        "looks": Looks,
        "sent_at_ms": Optional[int],
        "delayed": bool,
        "receipt": Optional[int],
    },
)


class Why(TypedDict):
    """Why something ended or did not happen: for people, for programs, and what else there is to know."""

    reason: str
    code: str
    detail: Union[int, str, None]


class Fate(TypedDict):
    """Which message of one's own it is about."""

    conversation: str
    message: str


class SignInProgress(TypedDict):
    """Signing in has come to this step."""

    event: Literal["SignInProgress"]
    step: str


class SignedIn(TypedDict):
    """Signed in under this name: what is sent from now on goes out at once."""

    event: Literal["SignedIn"]
    me: str


class ContactChanged(Contact):
    """Somebody is new on the list, or what is known of them has changed."""

    event: Literal["ContactChanged"]


class ContactRemoved(TypedDict):
    """Somebody is on no list any more."""

    event: Literal["ContactRemoved"]
    contact: str


class ContactRenamed(TypedDict):
    """Two names are one person: what was told of one is now told of the other."""

    event: Literal["ContactRenamed"]
    before: str
    now: str


class PresenceChanged(Presence):
    """All that is known of how somebody is."""

    event: Literal["PresenceChanged"]
    contact: str


class OwnPresence(Presence):
    """How oneself is, as all of one's endpoints see it."""

    event: Literal["OwnPresence"]
    this_endpoint: str


class MessageReceived(Message):
    """A message; told once."""

    event: Literal["MessageReceived"]


Typing = TypedDict("Typing", {"event": Literal["Typing"], "conversation": str, "from": str, "typing": bool})
Nudge = TypedDict("Nudge", {"event": Literal["Nudge"], "conversation": str, "from": str})


class MessageEdited(Message):
    """A message of the same sender has a new text; an empty one deletes it."""

    event: Literal["MessageEdited"]
    original: str


class MessageDelivered(Fate):
    """The service has a message of ours."""

    event: Literal["MessageDelivered"]


class MessageFailed(Fate, Why):
    """A message of ours will certainly not arrive."""

    event: Literal["MessageFailed"]


class MessageUncertain(Fate, Why):
    """A message of ours may or may not have arrived."""

    event: Literal["MessageUncertain"]


class GroupChanged(Group):
    """A group is new or has changed."""

    event: Literal["GroupChanged"]


class GroupLeft(TypedDict):
    """One is no longer in this group."""

    event: Literal["GroupLeft"]
    conversation: str


class History(TypedDict):
    """Older messages, oldest first; ``more`` is the mark of those before them."""

    event: Literal["History"]
    operation: Optional[int]
    conversation: str
    messages: list[Message]
    more: Optional[str]


class OperationSucceeded(TypedDict):
    """It has been done; ``conversation`` is the group that it made."""

    event: Literal["OperationSucceeded"]
    operation: int
    conversation: Optional[str]


class OperationFailed(Why):
    """It has not been done, or nobody can tell."""

    event: Literal["OperationFailed"]
    operation: int


class Reconnecting(Why):
    """The connection is lost; signing in starts again after this wait."""

    event: Literal["Reconnecting"]
    attempt: int
    wait_ms: int


class SignedOut(Why):
    """It is over, until `Client.sign_in` is called again."""

    event: Literal["SignedOut"]


class Frame(TypedDict):
    """A frame as it is on the wire, if ``frames`` asks for them. It holds secrets: do not log it."""

    event: Literal["Frame"]
    side: Literal["client", "server"]
    base64: str


ClientEvent = Union[
    SignInProgress,
    SignedIn,
    ContactChanged,
    ContactRemoved,
    ContactRenamed,
    PresenceChanged,
    OwnPresence,
    MessageReceived,
    Typing,
    Nudge,
    MessageEdited,
    MessageDelivered,
    MessageFailed,
    MessageUncertain,
    GroupChanged,
    GroupLeft,
    History,
    OperationSucceeded,
    OperationFailed,
    Reconnecting,
    SignedOut,
    Frame,
]


class Opened(TypedDict):
    """The gateway has made the session."""

    event: Literal["Opened"]
    host: str
    server: Optional[str]
    skype_id: Optional[str]
    session_timeout_ms: Optional[int]


class Received(TypedDict):
    """Bytes of the stream."""

    event: Literal["Received"]
    data: bytes


class Sent(TypedDict):
    """The gateway has this send."""

    event: Literal["Sent"]
    send: int


class Unsent(TypedDict):
    """This send did not arrive, or may not have."""

    event: Literal["Unsent"]
    send: int
    fate: Literal["not_sent", "unknown"]


class Gap(TypedDict):
    """A reply was lost on the way, with whatever stood in it."""

    event: Literal["Gap"]


class HostRefused(TypedDict):
    """A reply named a host that the policy does not allow; the session stays."""

    event: Literal["HostRefused"]
    host: str


class Closed(Why):
    """The session has ended."""

    event: Literal["Closed"]


SessionEvent = Union[Opened, Received, Sent, Unsent, Gap, HostRefused, Closed]

#: What a machine tells.
Event = Union[ClientEvent, SessionEvent]
