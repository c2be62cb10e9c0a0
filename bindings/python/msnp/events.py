"""The shapes of what is told. The guide of msnp-mapping says which event has which fields, and what it means."""

from __future__ import annotations

from typing import Any, Optional, TypedDict

#: What a machine tells: its name stands in ``event``, the other fields beside it. ``Received`` of a session has its bytes in ``data``.
Event = dict[str, Any]


class Contact(TypedDict):
    """One person on the list."""

    contact: str
    name: Optional[str]
    lists: list[str]
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
