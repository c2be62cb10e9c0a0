//! `OperatorPass`: by what a command of the operator's finds the running service and shows that it may have it do something.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use msnp_proto::Secret;

use crate::random::random;

/// Where the running service is told what to do, and a word that shows who may: whoever may read the folder of its database as its
/// owner does, as with all else that the operator's commands do there.
///
/// The service leaves it in a file beside its [database](crate::Database::File), for its owner alone and anew at each start; the word
/// is worth nothing once that service has stopped.
#[derive(Clone, Debug)]
pub struct OperatorPass {
    address: SocketAddr,
    word: Secret<String>,
}

/// The longest such file, in bytes.
const LONGEST: u64 = 256;

impl OperatorPass {
    /// Reads the one that the service on this database has left.
    ///
    /// # Errors
    /// An [`io::Error`]: there is none, it is not for whoever asks, or it is no such file.
    pub fn read(database: &Path) -> io::Result<Self> {
        let mut text = String::new();
        let file = File::open(beside(database)?)?;
        file.take(LONGEST).read_to_string(&mut text)?;
        let mut lines = text.lines();
        let address = lines.next().and_then(|line| line.parse().ok());
        match (address, lines.next()) {
            (Some(address), Some(word)) if !word.is_empty() => Ok(Self {
                address,
                word: Secret::new(word.to_owned()),
            }),
            _ => Err(ErrorKind::InvalidData.into()),
        }
    }

    /// A new one, for a service on this database whose operator's address is that; it is left in its file.
    pub(crate) fn leave(database: &Path, address: SocketAddr) -> io::Result<Self> {
        let word = random().ok_or(ErrorKind::Unsupported)?;
        let pass = Self {
            address: on_this_machine(address),
            word: Secret::new(format!("{:032x}", u128::from_be_bytes(word))),
        };
        let path = beside(database)?;
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        writeln!(file, "{}\n{}", pass.address, pass.word.expose())?;
        Ok(pass)
    }

    /// Where the service is told.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the header `Authorization` of such a request says.
    pub fn authorization(&self) -> Secret<String> {
        Secret::new(format!("Bearer {}", self.word.expose()))
    }

    /// Whether a request with this header may have something done. How long that takes to say tells nothing of the word.
    pub(crate) fn admits(&self, authorization: &[u8]) -> bool {
        let right = self.authorization();
        let right = right.expose().as_bytes();
        let differs = right.iter().zip(authorization);
        let differs = differs.fold(0, |differs, (one, other)| differs | (one ^ other));
        right.len() == authorization.len() && differs == 0
    }
}

/// The file beside a database, by whichever name that is reached.
fn beside(database: &Path) -> io::Result<PathBuf> {
    let mut beside = database.canonicalize()?.into_os_string();
    beside.push(".operator");
    Ok(beside.into())
}

/// How a program on this machine reaches what listens there.
const fn on_this_machine(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        match &mut address {
            SocketAddr::V4(any) => any.set_ip(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(any) => any.set_ip(Ipv6Addr::LOCALHOST),
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_that_was_left_is_read_and_admits_alone() {
        let folder = std::env::temp_dir().join(format!("msnp-pass-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let database = folder.join("msnp.db");
        File::create(&database).unwrap();
        let address = "0.0.0.0:9100".parse().unwrap();
        let before = OperatorPass::leave(&database, address).unwrap();
        let left = OperatorPass::leave(&database, address).unwrap();
        let read = OperatorPass::read(&database).unwrap();
        assert_eq!(read.address().to_string(), "127.0.0.1:9100");
        let said = read.authorization();
        let said = said.expose().as_bytes();
        assert!(left.admits(said));
        assert!(!before.admits(said), "each start has its own");
        for wrong in [
            &b""[..],
            b"Bearer ",
            &said[..said.len() - 1],
            &[said, b"a"].concat(),
        ] {
            assert!(!left.admits(wrong), "{wrong:?}");
        }
        assert!(!format!("{left:?}").contains(left.word.expose()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let file = std::fs::metadata(beside(&database).unwrap()).unwrap();
            assert_eq!(file.permissions().mode() & 0o777, 0o600);
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
