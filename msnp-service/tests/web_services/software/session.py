"""Lists, and messages for who is away, by a SOAP client that knows nothing but three service descriptions.

Arguments: the service's URL; alice's tickets for the lists and for sending; bob's for what waits. Says what it has done, a
line each, and exits with 0.
"""

import base64
import email
import hashlib
import pathlib
import struct
import sys

import requests
import zeep

url, lists_ticket, sending_ticket, mailbox_ticket = sys.argv[1:]

PATIENCE = 60  # Seconds; against hanging only.
BOOK = "00000000-0000-0000-0000-000000000000"
AB = "http://www.msn.com/webservices/AddressBook"
RSI = "http://www.hotmail.msn.com/ws/2004/09/oim/rsi"
OIM = "http://messenger.live.com/ws/2006/09/oim/"
PRODUCT, KEY = "PROD0119GSJUC$18", "ILTXC!4IXB5FB*PX"

web = requests.Session()
web.trust_env = False  # No proxy between this machine and itself.


def described(name):
    here = pathlib.Path(__file__).parent
    return zeep.Client(
        str(here / name),
        transport=zeep.Transport(session=web, timeout=PATIENCE, operation_timeout=PATIENCE),
        settings=zeep.Settings(strict=True),
    )


def done(what):
    print(what, flush=True)


def fault(call, *arguments, **named):
    try:
        call(*arguments, **named)
    except zeep.exceptions.Fault as fault:
        return fault
    raise AssertionError(f"{call} should have failed")


def text(element, path):
    """The texts at a path of local names, in order."""
    steps = "/".join(f"*[local-name()='{step}']" for step in path.split("/"))
    return [found.text for found in element.xpath(f".//{steps}")]


# Lists.

lists = described("lists.wsdl")
sharing = lists.create_service(f"{{{AB}}}SharingSoap", f"{url}/abservice/SharingService.asmx")
book = lists.create_service(f"{{{AB}}}AddressBookSoap", f"{url}/abservice/abservice.asmx")


def headers(scenario, ticket=lists_ticket):
    return {
        "application": {"ApplicationId": "CFE80F9D-180F-4399-82AB-413F33A1FA11", "IsMigration": False,
                        "PartnerScenario": scenario},
        "auth": {"ManagedGroupRequest": False, "TicketToken": ticket},
    }


def whole_book():
    found = book.ABFindAll(abId=BOOK, abView="Full", deltasOnly=False, _soapheaders=headers("Initial"))
    return found


def contacts():
    return [account for part in whole_book() for account in text(part, "contactInfo/passportName")]


def members(role):
    found = sharing.FindMembership(
        serviceFilter={"Types": {"ServiceType": ["Messenger"]}}, _soapheaders=headers("Initial"))
    all = [one for part in found for one in part.xpath(".//*[local-name()='Membership']")]
    (ours,) = [one for one in all if text(one, "MemberRole") == [role]]
    return text(ours, "PassportName")


def membership(role, account):
    passport = lists.get_type(f"{{{AB}}}PassportMember")(
        Type="Passport", State="Accepted", PassportName=account)
    return {
        "serviceHandle": {"Id": "0", "Type": "Messenger", "ForeignId": ""},
        "memberships": {"Membership": {"MemberRole": role, "Members": {"Member": [passport]}}},
    }


assert contacts() == ["alice@example.org"], contacts()
done("ABFindAll")
contact = {"contactInfo": {"contactType": "LivePending", "passportName": "bob@example.org",
                           "isMessengerUser": True}}
bob = book.ABContactAdd(abId=BOOK, contacts={"Contact": [contact]},
                        options={"EnableAllowListManagement": True}, _soapheaders=headers("ContactSave"))
assert sorted(contacts()) == ["alice@example.org", "bob@example.org"], contacts()
done("ABContactAdd")
name = "Freunde & <Kollegen> 小美"
group = book.ABGroupAdd(
    abId=BOOK, groupAddOptions={"fRenameOnMsgrConflict": False},
    groupInfo={"GroupInfo": {"name": name, "groupType": "C8529CE2-6EAD-434d-881F-341E17DB3FF8",
                             "fMessenger": False}},
    _soapheaders=headers("GroupSave"))
book.ABGroupContactAdd(abId=BOOK, groupFilter={"groupIds": {"guid": group}},
                       contacts={"Contact": [{"contactId": bob}]}, _soapheaders=headers("GroupSave"))
