//! Completing commands and names.

use super::command::{COMMANDS, STATUSES};
use super::keys::step;
use super::model::{Focus, Model};

/// A completion that is being tried: pressing the key again tries the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Completion {
    /// Where the completed word starts.
    start: usize,
    choices: Vec<String>,
    chosen: usize,
}

impl Model {
    /// Completes a command or a name, or goes to the people if there is nothing to complete.
    pub(super) fn complete(&mut self, forth: bool) {
        if let Some(mut completion) = self.completion.take() {
            completion.chosen = step(completion.chosen, completion.choices.len(), forth);
            if let Some(choice) = completion.choices.get(completion.chosen) {
                let input = &mut self.rooms[self.current].input;
                input.replace_from(completion.start, choice);
            }
            self.completion = Some(completion);
            return;
        }
        let before = self.room().input.before().to_owned();
        if before.is_empty() {
            self.focus = Focus::People(0);
            return;
        }
        let start = before.rfind(char::is_whitespace).map_or(0, |at| {
            at + before[at..].chars().next().map_or(1, char::len_utf8)
        });
        let choices = self.choices(&before, start);
        if let Some(first) = choices.first() {
            self.room_mut().input.replace_from(start, first);
            if choices.len() > 1 {
                self.completion = Some(Completion {
                    start,
                    choices,
                    chosen: 0,
                });
            }
        }
    }

    fn choices(&self, before: &str, start: usize) -> Vec<String> {
        let word = before[start..].to_lowercase();
        if start == 0 && word.starts_with('/') {
            let names = COMMANDS.iter().map(|help| help.name);
            return names
                .filter(|name| name.starts_with(&word))
                .map(|name| format!("{name} "))
                .collect();
        }
        let command = before.split_whitespace().next().unwrap_or_default();
        if command == "/status" {
            let names = STATUSES.iter().map(|(name, _)| *name);
            return names
                .filter(|name| name.starts_with(&word))
                .map(str::to_owned)
                .collect();
        }
        let is_command = command.starts_with('/');
        let mut choices: Vec<String> = self
            .people
            .keys()
            .filter(|id| Some(*id) != self.me.as_ref())
            .filter_map(|id| {
                let name = self.name(id);
                let matches = name.to_lowercase().starts_with(&word)
                    || id.to_string().starts_with(&word)
                    || id.name().starts_with(&word);
                // A command wants what is one word and surely one person.
                let shown = if is_command { id.to_string() } else { name };
                matches.then(|| format!("{shown} "))
            })
            .collect();
        choices.sort();
        choices.dedup();
        choices
    }
}
