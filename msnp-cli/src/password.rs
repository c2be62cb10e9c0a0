//! Reads a password: from the environment, a prompt without echo, or a line of standard input.

use std::io::{self, BufRead, IsTerminal, Write, stderr, stdin};

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers, read as next_event};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

/// The password in `variable`, else what is typed at `prompt`. Without a terminal, the first line
/// of standard input.
///
/// # Errors
/// The terminal's or the input's; an interrupted prompt is [`io::ErrorKind::Interrupted`].
pub(crate) fn read(variable: &str, prompt: &str) -> io::Result<String> {
    if let Ok(password) = std::env::var(variable) {
        return Ok(password);
    }
    if !stdin().is_terminal() {
        let mut line = String::new();
        stdin().lock().read_line(&mut line)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    write!(stderr(), "{prompt}")?;
    stderr().flush()?;
    enable_raw_mode()?;
    let typed = type_in();
    disable_raw_mode()?;
    writeln!(stderr())?;
    typed
}

/// A password that is to be set: as [`read`], but what is typed must be typed twice, since it cannot be seen.
///
/// # Errors
/// As those of [`read`]; [`io::ErrorKind::InvalidInput`] if the two differ.
pub(crate) fn read_new(variable: &str) -> io::Result<String> {
    let password = read(variable, "New password: ")?;
    let is_typed = std::env::var_os(variable).is_none() && stdin().is_terminal();
    if is_typed && read(variable, "Once more: ")? != password {
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
