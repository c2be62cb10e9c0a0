//! What keys and typed lines do to the model.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use msnp_client::{ContactId, ConversationId};

use super::command::{self, COMMANDS, Command};
use super::model::{Focus, Intent, Link, Model, Moment, Request, TYPING_EVERY};
use super::room::Kind;

impl Model {
    /// A key was pressed. `page` is how many rows are shown at a time.
    pub(super) fn key(&mut self, key: KeyEvent, page: usize, now: Moment) -> Vec<Intent> {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        if key.code != KeyCode::Tab && key.code != KeyCode::BackTab {
            self.completion = None;
        }
        if let Focus::People(chosen) = self.focus
            && !control
            && !alt
        {
            return self.key_in_people(key.code, chosen);
        }
        match key.code {
            KeyCode::Char('c') if control => return self.interrupt(),
            KeyCode::Char('d') if control && self.room().input.text().is_empty() => {
                return self.quit();
            }
            KeyCode::Char('l') if control => return vec![Intent::Redraw],
            KeyCode::Char('n') if control => self.turn(true),
            KeyCode::Char('p') if control => self.turn(false),
            KeyCode::Char(digit @ '0'..='9') if alt => {
                self.show(digit.to_digit(10).unwrap_or_default() as usize);
            }
            KeyCode::Right if alt => self.turn(true),
            KeyCode::Left if alt => self.turn(false),
            KeyCode::PageUp => self.scroll(page),
            KeyCode::PageDown => self.scroll_forth(page),
            KeyCode::Esc => self.scroll_forth(usize::MAX),
            KeyCode::F(1) => return self.run(Command::Help, now),
            KeyCode::Enter if alt => return self.typed("\n", now),
            KeyCode::Enter => {
                let line = self.room_mut().input.take();
                self.past.push(&line);
                return self.line(&line, now);
            }
            KeyCode::Up => {
                let room = &mut self.rooms[self.current];
                self.past.back(&mut room.input);
            }
            KeyCode::Down => {
                let room = &mut self.rooms[self.current];
                self.past.forth(&mut room.input);
            }
            KeyCode::Tab => self.complete(true),
            KeyCode::BackTab => self.complete(false),
            KeyCode::Char(character) if !control && !alt => {
                let mut utf8 = [0; 4];
                return self.typed(character.encode_utf8(&mut utf8), now);
            }
            code => self.edit_key(code, control, alt),
        }
        Vec::new()
    }

    /// Text was pasted.
    pub(super) fn paste(&mut self, text: &str, now: Moment) -> Vec<Intent> {
        self.completion = None;
        self.focus = Focus::Input;
        self.typed(text.trim_end_matches(['\r', '\n']), now)
    }

    /// A whole line was typed.
    pub(super) fn line(&mut self, line: &str, now: Moment) -> Vec<Intent> {
        let room = self.room_mut();
        room.told_typing = None;
        room.scroll = 0;
        room.unread = 0;
        if line.trim().is_empty() {
            return Vec::new();
        }
        // Two slashes say something that starts with one.
        let said = match line.strip_prefix('/') {
            Some(rest) if rest.starts_with('/') => rest,
            Some(_) => {
                return match command::parse(line.trim_end()) {
                    Ok(command) => self.run(command, now),
                    Err(error) => self.complain(&error.to_string(), now),
                };
            }
            None => line,
        };
        match &self.room().id {
            Some(to) => vec![Intent::Say {
                to: to.clone(),
                text: said.to_owned(),
            }],
            None => self.complain("nobody hears you here; /msg NAME opens a conversation", now),
        }
    }

    fn key_in_people(&mut self, code: KeyCode, chosen: usize) -> Vec<Intent> {
        let count = self.listed().len();
        match code {
            KeyCode::Up => self.focus = Focus::People(chosen.saturating_sub(1)),
            KeyCode::Down => self.focus = Focus::People((chosen + 1).min(count.saturating_sub(1))),
            KeyCode::Home => self.focus = Focus::People(0),
            KeyCode::End => self.focus = Focus::People(count.saturating_sub(1)),
            KeyCode::Enter => {
                let id = self.listed().get(chosen).map(|(id, _)| (*id).clone());
                if let Some(id) = id {
                    let index = self.open(&id.into());
                    self.show(index);
                }
            }
            _ => self.focus = Focus::Input,
        }
        Vec::new()
    }

