//! Lines that want one thing of the network and are answered when it is done: groups, names, settings; and those that are
//! answered at once (msnp8-18.md 7.3).

use std::sync::Arc;

use msnp_proto::classic::{
    ClientBody, ConfigurationReply, ContactSetting, GroupRemoved, GroupRenamed, InvitationsReply,
    InvitedByMail, InvitedWithText, NamedGroup, PrivacySet, PromptSet, Property, PropertySet,
    Published, Renamed, ServerBody, UrlReply, Word, limits,
};
use msnp_proto::payload::policies::Policies;
use msnp_proto::{Dialect, ErrorCode};

use super::lists::PROMPT;
use super::refusal::{self, Subject};
use super::roster::{self, Roster};
use crate::identity::{Address, Who};
use crate::network::{Command, GroupId, Privacy, Settings};

/// What a line wants.
#[derive(Debug)]
pub(super) struct Wish {
    /// `None`: nothing is asked, and it is answered.
    pub(super) command: Option<Command>,
    pub(super) subject: Subject,
    pub(super) answer: Answer,
}

/// How it is answered, and what is different then.
#[derive(Debug)]
pub(super) enum Answer {
    /// So.
    Line(Box<ServerBody>),
    /// With the name of the group that was made.
    Group(Word),
    /// Not at all.
    Nothing,
    /// So, and the privacy is this.
    Privacy(Privacy, Box<ServerBody>),
    /// So, and the property has this value.
    Property(Arc<str>, Arc<str>, Box<ServerBody>),
    /// So, and the owner calls somebody this.
    Named(Who, Arc<str>, Box<ServerBody>),
    /// So, and the group is called this.
    GroupRenamed(GroupId, Arc<str>, Box<ServerBody>),
    /// So, and the group is gone.
    GroupRemoved(GroupId, Box<ServerBody>),
}

/// Who asks, and what is known.
#[derive(Debug)]
pub(super) struct Asker<'a> {
    pub(super) who: &'a Who,
    pub(super) dialect: Dialect,
    pub(super) settings: &'a Settings,
    pub(super) roster: &'a mut Roster,
}

type Read = Result<Wish, ErrorCode>;

/// What a line wants; `None` if it is about something else.
pub(super) fn read(body: &ClientBody, by: &mut Asker<'_>) -> Option<Read> {
    Some(match body {
        ClientBody::SetPrivacy(set) => set_privacy(set.privacy, by),
        ClientBody::SetPrompt(set) => set_prompt(set.prompt, by),
        ClientBody::SetProperty(set) => set_property(set.key, set.value.as_ref(), by),
        ClientBody::Rename(rename) => {
            let name = rename.name.0.clone();
            let reply = Renamed {
                serial: Some(by.roster.next_serial()),
                account: rename.account.clone(),
                name: rename.name.clone(),
            };
            name_somebody(&rename.account.text(), &name, reply.into(), by)
        }
        ClientBody::ContactSetting(set) => set_of_contact(set, by),
        ClientBody::AddGroup(group) => add_group(&group.name),
        ClientBody::RenameGroup(group) => rename_group(&group.id, &group.name, by),
        ClientBody::RemoveGroup(group) => remove_group(&group.id, by),
        body => Ok(answered_at_once(body)?),
    })
}

/// Lines that ask nothing of the network.
fn answered_at_once(body: &ClientBody) -> Option<Wish> {
    Some(match body {
        ClientBody::UrlRequest(_) => at_once(UrlReply {
            path: Word::encode("/"),
            login: Word::encode("/"),
            site: Word::encode("1"),
        }),
        ClientBody::Invitations(invitations) => at_once(InvitationsReply {
            serial: 0,
            state: invitations.state,
        }),
        // Nobody is invited by mail here; the client only wants to hear that it is done.
        ClientBody::InviteByMail(_) => at_once(InvitedByMail {
            outcome: Word::encode("OK"),
            locale: None,
            library: None,
            program: None,
        }),
        ClientBody::InviteWithText(_) => at_once(InvitedWithText {}),
        ClientBody::ConfigurationRequest(request) => at_once(ConfigurationReply {
            file: request.file.clone(),
            payload: Policies::open_shields().encode().into(),
        }),
        // There are no circles, and nobody waits to hear so (msnp8-18.md 13).
        ClientBody::Publish(_) => at_once(Published { payload: "".into() }),
        ClientBody::Withdraw(_) | ClientBody::Datagram(_) | ClientBody::Report(_) => nothing(),
        _ => return None,
    })
}

