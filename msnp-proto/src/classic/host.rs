//! Where a server is: `host:port`.

use crate::classic::form::Kind;
use crate::classic::grammar;
use crate::classic::line::{Line, Parameter, Words};
use crate::classic::word::Word;

/// The address of another server, as it stands in `XFR` and `RNG`.
///
/// A peer's word: whether to go there is the caller's policy. The host `0` means to sign in again on the same connection
/// (msnp8-18.md 3).
///
/// ```
/// use msnp_proto::classic::ServerAddress;
/// let address = ServerAddress::new("207.46.124.125", 1863);
/// assert_eq!(address.host(), b"207.46.124.125");
/// assert_eq!(address.port(), Some(1863));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServerAddress(Word);

impl ServerAddress {
    /// An address of a host and a port.
    pub fn new(host: &str, port: u16) -> Self {
        Self(Word::encode(&alloc::format!("{host}:{port}")))
    }

    /// The host, without the port.
    pub fn host(&self) -> &[u8] {
        grammar::server_address(self.0.as_bytes()).0
    }

    /// The port, if there is one; the historic one is 1863.
    pub fn port(&self) -> Option<u16> {
        let port = grammar::server_address(self.0.as_bytes()).1?;
        u16::try_from(port).ok()
    }

    /// Whether it says to stay here and sign in again.
    pub fn is_here(&self) -> bool {
        self.host() == b"0"
    }

    /// The word on the wire.
    pub const fn as_word(&self) -> &Word {
        &self.0
    }
}

impl From<Word> for ServerAddress {
    fn from(word: Word) -> Self {
        Self(word)
    }
}

impl Parameter for ServerAddress {
    const KIND: Kind = Kind::ServerAddress;

    fn read(words: &mut Words<'_>) -> Option<Self> {
        Word::read(words).map(Self)
    }

    fn write(&self, line: &mut Line) {
        self.0.write(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_is_kept() {
        for word in ["0", "host", "host:", "host:99999", ":1", "[::1]:1863"] {
            let address = ServerAddress::from(Word::encode(word));
            assert_eq!(address.as_word().text(), word);
            assert_eq!(address.is_here(), word == "0");
        }
        assert_eq!(ServerAddress::from(Word::encode("host:99999")).port(), None);
    }
}
