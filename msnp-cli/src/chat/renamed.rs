//! Two names turn out to be one person's: one entry and one conversation are left.

use msnp_client::{ContactId, ConversationId};

use super::model::Model;

impl Model {
    /// Whoever was called `before` is called `now` from here on.
    pub(super) fn renamed(&mut self, before: &ContactId, now: &ContactId) {
        if let Some(person) = self.people.remove(before) {
            // What is known under the name that stays is newer.
            self.people.entry(now.clone()).or_insert(person);
        }
        if self.me.as_ref() == Some(before) {
            self.me = Some(now.clone());
        }
        let (old, new) = (ConversationId::from(before), ConversationId::from(now));
        for room in &mut self.rooms {
            room.rename(before, now);
            for member in &mut room.members {
                if member.contact == *before {
                    member.contact = now.clone();
                }
            }
        }
        for (conversation, _, _) in self.edits.values_mut() {
            if *conversation == old {
                conversation.clone_from(&new);
            }
        }
        let place = |rooms: &[super::room::Room], id| {
            rooms.iter().position(|room| room.id.as_ref() == Some(id))
        };
        match (place(&self.rooms, &old), place(&self.rooms, &new)) {
            (Some(at), None) => self.rooms[at].id = Some(new),
            (Some(from), Some(into)) => self.merge_rooms(from, into),
            (None, _) => {}
        }
        for stays in self.other_names.values_mut() {
            if stays == before {
                stays.clone_from(now);
            }
        }
        self.other_names.insert(before.clone(), now.clone());
    }

    /// Moves what was said in one room into another, and closes the first.
    fn merge_rooms(&mut self, from: usize, into: usize) {
        let lines = std::mem::take(&mut self.rooms[from].lines);
        let draft = self.rooms[from].input.text().to_owned();
        let unread = self.rooms[from].unread;
        let room = &mut self.rooms[into];
        room.push_older(lines.into());
        room.unread += unread;
        if room.input.text().is_empty() {
            room.input.set(&draft);
        }
        if self.current == from {
            self.show(into);
        }
        self.close(from);
    }
}
