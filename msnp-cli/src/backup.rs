//! `msnp backup` and `msnp restore`: copies of a server's database.

use std::path::PathBuf;
use std::time::Duration;

use msnp_service::database;

use crate::causes::chain;
use crate::exit::Exit;
use crate::shown;

/// Copy the database of a server, which may be running
///
/// Everything that the server acknowledged before is in the copy. It is one file, for its owner alone.
#[derive(Debug, clap::Args)]
pub(crate) struct BackUp {
    /// The copy; there must be no such file yet
    file: PathBuf,
    /// The file of the server
    #[arg(long, default_value = "msnp.db")]
    database: PathBuf,
}

/// Put a copy in the place of a server's database
///
/// The server must not be running. The copy is checked first; what was there is kept, with `.before` behind its name.
#[derive(Debug, clap::Args)]
pub(crate) struct Restore {
    /// The copy
    file: PathBuf,
    /// The file of the server
    #[arg(long, default_value = "msnp.db")]
    database: PathBuf,
}

/// How long to wait for a server that writes just now.
const PATIENCE: Duration = Duration::from_secs(30);

/// Makes a copy.
pub(crate) fn back_up(args: &BackUp) -> Exit {
    let (from, to) = (&args.database, &args.file);
    match database::back_up(from, to, PATIENCE) {
        Ok(()) => told(&format!("copied {} to {}", from.display(), to.display())),
        Err(error) => {
            shown::complain(format_args!(
                "{} was not copied to {}: {}",
                from.display(),
                to.display(),
                chain(&error)
            ));
            Exit::Io
        }
    }
}

/// Puts a copy back.
pub(crate) fn restore(args: &Restore) -> Exit {
    let (from, to) = (&args.file, &args.database);
    match database::restore(from, to, PATIENCE) {
        Ok(()) => told(&format!("{} is what {} was", to.display(), from.display())),
        Err(error) => {
            shown::complain(format_args!(
                "{} is as it was, {} was not put in its place: {}",
                to.display(),
                from.display(),
                chain(&error)
            ));
            Exit::Io
        }
    }
}

/// Says what was done.
fn told(what: &str) -> Exit {
    match shown::write_line(&mut shown::output(), what) {
        Ok(()) => Exit::Success,
        Err(_) => Exit::Io,
    }
}
