//! Reads a password: from the environment, a prompt without echo, or a line of standard input.

use std::io::{self, IsTerminal as _, stdin};

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers, read as next_event};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

use crate::{input, shown};

/// The password in `variable`, else what is typed at `prompt`. Without a terminal, the first line
/// of standard input.
///
/// # Errors
/// The terminal's or the input's; an interrupted prompt is [`io::ErrorKind::Interrupted`].
pub(crate) fn read(variable: &str, prompt: &str) -> io::Result<String> {
    given(variable)?.map_or_else(|| ask(prompt), Ok)
}

/// The password that nobody has to be asked for; `None` if somebody has to.
fn given(variable: &str) -> io::Result<Option<String>> {
    if let Some(password) = input::variable(variable)? {
        return Ok(Some(password));
    }
    if stdin().is_terminal() {
        return Ok(None);
    }
    let line = input::next_line().transpose()?;
    Ok(Some(line.unwrap_or_default()))
}

/// What is typed at `prompt`, without showing it.
///
/// # Errors
/// The terminal's; an interrupted prompt is [`io::ErrorKind::Interrupted`].
fn ask(prompt: &str) -> io::Result<String> {
    shown::prompt(prompt)?;
    enable_raw_mode()?;
    let typed = type_in();
    disable_raw_mode()?;
    shown::end_prompt()?;
    typed
}

/// A password that is to be set: as [`read`], but what is typed must be typed twice, since it cannot be seen.
///
/// # Errors
/// As those of [`read`]; [`io::ErrorKind::InvalidInput`] if the two differ.
pub(crate) fn read_new(variable: &str) -> io::Result<String> {
    if let Some(password) = given(variable)? {
        return Ok(password);
    }
    let password = ask("New password: ")?;
    if ask("Once more: ")? != password {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the two passwords differ",
        ));
    }
    Ok(password)
}

fn type_in() -> io::Result<String> {
    let mut typed = String::new();
    loop {
        let Event::Key(key) = next_event()? else {
            continue;
        };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        match key.code {
            KeyCode::Enter => return Ok(typed),
            KeyCode::Char('c' | 'd') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                return Err(io::ErrorKind::Interrupted.into());
            }
            KeyCode::Char(character) => typed.push(character),
            KeyCode::Backspace => {
                typed.pop();
            }
            _ => {}
        }
    }
}
