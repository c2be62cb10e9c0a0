//! Where the password comes from: the environment, a file, or the keyboard, unseen.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use crossterm::terminal;

/// The password from `MSNP_PASSWORD`, or asked for if there is a terminal.
pub(super) fn obtain(login: &str) -> io::Result<String> {
    if let Ok(password) = std::env::var("MSNP_PASSWORD") {
        return Ok(password);
    }
    if !io::stdin().is_terminal() {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            "no password: set MSNP_PASSWORD or give --password-file",
        ));
    }
    eprint!("Password of {login}: ");
    io::stderr().flush()?;
    let typed = read_unseen();
    eprintln!();
    typed
}

/// The first line of a file.
pub(super) fn first_line(file: &[u8]) -> String {
    let line = file.lines().next().and_then(Result::ok);
    line.unwrap_or_default().trim_end_matches('\r').to_owned()
}

/// Reads a line without showing it.
fn read_unseen() -> io::Result<String> {
    /// Raw mode, until dropped.
    struct Raw;
    impl Drop for Raw {
        fn drop(&mut self) {
            // There is nobody to tell.
            let _ = terminal::disable_raw_mode();
        }
    }
    terminal::enable_raw_mode()?;
    let _raw = Raw;
    let mut typed = String::new();
    loop {
        let Event::Key(key) = event::read()? else {
            continue;
        };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        match key.code {
            KeyCode::Enter => return Ok(typed),
            KeyCode::Char('c' | 'd') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                return Err(io::Error::new(
                    io::ErrorKind::Interrupted,
                    "no password was given",
                ));
            }
            KeyCode::Char('u') if key.modifiers.contains(KeyModifiers::CONTROL) => typed.clear(),
            KeyCode::Char(character) => typed.push(character),
            KeyCode::Backspace => {
                typed.pop();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_line_is_the_password() {
        assert_eq!(first_line(b"secret word\r\nrest"), "secret word");
        assert_eq!(first_line(b""), "");
    }
}
