//! Calls: what a host asks of a client, by name and with fields of JSON.

use machine_contract::Instant;
use msnp_client::{
    Client, EndpointId, HistoryMark, MessageId, MsnObject, OperationId, ReceiptId, Refused,
};
use serde_json::{Value, json};

use crate::fields::Fields;
use crate::looks::read_looks;
use crate::names::{read_contact, read_conversation, read_status};
use crate::people;
use crate::reason::refused;
use crate::wrong::{What, Wrong};

/// Has the client do something, or asks what it knows: `call(client, "send_text", {"to": …, "text": …}, now)`.
///
/// Which calls there are, with which fields and answers, stands in the [crate guide](crate#calls). A refusal is an
/// answer (`{"refused": …, "code": …}`): nothing has happened.
///
/// # Errors
/// [`Wrong`] if the host has said something that cannot be understood. Nothing has happened.
pub fn call(client: &mut Client, name: &str, fields: &Value, now: Instant) -> Result<Value, Wrong> {
    let call = CALLS.iter().find(|call| call.name == name);
    let call = call.ok_or_else(|| Wrong::new("", What::NoSuchCall))?;
    // All that is there, before anything happens.
    let fields = Fields::of(fields, "", call.fields)?;
    (call.run)(client, &fields, now)
}

/// The names of all calls, each with the names of its fields.
pub fn calls() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    CALLS.iter().map(|call| (call.name, call.fields))
}

struct Call {
    name: &'static str,
    fields: &'static [&'static str],
    run: Run,
}