fn at_once(body: impl Into<ServerBody>) -> Wish {
    Wish {
        command: None,
        subject: Subject::Other,
        answer: Answer::Line(Box::new(body.into())),
    }
}

const fn nothing() -> Wish {
    Wish {
        command: None,
        subject: Subject::Other,
        answer: Answer::Nothing,
    }
}

const fn wish(command: Command, subject: Subject, answer: Answer) -> Wish {
    Wish {
        command: Some(command),
        subject,
        answer,
    }
}

fn set_privacy(word: msnp_proto::classic::Privacy, by: &mut Asker<'_>) -> Read {
    let privacy = match word {
        msnp_proto::classic::Privacy::ALLOW => Privacy::AllowOthers,
        msnp_proto::classic::Privacy::BLOCK => Privacy::BlockOthers,
        _ => return Err(refusal::INVALID_PARAMETER),
    };
    // Since the list lives elsewhere, clients say it at every sign-in (msnp8-18.md 7.4).
    let same = by.settings.privacy == privacy;
    if same && by.dialect.has_synchronization() {
        return Err(refusal::ALREADY_IN_MODE);
    }
    let set = PrivacySet {
        serial: Some(by.roster.next_serial()),
        privacy: word,
    };
    if same {
        return Ok(at_once(set));
    }
    let answer = Answer::Privacy(privacy, Box::new(set.into()));
    Ok(wish(Command::SetPrivacy(privacy), Subject::Other, answer))
}

fn set_prompt(prompt: msnp_proto::classic::Prompt, by: &mut Asker<'_>) -> Read {
    if super::lists::prompt(by.settings) == prompt {
        return Err(refusal::ALREADY_IN_MODE);
    }
    let set = PromptSet {
        serial: Some(by.roster.next_serial()),
        prompt,
    };
    Ok(keep(PROMPT, prompt.as_str(), set.into()))
}

fn keep(name: &str, value: &str, reply: ServerBody) -> Wish {
    let (name, value): (Arc<str>, Arc<str>) = (name.into(), value.into());
    let command = Command::SetProperty {
        name: name.clone(),
        value: value.clone(),
    };
    let answer = Answer::Property(name, value, Box::new(reply));
    wish(command, Subject::Other, answer)
}

fn set_property(key: Property, value: Option<&Word>, by: &mut Asker<'_>) -> Read {
    let set = PropertySet {
        serial: Some(by.roster.next_serial()),
        key,
        value: value.cloned(),
    };
    let text = value.map(Word::text).unwrap_or_default();
    if key == Property::NAME {
        // Up to MSNP9 one's own name is changed like a contact's.
        if by.dialect.has_list_serials() {
            return Err(refusal::NOT_EXPECTED);
        }
        return match value {
            Some(name) => own_name(name, set.into()),
            // Nobody is without a name here.
            None => Ok(at_once(set)),
        };
    }
    if text.chars().count() > limits::PHONE_NUMBER {
        return Err(refusal::INVALID_PARAMETER);
    }
    Ok(keep(key.as_str(), &text, set.into()))
}

fn own_name(name: &Word, reply: ServerBody) -> Read {
    if name.as_bytes().len() > limits::DISPLAY_NAME {
        return Err(refusal::INVALID_NAME);
    }
    let name = name.text();
    let name = name.trim();
    let answer = Answer::Line(Box::new(reply));
    Ok(wish(Command::SetName(name.into()), Subject::Other, answer))
}

