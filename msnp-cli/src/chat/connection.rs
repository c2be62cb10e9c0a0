//! What becomes of the model when the connection comes and goes.

use msnp_client::{Event, Reason};

use super::model::{Link, Model};
use super::people::bare;
use super::timestamps::Timestamps;
use crate::network::remedy;

/// The connection's state has changed; other events are none of it.
pub(super) fn changed(model: &mut Model, event: Event, now: Timestamps) {
    match event {
        Event::SignInProgress(step) => model.link = Link::SigningIn(Some(step)),
        Event::SignedIn(me) => {
            model.link = Link::Online;
            model.was_online = true;
            let name = model.people.own().name.clone();
            let text = match name.filter(|name| !name.trim().is_empty()) {
                Some(name) => format!("Signed in as {name} ({}).", bare(&me)),
                None => format!("Signed in as {}.", bare(&me)),
            };
            model.rooms.notice(0, text, now);
            // What was said before goes under the name that the service knows.
            if let Some(before) = model.people.set_me(&me) {
                model.rooms.rename(&before, &me);
            }
        }
        Event::Reconnecting {
            attempt,
            wait,
            reason,
        } => {
            let seconds = wait.as_secs_f32().ceil();
            let text = format!("Reconnecting: {reason}; attempt {attempt} in {seconds} s.");
            // Nothing is lost by it: what is, is told for itself.
            model.rooms.notice(0, text, now);
            let until = now.after(wait).at();
            model.link = Link::Reconnecting { reason, until };
        }
        Event::SignedOut(reason) => {
            if !model.leaving {
                let how = match reason {
                    Reason::WrongCredentials => {
                        format!("/signin asks for the {}", model.secret.to_lowercase())
                    }
                    Reason::Certificate(fault) => remedy(fault).to_owned(),
                    _ => "/signin tries again".to_owned(),
                };
                let text = format!("Signed out: {reason}. {how}.");
                model.rooms.alarm(0, text, now);
                model.rooms.show(0);
            }
            model.link = Link::SignedOut(reason);
        }
        _ => {}
    }
}
