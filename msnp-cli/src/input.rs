//! Standard input, line by line, for programs that also wait for other things.

use std::io::{self, BufRead};

use tokio::sync::mpsc;

/// Lines read ahead of who takes them.
const AHEAD: usize = 64;

/// The lines of standard input, read on a thread of their own. The channel ends with the input.
pub(crate) fn lines() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(AHEAD);
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}
