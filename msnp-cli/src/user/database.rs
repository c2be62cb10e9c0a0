//! The file of the server, as each command needs it.

use std::path::Path;
use std::time::Duration;

use msnp_service::database::{OpenError, Reader, Writer};

use super::failure::Failure;

/// How long to wait for a running server that writes the same file.
const PATIENCE: Duration = Duration::from_secs(5);

/// The file that was named.
#[derive(Copy, Clone)]
pub(super) struct Database<'a>(&'a Path);

impl<'a> Database<'a> {
    pub(super) const fn at(path: &'a Path) -> Self {
        Self(path)
    }

    /// Opened, or made: an account may come before the first start of the server.
    pub(super) fn or_make(self) -> Result<Writer, Failure> {
        Writer::open(self.0, PATIENCE).map_err(|error| self.failure(error))
    }

    /// Opened, if it is there: a mistyped name makes no file.
    pub(super) fn to_write(self) -> Result<Writer, Failure> {
        self.must_exist()?;
        self.or_make()
    }

    /// Opened, if it is there and no server serves it.
    pub(super) fn alone(self) -> Result<Writer, Failure> {
        self.must_exist()?;
        Writer::open_alone(self.0, PATIENCE).map_err(|error| self.failure(error))
    }

    /// Opened for reading. An older file is brought up to date first.
    pub(super) fn to_read(self) -> Result<Reader, Failure> {
        drop(self.to_write()?);
        Reader::open(self.0, PATIENCE).map_err(|error| self.failure(error))
    }

    fn must_exist(self) -> Result<(), Failure> {
        if self.0.exists() {
            return Ok(());
        }
        Err(Failure::NoFile(self.0.into()))
    }

    fn failure(self, error: OpenError) -> Failure {
        Failure::Open(self.0.into(), error)
    }
}
