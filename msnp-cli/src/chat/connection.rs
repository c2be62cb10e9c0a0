//! What becomes of the model when the connection comes and goes.

use msnp_client::Event;

use super::model::{Link, Model};
use super::timestamps::Timestamps;

/// The connection's state has changed; other events are none of it.
pub(super) fn changed(model: &mut Model, event: Event, now: Timestamps) {
    match event {
        Event::SignInProgress(step) => model.link = Link::SigningIn(Some(step)),
        Event::SignedIn(me) => {
            model.link = Link::Online;
            model.rooms.notice(0, format!("Signed in as {me}."), now);
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
            model.rooms.alarm(0, text, now);
            model.link = Link::Reconnecting(reason);
        }
        Event::SignedOut(reason) => {
            if !model.leaving {
                let text = format!("Signed out: {reason}. /signin tries again.");
                model.rooms.alarm(0, text, now);
                model.rooms.show(0);
            }
            model.link = Link::SignedOut(reason);
        }
        _ => {}
    }
}
