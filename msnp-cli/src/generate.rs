//! What is made from the command line's own description: completions for shells, the manual.

use std::io::Write as _;

use clap_complete::Shell;

use crate::exit::Exit;
use crate::shown;

/// Which shell is meant.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

/// Writes a script for a shell, as in `msnp completions bash > /etc/bash_completion.d/msnp`.
pub(crate) fn completions(mut command: clap::Command, args: &Args) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "msnp", &mut script);
    write(&script)
}

/// Writes the manual: the command, then each of its commands.
pub(crate) fn man(mut command: clap::Command) -> Exit {
    command.build();
    let mut pages = vec![command.clone()];
    let shown = command.get_subcommands().filter(|it| !it.is_hide_set());
    pages.extend(shown.filter(|it| it.get_name() != "help").cloned());
    let mut text = Vec::new();
    for page in pages {
        // Writing into memory does not fail.
        if let Err(error) = clap_mangen::Man::new(page).render(&mut text) {
            shown::complain(error);
            return Exit::Io;
        }
    }
    write(&text)
}

/// What is written is this program's own text, line by line as it was made.
fn write(text: &[u8]) -> Exit {
    match shown::output().write_all(text) {
        Ok(()) => Exit::Success,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::Success,
        Err(error) => {
            shown::complain(format_args!("cannot write: {error}"));
            Exit::Io
        }
    }
}
