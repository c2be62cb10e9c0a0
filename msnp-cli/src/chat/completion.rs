//! Completing commands and names.

use super::editor::Editor;
use super::people::People;
use super::ring::step;
use super::slash::{self, COMMANDS, STATUSES};

/// A completion that is being tried: pressing the key again tries the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Completion {
    /// Where the completed word starts.
    start: usize,
    choices: Vec<String>,
    chosen: usize,
}

impl Completion {
    /// Completes the word before the cursor by the first choice; `None` if it was the only one, or
    /// there is none.
    pub(super) fn begin(input: &mut Editor, people: &People) -> Option<Self> {
        let before = input.before();
        let start = before.rfind(char::is_whitespace).map_or(0, |at| {
            at + before[at..].chars().next().map_or(1, char::len_utf8)
        });
        let choices = choices(before, start, people);
        input.replace_from(start, choices.first()?);
        (choices.len() > 1).then_some(Self {
            start,
            choices,
            chosen: 0,
        })
    }

    /// Tries the next choice, or the one before.
    pub(super) fn next(&mut self, input: &mut Editor, forth: bool) {
        self.chosen = step(self.chosen, self.choices.len(), forth);
        if let Some(choice) = self.choices.get(self.chosen) {
            input.replace_from(self.start, choice);
        }
    }
}

fn choices(before: &str, start: usize, people: &People) -> Vec<String> {
    let word = before[start..].to_lowercase();
    if start == 0 && word.starts_with('/') {
        let names = COMMANDS.iter().map(slash::name);
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
    let mut choices: Vec<String> = people
        .others()
        .filter_map(|id| {
            let name = people.name(id);
            let matches = name.to_lowercase().starts_with(&word)
                || id.to_string().starts_with(&word)
                || id.name().starts_with(&word);
            // A command wants what is one word and surely one person.
            let shown = if is_command { people.word(id) } else { name };
            matches.then(|| format!("{shown} "))
        })
        .collect();
    choices.sort();
    choices.dedup();
    choices
}
