//! The headers of an e-mail: folded lines, any line end.

use alloc::string::String;

/// Headers, and the body behind them.
pub(super) struct Head<'a> {
    headers: &'a str,
    body: &'a str,
}

impl<'a> Head<'a> {
    /// Splits at the first empty line; `None` if there is none.
    pub(super) fn parse(email: &'a str) -> Option<Self> {
        let mut at = 0;
        for line in email.split_inclusive('\n') {
            if line.trim_end_matches(['\r', '\n']).is_empty() && line.ends_with('\n') {
                return Some(Self {
                    headers: &email[..at],
                    body: &email[at + line.len()..],
                });
            }
            at += line.len();
        }
        None
    }

    /// The value of the first header called `name`, in any case, its folded lines joined by a blank.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let mut lines = self.headers.lines().peekable();
        while let Some(line) = lines.next() {
            let Some((found, value)) = line.split_once(':') else {
                continue;
            };
            if !found.trim_end().eq_ignore_ascii_case(name) {
                continue;
            }
            let mut value = String::from(value.trim());
            while let Some(more) = lines.next_if(|line| line.starts_with([' ', '\t'])) {
                value.push(' ');
                value.push_str(more.trim());
            }
            return Some(value);
        }
        None
    }

    /// What follows the empty line.
    pub(super) const fn body(&self) -> &'a str {
        self.body
    }
}