    fn edit_key(&mut self, code: KeyCode, control: bool, alt: bool) {
        let input = &mut self.room_mut().input;
        match code {
            KeyCode::Left if control => input.word_left(),
            KeyCode::Right if control => input.word_right(),
            KeyCode::Left => input.left(),
            KeyCode::Right => input.right(),
            KeyCode::Home => input.home(),
            KeyCode::End => input.end(),
            KeyCode::Backspace if control || alt => input.cut_word(),
            KeyCode::Backspace => input.backspace(),
            KeyCode::Delete => input.delete(),
            KeyCode::Char('a') if control => input.home(),
            KeyCode::Char('e') if control => input.end(),
            KeyCode::Char('b') if control => input.left(),
            KeyCode::Char('f') if control => input.right(),
            KeyCode::Char('b') if alt => input.word_left(),
            KeyCode::Char('f') if alt => input.word_right(),
            KeyCode::Char('w') if control => input.cut_word(),
            KeyCode::Char('u') if control => input.cut_to_start(),
            KeyCode::Char('k') if control => input.cut_to_end(),
            KeyCode::Char('y') if control => input.paste_cut(),
            KeyCode::Char('h') if control => input.backspace(),
            KeyCode::Char('d') if control => input.delete(),
            _ => {}
        }
    }

    /// Text came into the input; the other side may have to be told.
    fn typed(&mut self, text: &str, now: Moment) -> Vec<Intent> {
        let is_online = self.link == Link::Online;
        let room = self.room_mut();
        room.input.insert(text);
        let is_due = room
            .told_typing
            .is_none_or(|told| told.after(TYPING_EVERY).at <= now.at);
        match &room.id {
            Some(to) if is_due && is_online && !room.input.text().starts_with('/') => {
                room.told_typing = Some(now);
                vec![Intent::Typing {
                    to: to.clone(),
                    typing: true,
                }]
            }
            _ => Vec::new(),
        }
    }

    /// Drops what is being typed; if there is nothing, ends.
    fn interrupt(&mut self) -> Vec<Intent> {
        if !self.room().input.text().is_empty() {
            self.room_mut().input.take();
            let room = self.room_mut();
            if let (Some(to), Some(_)) = (room.id.clone(), room.told_typing.take()) {
                return vec![Intent::Typing { to, typing: false }];
            }
            return Vec::new();
        }
        self.quit()
    }

    /// The first time signs out first, the second time does not wait for it.
    fn quit(&mut self) -> Vec<Intent> {
        let again = std::mem::replace(&mut self.leaving, true);
        if again || matches!(self.link, Link::SignedOut(_)) {
            vec![Intent::Abort]
        } else {
            vec![Intent::Quit]
        }
    }

    fn turn(&mut self, forth: bool) {
        self.show(step(self.current, self.rooms.len(), forth));
    }

    fn scroll(&mut self, page: usize) {
        let room = self.room_mut();
        room.scroll = room.scroll.saturating_add(page.saturating_sub(1).max(1));
    }

    fn scroll_forth(&mut self, page: usize) {
        let room = self.room_mut();
        room.scroll = room.scroll.saturating_sub(page.saturating_sub(1).max(1));
        if room.scroll == 0 {
            room.unread = 0;
        }
    }

    fn complain(&mut self, text: &str, now: Moment) -> Vec<Intent> {
        let text = text.to_owned();
        self.alarm(self.current, text, now);
        Vec::new()
    }

    fn find(&self, name: &str) -> Result<ContactId, command::FindError> {
        let called: Vec<(&ContactId, String)> =
            self.people.keys().map(|id| (id, self.name(id))).collect();
        command::find(name, called.iter().map(|(id, name)| (*id, name.as_str())))
    }

