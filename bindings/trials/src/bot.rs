//! A bot in another language, at work.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// A program that runs until this is dropped.
#[derive(Debug)]
pub struct Bot(Child);

impl Bot {
    /// Starts it, and waits until it has printed a line with this in it.
    #[track_caller]
    pub fn start(command: &mut Command, ready: &str) -> Self {
        for name in ["NO_PROXY", "no_proxy"] {
            command.env(name, "127.0.0.1,localhost");
        }
        let child = command.stdout(Stdio::piped()).spawn();
        let mut bot = Self(child.expect("it can be run"));
        let output = bot.0.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(output);
        let mut line = String::new();
        while !line.contains(ready) {
            line.clear();
            let len = lines.read_line(&mut line).expect("text");
            assert!(len > 0, "it ended before it said {ready}");
        }
        // What it prints later nobody reads, and a pipe without a reader would end it.
        bot.0.stdout = Some(lines.into_inner());
        bot
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
