//! The profile store: what somebody shows, as it is kept between sign-ins (soap.md 5.1). The name is the network's; the words beside it
//! are a property, which only the person's own clients give a meaning to. Pictures are not kept here: clients give them to each
//! other.

use soap_codec::Envelope;
use soap_codec::call::{Done, Request};
use soap_codec::profile::{
    CreateProfile, CreateProfileReply, ExpressionProfile, GetProfile, GetProfileReply, Profile,
    ProfileReplyHeaders, StorageUser, UpdateProfile,
};

use super::context::{Context, changed};
use crate::account_number::AccountNumber;
use crate::network::Command;

/// The property in which the words beside the name are kept.
const STATUS: &str = "PersonalStatus";

/// What is in a profile is kept from now on; what is not stays.
pub(super) fn plan_update(profile: Option<&Profile>) -> Vec<Command> {
    let Some(shown) = profile.and_then(|profile| profile.expression.as_ref()) else {
        return Vec::new();
    };
    let mut commands = Vec::new();
    if let Some(name) = shown.display_name.as_deref().filter(|it| !it.is_empty()) {
        commands.push(Command::SetName(name.into()));
    }
    if let Some(words) = shown.personal_status.as_deref() {
        commands.push(Command::SetProperty {
            name: STATUS.into(),
            value: words.into(),
        });
    }
    commands
}

/// The profile.
pub(super) fn got(request: &Request<GetProfile>, context: &Context<'_>) -> Envelope {
    let number = AccountNumber::of(context.who.person()).hex();
    let now = || Some(changed(context));
    let words = context.roster.settings.property(STATUS);
    let shown = ExpressionProfile {
        id: Some(format!("{number}!118")),
        version: Some(1),
        modified: now(),
        personal_status: words.map(str::to_owned),
        personal_status_modified: words.and_then(|_| now()),
        display_name: Some(context.roster.name.to_string()),
        display_name_modified: now(),
        flags: Some(0),
        ..ExpressionProfile::default()
    };
    let reply = GetProfileReply {
        profile: Some(Profile {
            id: Some(id(context)),
            modified: now(),
            expression: Some(shown),
            ..Profile::default()
        }),
        ..GetProfileReply::default()
    };
    request.respond(headers(context), reply).to_envelope()
}

/// It was changed.
pub(super) fn updated(request: &Request<UpdateProfile>, context: &Context<'_>) -> Envelope {
    let response = request.respond(headers(context), Done::default());
    response.to_envelope()
}

/// Everybody has one, so it is there.
pub(super) fn created(request: &Request<CreateProfile>, context: &Context<'_>) -> Envelope {
    let reply = CreateProfileReply {
        id: Some(id(context)),
        ..CreateProfileReply::default()
    };
    request.respond(headers(context), reply).to_envelope()
}

fn id(context: &Context<'_>) -> String {
    format!("{}!106", AccountNumber::of(context.who.person()).hex())
}

fn headers(context: &Context<'_>) -> ProfileReplyHeaders {
    ProfileReplyHeaders {
        user: Some(StorageUser {
            puid: Some(0),
            cid: Some(AccountNumber::of(context.who.person()).hex()),
            ..StorageUser::default()
        }),
        ..ProfileReplyHeaders::default()
    }
}