type Run = fn(&mut Client, &Fields<'_>, Instant) -> Result<Value, Wrong>;

const fn of(name: &'static str, fields: &'static [&'static str], run: Run) -> Call {
    Call { name, fields, run }
}

/// Every call. Each reads all its fields before it does anything.
const CALLS: &[Call] = &[
    of("sign_in", &[], |client, _, now| {
        client.sign_in(now);
        Ok(Value::Null)
    }),
    of("sign_out", &[], |client, _, now| {
        client.sign_out(now);
        Ok(Value::Null)
    }),
    of("acknowledge", &["receipt"], |client, fields, now| {
        client.acknowledge(ReceiptId::new(fields.number("receipt")?), now);
        Ok(Value::Null)
    }),
    // One's own presence.
    of("set_status", &["status"], |client, fields, now| {
        let status = fields.read("status", read_status)?;
        Ok(operation(client.set_status(status, now)))
    }),
    of("set_personal_message", &["text"], |client, fields, now| {
        let text = fields.text("text")?;
        Ok(operation(client.set_personal_message(text, now)))
    }),
    of("set_display_name", &["name"], |client, fields, now| {
        let name = fields.text("name")?;
        Ok(operation(client.set_display_name(name, now)))
    }),
    of("set_idle", &["idle"], |client, fields, now| {
        let idle = fields.flag("idle")?;
        Ok(operation(client.set_idle(idle, now)))
    }),
    of("set_picture", &["picture"], |client, fields, now| {
        let picture = fields.maybe("picture", str::parse::<MsnObject>)?;
        Ok(operation(client.set_picture(picture.as_ref(), now)))
    }),
    of("sign_out_endpoint", &["endpoint"], |client, fields, now| {
        let endpoint = fields.read("endpoint", str::parse)?;
        let endpoint = EndpointId::new(endpoint);
        Ok(operation(client.sign_out_endpoint(endpoint, now)))
    }),
    // Conversations.
    of("send_text", &["to", "text"], |client, fields, now| {
        let to = fields.read("to", read_conversation)?;
        let text = fields.text("text")?;
        Ok(message(client.send_text(&to, text, now)))
    }),
    of(
        "send_text_with",
        &["to", "text", "looks"],
        |client, fields, now| {
            let to = fields.read("to", read_conversation)?;
            let text = fields.text("text")?;
            let looks = read_looks(fields, "looks")?;
            Ok(message(client.send_text_with(&to, text, &looks, now)))
        },
    ),
    of(
        "edit_message",
        &["to", "original", "text"],
        |client, fields, now| {
            let to = fields.read("to", read_conversation)?;
            let original = fields.read("original", MessageId::new)?;
            let text = fields.text("text")?;
            Ok(message(client.edit_message(&to, &original, text, now)))
        },
    ),
    of("send_nudge", &["to"], |client, fields, now| {
        let to = fields.read("to", read_conversation)?;
        Ok(message(client.send_nudge(&to, now)))
    }),
    of("send_typing", &["to", "typing"], |client, fields, now| {
        let to = fields.read("to", read_conversation)?;
        let typing = fields.flag("typing")?;
        let sent = client.send_typing(&to, typing, now);
        Ok(sent.map_or_else(refused, |()| Value::Null))
    }),
    of("request_history", &["to", "mark"], |client, fields, now| {
        let to = fields.read("to", read_conversation)?;
        let mark = fields.maybe_text("mark")?.map(HistoryMark::new);
        Ok(operation(client.request_history(&to, mark.as_ref(), now)))
    }),
    // Groups.
    of(
        "create_group",
        &["members", "topic"],
        |client, fields, now| {
            let members = fields.list("members", read_contact)?;
            let topic = fields.maybe_text("topic")?;
            Ok(operation(client.create_group(&members, topic, now)))
        },
    ),
    of("add_member", &["group", "member"], |client, fields, now| {
        let group = fields.read("group", read_conversation)?;
        let member = fields.read("member", read_contact)?;
        Ok(operation(client.add_member(&group, &member, now)))
    }),
    of(
        "remove_member",
        &["group", "member"],
        |client, fields, now| {
            let group = fields.read("group", read_conversation)?;
            let member = fields.read("member", read_contact)?;
            Ok(operation(client.remove_member(&group, &member, now)))
        },
    ),
    of("leave", &["group"], |client, fields, now| {
        let group = fields.read("group", read_conversation)?;
        Ok(operation(client.leave(&group, now)))
    }),
    of("set_topic", &["group", "topic"], |client, fields, now| {
        let group = fields.read("group", read_conversation)?;
        let topic = fields.text("topic")?;
        Ok(operation(client.set_topic(&group, topic, now)))
    }),
    // The contact list.
    of("add_contact", &["contact"], |client, fields, now| {
        let who = fields.read("contact", read_contact)?;
        Ok(operation(client.add_contact(&who, now)))
    }),
    of("remove_contact", &["contact"], |client, fields, now| {
        let who = fields.read("contact", read_contact)?;
        Ok(operation(client.remove_contact(&who, now)))
    }),
    of("block", &["contact"], |client, fields, now| {
        let who = fields.read("contact", read_contact)?;
        Ok(operation(client.block(&who, now)))
    }),
    of("unblock", &["contact"], |client, fields, now| {
        let who = fields.read("contact", read_contact)?;
        Ok(operation(client.unblock(&who, now)))
    }),
    of("allow_others", &["allowed"], |client, fields, now| {
        let allowed = fields.flag("allowed")?;
        Ok(operation(client.allow_others(allowed, now)))
    }),
    of("add_contact_group", &["name"], |client, fields, now| {
        let name = fields.text("name")?;
        Ok(operation(client.add_contact_group(name, now)))
    }),
    of(
        "rename_contact_group",
        &["name", "to"],
        |client, fields, now| {
            let (name, to) = (fields.text("name")?, fields.text("to")?);
            Ok(operation(client.rename_contact_group(name, to, now)))
        },
    ),
    of("remove_contact_group", &["name"], |client, fields, now| {
        let name = fields.text("name")?;
        Ok(operation(client.remove_contact_group(name, now)))
    }),
    of(
        "put_into_contact_group",
        &["contact", "name"],
        |client, fields, now| {
            let who = fields.read("contact", read_contact)?;
            let name = fields.text("name")?;
            Ok(operation(client.put_into_contact_group(&who, name, now)))
        },
    ),
    of(
        "take_out_of_contact_group",
        &["contact", "name"],
        |client, fields, now| {
            let who = fields.read("contact", read_contact)?;
            let name = fields.text("name")?;
            Ok(operation(client.take_out_of_contact_group(&who, name, now)))
        },
    ),
    // What is known without asking the service.
    of("is_signed_in", &[], |client, _, _| {
        Ok(client.is_signed_in().into())
    }),
    of("account", &[], |client, _, _| {
        Ok(client.account().map(ToString::to_string).into())
    }),
    of("dialect", &[], |client, _, _| {
        Ok(client.dialect().to_string().into())
    }),
    of("abilities", &[], |client, _, _| {
        Ok(people::abilities(client.abilities()))
    }),
    of("contacts", &[], |client, _, _| {
        Ok(client.contacts().map(people::contact).collect())
    }),
    of("contact_groups", &[], |client, _, _| {
        Ok(client.contact_groups().collect())
    }),
    of("others_allowed", &[], |client, _, _| {
        Ok(client.others_allowed().into())
    }),
    of("contact_id", &["contact"], |client, fields, _| {
        let who = fields.read("contact", read_contact)?;
        Ok(client.contact_id(&who).to_string().into())
    }),
    of("presence", &["contact"], |client, fields, _| {
        let who = fields.read("contact", read_contact)?;
        Ok(people::presence(&client.presence(&who)))
    }),
    of("groups", &[], |client, _, _| {
        Ok(client.groups().map(people::group).collect())
    }),
];

fn message(sent: Result<MessageId, Refused>) -> Value {
    sent.map_or_else(refused, |id| json!({ "message": id.as_str() }))
}

fn operation(asked: Result<OperationId, Refused>) -> Value {
    asked.map_or_else(refused, |id| json!({ "operation": id.get() }))
}