assert name in [one for part in whole_book() for one in text(part, "groupInfo/name")]
assert group in [one for part in whole_book() for one in text(part, "groupIds/guid")]
done("groups")
sharing.AddMember(**membership("Block", "carol@example.org"), _soapheaders=headers("BlockUnblock"))
assert members("Block") == ["carol@example.org"], members("Block")
sharing.DeleteMember(**membership("Block", "carol@example.org"), _soapheaders=headers("BlockUnblock"))
assert members("Block") == [], members("Block")
assert members("Allow") == ["bob@example.org"], members("Allow")
done("memberships")
nobody = {"contactInfo": {"contactType": "LivePending", "passportName": "nobody@example.org",
                          "isMessengerUser": True}}
refused = fault(book.ABContactAdd, abId=BOOK, contacts={"Contact": [nobody]}, _soapheaders=headers("ContactSave"))
assert text(refused.detail, "errorcode") == ["InvalidPassportUser"], refused
book.ABContactDelete(abId=BOOK, contacts={"Contact": [{"contactId": bob}]}, _soapheaders=headers("Timer"))
assert contacts() == ["alice@example.org"], contacts()
done("ABContactDelete")

# Messages.

letters = described("letter.wsdl")
oim = letters.create_service(f"{{{OIM}}}LetterSoap", f"{url}/OimWS/oim.asmx")


def store(words, number, lock_key):
    mime = "\r\n".join([
        "MIME-Version: 1.0", "Content-Type: text/plain; charset=UTF-8", "Content-Transfer-Encoding: base64",
        "X-OIM-Message-Type: OfflineMessage", "X-OIM-Run-Id: {F9A6C9DD-0D94-4E85-9CC6-F9D118CC1CAF}",
        f"X-OIM-Sequence-Num: {number}", "", base64.b64encode(words.encode()).decode()])
    return oim.Store2(MessageType="text", Content=mime, _soapheaders={
        "from": {"memberName": "alice@example.org", "friendlyName": "=?utf-8?B?w4RsaWNl?=", "proxy": "MSNMSGR",
                 "msnpVer": "MSNP15", "buildVer": "8.5.1302"},
        "to": {"memberName": "bob@example.org"},
        "ticket": {"passport": sending_ticket, "appid": PRODUCT, "lockkey": lock_key},
        "sequence": {"Identifier": "http://messenger.msn.com", "MessageNumber": number},
    })


def lock_key_of(challenge):
    """The answer to a challenge, by the words of msnp8-18.md 11."""
    modulus = 0x7FFFFFFF
    digest = struct.unpack("<4I", hashlib.md5((challenge + KEY).encode()).digest())
    keys = [word & modulus for word in digest]
    padded = (challenge + PRODUCT).encode()
    padded += b"0" * (-len(padded) % 8)
    words = struct.unpack(f"<{len(padded) // 4}I", padded)
    high = low = 0
    for first, second in zip(words[::2], words[1::2]):
        turn = (keys[0] * (first * 0x0E79A9C1 % modulus + high) + keys[1]) % modulus
        high = (keys[2] * ((second + turn) % modulus) + keys[3]) % modulus
        low += high + turn
    ends = [(high + keys[1]) % modulus, (low + keys[3]) % modulus]
    return struct.pack("<4I", *(word ^ ends[at % 2] for at, word in enumerate(digest))).hex()


refused = fault(store, "unproved", 1, "")
(challenge,) = text(refused.detail, "LockKeyChallenge")
done("a challenge")
words = "grüße, 小美 <&> 🙂"
store(words, 1, lock_key_of(challenge))
done("Store2")

mailbox = described("mailbox.wsdl")
rsi = mailbox.create_service(f"{{{RSI}}}MailboxSoap", f"{url}/rsi/rsi.asmx")
cookie = {"cookie": {"t": mailbox_ticket.removeprefix("t=").removesuffix("&p="), "p": ""}}


def waiting():
    (data,) = rsi.GetMetadata(_soapheaders=cookie)
    return text(data.getparent() if data.getparent() is not None else data, "M/I")


(waits,) = waiting()
done("GetMetadata")
letter = email.message_from_string(rsi.GetMessage(messageId=waits, alsoMarkAsRead=False, _soapheaders=cookie))
assert letter.get_payload(decode=True).decode() == words, letter
assert letter["X-OIM-Sequence-Num"] == "1", letter
done("GetMessage")
rsi.DeleteMessages(messageIds={"messageId": [waits]}, _soapheaders=cookie)
assert waiting() == [], waiting()
refused = fault(rsi.GetMessage, messageId=waits, alsoMarkAsRead=False, _soapheaders=cookie)
assert "Schema" in refused.message, refused
done("DeleteMessages")
