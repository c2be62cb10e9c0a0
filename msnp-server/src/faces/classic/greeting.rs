//! What the server says behind the sign-in and behind the first status (msnp8-18.md 5.4, 8.1).

use msnp_proto::classic::{
    Balance, Challenge, ContactData, Message, Name, Principal, ServerBody, SignedIn, Word,
};
use msnp_proto::payload::mime::{Mime, Profile};
use msnp_proto::{Secret, TrId};

use super::mail::HOTMAIL;
use super::sign_in::Proved;
use super::writer::Writer;
use crate::account_number::AccountNumber;
use crate::faces::turn::Turn;
use crate::identity::Who;

/// The sign-in is done.
pub(super) fn welcome(proved: &Proved, name: &str, turn: &mut Turn<'_>) {
    let writer = proved.writer;
    let dialect = writer.dialect();
    let signed_in = SignedIn {
        account: proved.account.clone(),
        name: Some(Name::new(name)),
        successor_name: None,
        verified: Some(true),
        restricted: Some(false),
    };
    writer.reply(proved.trid, signed_in, turn);
    // BitlBee, which spoke MSNP21 with the official servers for years, takes it there for an error.
    if !dialect.has_presence_documents() {
        let balance = Word::encode("null");
        writer.reply(TrId(0), Balance { balance }, turn);
    }
    let profile = profile(&proved.who, proved.ticket.as_ref(), writer, turn);
    writer.say(of_hotmail(&profile.to_mime()), turn);
    if dialect.has_endpoints() && !dialect.has_presence_documents() {
        let own = ContactData {
            contact: Principal::passport(super::lists::account(&proved.who)),
            payload: "".into(),
        };
        writer.say(own, turn);
    }
}

/// `USR SHA`: the circles of the address book, of which there are none (msnp8-18.md 13).
pub(super) fn no_circles(trid: TrId, proved: &Proved, turn: &mut Turn<'_>) {
    let signed_in = SignedIn {
        account: proved.account.clone(),
        name: None,
        successor_name: None,
        verified: Some(false),
        restricted: Some(false),
    };
    proved.writer.reply(trid, signed_in, turn);
}

/// The person's profile. There are no mailboxes, and nothing is known of where and how old anybody is.
fn profile(who: &Who, ticket: Option<&Secret<String>>, writer: Writer, turn: &Turn<'_>) -> Profile {
    let number = AccountNumber::of(who.person()).get().cast_unsigned();
    let half = |number: u64| (number & u64::from(u32::MAX)).to_string();
    let several = if writer.dialect().has_endpoints() {
        "1"
    } else {
        "0"
    };
    let profile = Profile::new()
        .with("LoginTime", &turn.now().wall.as_secs().to_string())
        .with("EmailEnabled", "0")
        .with("MemberIdHigh", &half(number >> 32))
        .with("MemberIdLow", &half(number))
        .with("lang_preference", "1033")
        .with("Kid", "0")
        .with("sid", "507");
    let profile = match ticket {
        Some(ticket) => profile.with_ticket(ticket),
        None => profile,
    };
    // Contacts have GUIDs, not the numbers of before.
    profile
        .with("ABCHMigrated", "1")
        .with("MPOPEnabled", several)
}

/// `CHL`: what is to be hashed, 20 digits as in all that was seen (msnp8-18.md 11).
pub(super) fn challenge(writer: Writer, turn: &mut Turn<'_>) -> String {
    let digits = (0..20).map(|_| char::from(b'0' + digit(turn)));
    let digits: String = digits.collect();
    let challenge = Word::encode(&digits);
    writer.reply(TrId(0), Challenge { challenge }, turn);
    digits
}

fn digit(turn: &mut Turn<'_>) -> u8 {
    u8::try_from(turn.prng().below(10)).unwrap_or_default()
}

fn of_hotmail(mime: &Mime) -> ServerBody {
    Message {
        sender: msnp_proto::classic::Account::new(HOTMAIL),
        name: Some(Name::new(HOTMAIL)),
        payload: mime.as_bytes().clone(),
    }
    .into()
}