fn name_somebody(account: &str, name: &Word, reply: ServerBody, by: &Asker<'_>) -> Read {
    let Some(address) = roster::address(account) else {
        return Err(refusal::INVALID_PARAMETER);
    };
    if by.who.is_at(&address) {
        return own_name(name, reply);
    }
    let mut contacts = by.roster.contacts();
    let Some(contact) = contacts.find(|one| one.who.is_at(&address)) else {
        return Err(refusal::NOT_ON_LIST);
    };
    Ok(name_contact(&contact.who, &name.text(), reply))
}

fn name_contact(who: &Who, name: &str, reply: ServerBody) -> Wish {
    let name: Arc<str> = name.trim().into();
    let command = Command::NameContact {
        contact: Address::Email(who.email().clone()),
        name: name.clone(),
    };
    let answer = Answer::Named(who.clone(), name, Box::new(reply));
    wish(command, Subject::Contact, answer)
}

fn set_of_contact(set: &ContactSetting, by: &Asker<'_>) -> Read {
    let guid = set.contact.text().parse();
    let contact = guid.ok().and_then(|guid| by.roster.by_guid(guid));
    let contact = contact.ok_or(refusal::INVALID_USERNAME)?;
    if set.key == Property::NAME {
        let name = set.value.as_ref().map(Word::text).unwrap_or_default();
        return Ok(name_contact(&contact.who, &name, set.clone().into()));
    }
    // A contact's telephones are the contact's to say; the line is answered as on the server of today.
    Ok(at_once(set.clone()))
}

fn group_name(name: &Word) -> Result<Arc<str>, ErrorCode> {
    if name.as_bytes().len() > limits::GROUP_NAME {
        return Err(refusal::GROUP_NAME_TOO_LONG);
    }
    Ok(name.text().as_ref().into())
}

fn add_group(name: &Word) -> Read {
    let text = group_name(name)?;
    let answer = Answer::Group(name.clone());
    Ok(wish(
        Command::AddGroup { name: text },
        Subject::Group,
        answer,
    ))
}

/// A group that may be changed: the one that everybody is in who is in none may not.
fn own_group(id: &Word, by: &Asker<'_>) -> Result<GroupId, ErrorCode> {
    match by.roster.group(id, by.dialect) {
        Some(group) => Ok(group),
        None if by.dialect.has_list_serials() && id.number() == Some(0) => Err(refusal::GROUP_ZERO),
        None => Err(refusal::INVALID_GROUP),
    }
}

fn rename_group(id: &Word, name: &Word, by: &mut Asker<'_>) -> Read {
    let (group, text) = (own_group(id, by)?, group_name(name)?);
    let renamed = GroupRenamed {
        serial: Some(group_serial(by)),
        group: NamedGroup {
            id: id.clone(),
            name: name.clone(),
        },
    };
    let command = Command::RenameGroup {
        group,
        name: text.clone(),
    };
    let answer = Answer::GroupRenamed(group, text, Box::new(renamed.into()));
    Ok(wish(command, Subject::Group, answer))
}

fn remove_group(id: &Word, by: &mut Asker<'_>) -> Read {
    let group = own_group(id, by)?;
    let removed = GroupRemoved {
        serial: Some(group_serial(by)),
        id: id.clone(),
    };
    let answer = Answer::GroupRemoved(group, Box::new(removed.into()));
    Ok(wish(Command::RemoveGroup { group }, Subject::Group, answer))
}

/// Since MSNP10 it says nothing, and is there: the server of today writes it, and one client waits for it
/// (real-clients.md 1).
pub(super) fn group_serial(by: &mut Asker<'_>) -> u32 {
    if by.dialect.has_list_serials() {
        by.roster.next_serial()
    } else {
        1
    }
}