    /// Carries out a command.
    fn run(&mut self, command: Command, now: Moment) -> Vec<Intent> {
        match self.intents(command, now) {
            Ok(intents) => intents,
            Err(text) => self.complain(&text, now),
        }
    }

    fn intents(&mut self, command: Command, now: Moment) -> Result<Vec<Intent>, String> {
        let person = |model: &Self, name: &str| model.find(name).map_err(|error| error.to_string());
        let ask = |request| Ok(vec![Intent::Ask(request)]);
        match command {
            Command::Message { name, text } => {
                let to = ConversationId::from(person(self, &name)?);
                let index = self.open(&to);
                self.show(index);
                let say = (!text.is_empty()).then_some(Intent::Say { to, text });
                Ok(say.into_iter().collect())
            }
            Command::Add(name) => ask(Request::Add(person(self, &name)?)),
            Command::Remove(name) => ask(Request::Remove(person(self, &name)?)),
            Command::Block(name) => ask(Request::Block(person(self, &name)?)),
            Command::Unblock(name) => ask(Request::Unblock(person(self, &name)?)),
            Command::Status(status) => ask(Request::Status(status)),
            Command::Name(name) => ask(Request::Name(name)),
            Command::PersonalMessage(text) => ask(Request::PersonalMessage(text)),
            Command::Nudge => Ok(vec![Intent::Nudge(self.conversation()?)]),
            Command::Thread { names, topic } => {
                let members: Result<Vec<_>, _> =
                    names.iter().map(|name| person(self, name)).collect();
                let members = members?;
                ask(Request::CreateThread { members, topic })
            }
            Command::Topic(topic) => {
                let group = self.group()?;
                ask(Request::Topic { group, topic })
            }
            Command::Invite(name) => {
                let (group, member) = (self.group()?, person(self, &name)?);
                ask(Request::Invite { group, member })
            }
            Command::Kick(name) => {
                let (group, member) = (self.group()?, person(self, &name)?);
                ask(Request::Kick { group, member })
            }
            Command::Leave => ask(Request::Leave(self.group()?)),
            Command::History => {
                let of = self.conversation()?;
                let from = self.room().older.clone();
                ask(Request::History { of, from })
            }
            Command::Edit(text) => {
                let to = self.conversation()?;
                let original = self.last_said().ok_or("you have said nothing here yet")?;
                Ok(vec![Intent::Edit { to, original, text }])
            }
            Command::Close => {
                self.close(self.current);
                Ok(Vec::new())
            }
            Command::SignIn => {
                self.leaving = false;
                Ok(vec![Intent::SignIn])
            }
            Command::Help => {
                for help in COMMANDS {
                    self.notice(self.current, format!("{} - {}", help.usage, help.what), now);
                }
                Ok(Vec::new())
            }
            Command::Quit => Ok(self.quit()),
        }
    }

    fn conversation(&self) -> Result<ConversationId, String> {
        let id = self.room().id.clone();
        id.ok_or_else(|| "open a conversation first: /msg NAME".to_owned())
    }

    fn group(&self) -> Result<ConversationId, String> {
        let room = self.room();
        match &room.id {
            Some(id) if room.is_group() => Ok(id.clone()),
            _ => Err("this is no group; /thread NAME... makes one".to_owned()),
        }
    }

    /// The message of ours that was said last in this room.
    fn last_said(&self) -> Option<msnp_client::MessageId> {
        self.room()
            .lines
            .iter()
            .rev()
            .find_map(|line| match &line.kind {
                Kind::Said { id, from, .. } if Some(from) == self.me.as_ref() => Some(id.clone()),
                _ => None,
            })
    }
}

/// The index after or before, around the end.
pub(super) const fn step(index: usize, count: usize, forth: bool) -> usize {
    if forth {
        (index + 1) % count
    } else {
        (index + count - 1) % count
    }
}
