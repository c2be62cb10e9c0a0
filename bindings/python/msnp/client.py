"""`Client`: a whole client. Each method is the call of the same name; the guide of msnp-mapping says more of each."""

from __future__ import annotations

import json
import os
from typing import Any, Iterable, Optional

from . import _native
from .events import Contact, Group, Presence
from .machine import Machine


class Client(Machine):
    """A whole MSN Messenger client, signed out at first.

    What it is configured with are the fields of msnp-mapping: ``Client(service="https://msn.example", login="alice@example.org",
    password="secret")``. Raises `Wrong`.

    People are strings (``"bob@example.org"``, ``"8:live:bob"``), conversations are the person or ``"group:…"``. Methods that ask for something raise
    `Refused` if the client will not even try. What they give is a name: a message ends in exactly one of the events ``MessageDelivered``,
    ``MessageFailed`` and ``MessageUncertain``; an operation in ``OperationSucceeded`` or ``OperationFailed``.
    """

    def __init__(self, *, seed: Optional[bytes] = None, **config: Any) -> None:
        """``seed`` is 32 bytes of true randomness, from the system unless a test gives others."""
        seed = os.urandom(32) if seed is None else seed
        super().__init__(_native.Machine.client(json.dumps(config), seed))

    def sign_in(self) -> None:
        """Signs in, and stays so until `sign_out`; during a wait, tries again at once."""
        self.call("sign_in")

    def sign_out(self) -> None:
        """Says good-bye; ``SignedOut`` is the end."""
        self.call("sign_out")

    def acknowledge(self, receipt: int) -> None:
        """The program has this message (with ``acknowledge_by_hand``)."""
        self.call("acknowledge", receipt=receipt)

    # One's own presence. While signed out, it is kept for the next sign-in.

    def set_status(self, status: str) -> int:
        """``"online"``, ``"busy"``, ``"away"``, ``"be right back"``, ``"idle"``, ``"on the phone"``, ``"out to lunch"``, ``"hidden"``."""
        return self._operation("set_status", status=status)

    def set_personal_message(self, text: str) -> int:
        """The line under one's name; empty for none."""
        return self._operation("set_personal_message", text=text)

    def set_display_name(self, name: str) -> int:
        """What one calls oneself."""
        return self._operation("set_display_name", name=name)

    def set_idle(self, idle: bool) -> int:
        """Whether nobody is at the keyboard."""
        return self._operation("set_idle", idle=idle)

    def set_picture(self, picture: Optional[str]) -> int:
        """Which display picture one has: the ``<msnobj .../>`` that names it, or ``None`` for none."""
        return self._operation("set_picture", picture=picture)

    def sign_out_endpoint(self, endpoint: str) -> int:
        """Signs another of one's own places out, by its GUID."""
        return self._operation("sign_out_endpoint", endpoint=endpoint)

    # Conversations.

    def send_text(self, to: str, text: str) -> str:
        """Says something."""
        return self._message("send_text", to=to, text=text)

    def send_text_with(self, to: str, text: str, looks: dict[str, Any]) -> str:
        """The same, saying how it is to look: ``font``, ``colour`` (``#rrggbb``), and the flags ``bold``, ``italic``,
        ``underline``, ``strikethrough``, ``right_to_left``; what is left out is as usual."""
        return self._message("send_text_with", to=to, text=text, looks=looks)

    def edit_message(self, to: str, original: str, text: str) -> str:
        """Gives a message of one's own a new text; an empty one deletes it."""
        return self._message("edit_message", to=to, original=original, text=text)

    def send_nudge(self, to: str) -> str:
        """Shakes the window."""
        return self._message("send_nudge", to=to)

    def send_typing(self, to: str, typing: bool) -> None:
        """One types, or has stopped."""
        self.call("send_typing", to=to, typing=typing)

    def request_history(self, to: str, mark: Optional[str] = None) -> int:
        """Older messages: the newest page, or the one at the ``more`` of a page before."""
        return self._operation("request_history", to=to, mark=mark)

    # Groups.

    def create_group(self, members: Iterable[str], topic: Optional[str] = None) -> int:
        """``OperationSucceeded`` names it."""
        return self._operation("create_group", members=list(members), topic=topic)

    def add_member(self, group: str, member: str) -> int:
        """Takes somebody into a group."""
        return self._operation("add_member", group=group, member=member)

    def remove_member(self, group: str, member: str) -> int:
        """Puts somebody out of a group."""
        return self._operation("remove_member", group=group, member=member)

    def leave(self, group: str) -> int:
        """Leaves a group."""
        return self._operation("leave", group=group)

    def set_topic(self, group: str, topic: str) -> int:
        """Gives a group a topic; an empty one takes it away."""
        return self._operation("set_topic", group=group, topic=topic)

    # The contact list.

    def add_contact(self, contact: str) -> int:
        """Puts somebody on the list and lets them see one's presence."""
        return self._operation("add_contact", contact=contact)

    def remove_contact(self, contact: str) -> int:
        """Takes somebody off the list; a block stays."""
        return self._operation("remove_contact", contact=contact)

    def block(self, contact: str) -> int:
        """Hides from somebody and takes no messages of theirs."""
        return self._operation("block", contact=contact)

    def unblock(self, contact: str) -> int:
        """Lifts a block."""
        return self._operation("unblock", contact=contact)

    def allow_others(self, allowed: bool) -> int:
        """Whether whoever is on neither the allow nor the block list may see one and write."""
        return self._operation("allow_others", allowed=allowed)

    def add_contact_group(self, name: str) -> int:
        """Makes a group of the list."""
        return self._operation("add_contact_group", name=name)

    def rename_contact_group(self, name: str, to: str) -> int:
        """Gives a group of the list another name."""
        return self._operation("rename_contact_group", name=name, to=to)

    def remove_contact_group(self, name: str) -> int:
        """Takes a group off the list; who was in it stays there."""
        return self._operation("remove_contact_group", name=name)

    def put_into_contact_group(self, contact: str, name: str) -> int:
        """Puts somebody into a group of the list."""
        return self._operation("put_into_contact_group", contact=contact, name=name)

    def take_out_of_contact_group(self, contact: str, name: str) -> int:
        """Takes somebody out of a group of the list."""
        return self._operation("take_out_of_contact_group", contact=contact, name=name)

    # What is known without asking the service.

    def is_signed_in(self) -> bool:
        """Whether what is sent now goes out at once."""
        return self.call("is_signed_in")

    def account(self) -> Optional[str]:
        """Under which name one is known."""
        return self.call("account")

    def dialect(self) -> str:
        """The dialect that is spoken, or offered next: ``"MSNP24"``."""
        return self.call("dialect")

    def abilities(self) -> dict[str, bool]:
        """What can be done on this network; all else is refused."""
        return self.call("abilities")

    def contacts(self) -> list[Contact]:
        """Everybody on the list."""
        return self.call("contacts")

    def contact_groups(self) -> list[str]:
        """The groups of the list."""
        return self.call("contact_groups")

    def others_allowed(self) -> Optional[bool]:
        """Whether whoever is on no list is let in, once the service has said so."""
        return self.call("others_allowed")

    def contact_id(self, contact: str) -> str:
        """The name that stays, after ``ContactRenamed``."""
        return self.call("contact_id", contact=contact)

    def presence(self, contact: str) -> Presence:
        """How somebody is, as far as it is known."""
        return self.call("presence", contact=contact)

    def groups(self) -> list[Group]:
        """The groups that one is in."""
        return self.call("groups")

    def _message(self, name: str, /, **fields: Any) -> str:
        return self.call(name, **fields)["message"]

    def _operation(self, name: str, /, **fields: Any) -> int:
        return self.call(name, **fields)["operation"]
