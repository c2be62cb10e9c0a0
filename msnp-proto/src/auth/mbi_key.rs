//! `MBI_KEY_OLD`: the proof of MSNP15 to MSNP21 that the one who sends a ticket has the secret that was issued with it.
//!
//! ```
//! use msnp_proto::auth::mbi_key::{Blob, BinarySecret};
//! // Of the sign-in service, and of `USR 3 SSO S MBI_KEY_OLD <nonce>`.
//! let secret = BinarySecret::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYX")?;
//! let nonce = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v";
//! // A client; the eight bytes come from its host's randomness.
//! let blob = Blob::new(&secret, nonce, [7; 8]).to_base64();
//! // A server, of what stood in `USR 4 SSO S <ticket> <blob>`.
//! Blob::from_base64(blob.expose())?.verify(&secret, nonce)?;
//! # Ok::<(), msnp_proto::auth::mbi_key::BlobError>(())
//! ```

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use des::TdesEde3;
use hmac::{Hmac, KeyInit, Mac};
use machine_contract::Secret;
use sha1::Sha1;

use crate::base64_text;

/// The secret that came with a ticket: `wst:BinarySecret` of the response for `messengerclear.live.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BinarySecret(Secret<Vec<u8>>);

/// The blob of `USR n SSO S`: an initial vector, a keyed hash of the nonce, and the nonce enciphered
/// (msnp8-18.md 5.3).
#[derive(Clone, PartialEq, Eq)]
pub struct Blob {
    iv: [u8; 8],
    hash: [u8; HASH],
    cipher: Vec<u8>,
}

/// Why a secret or a blob is refused: the fault of the peer that sent it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// The text is not Base64.
    #[error("not Base64")]
    NotBase64,
    /// The secret is empty, or above [`BinarySecret::MAX`].
    #[error("a secret of {0} bytes")]
    SecretLength(usize),
    /// Fewer bytes than the header, or not as many as the header announces.
    #[error("{found} bytes, {expected} expected")]
    Length {
        /// So many there are.
        found: usize,
        /// So many there should be, or at least the header.
        expected: usize,
    },
    /// A word of the header names a method that this is not.
    #[error("byte {offset} of the header: {found:#x}, {expected:#x} expected")]
    Header {
        /// Where the word starts.
        offset: usize,
        /// What it says.
        found: u32,
        /// What it should say.
        expected: u32,
    },
    /// The hash was not made with this secret of this nonce.
    #[error("the hash does not fit secret and nonce")]
    Hash,
    /// What is enciphered is not the nonce.
    #[error("the cipher does not hold the nonce")]
    Cipher,
}

impl BinarySecret {
    /// The longest that is taken, in bytes. All that were seen had 24 or 23.
    pub const MAX: usize = 256;

    /// Reads the secret as the service writes it. Spare bits in the last character may be set.
    ///
    /// # Errors
    /// [`BlobError::NotBase64`], [`BlobError::SecretLength`].
    pub fn from_base64(text: &str) -> Result<Self, BlobError> {
        Self::from_bytes(base64_text::decode(text.as_bytes()).ok_or(BlobError::NotBase64)?)
    }

    /// Takes the bytes themselves: a server that issues one.
    ///
    /// # Errors
    /// [`BlobError::SecretLength`] if there are none, or too many.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self, BlobError> {
        let bytes = bytes.into();
        if bytes.is_empty() || bytes.len() > Self::MAX {
            return Err(BlobError::SecretLength(bytes.len()));
        }
        Ok(Self(Secret::new(bytes)))
    }

    /// The secret for the response that issues it.
    pub fn to_base64(&self) -> Secret<String> {
        Secret::new(base64_text::encode(self.0.expose()))
    }

    /// `key2` of msnp8-18.md 5.3.
    fn hash_key(&self) -> [u8; KEY] {
        self.derive(b"WS-SecureConversationSESSION KEY HASH")
    }

    /// `key3` of msnp8-18.md 5.3.
    fn cipher_key(&self) -> [u8; KEY] {
        self.derive(b"WS-SecureConversationSESSION KEY ENCRYPTION")
    }

    fn derive(&self, label: &[u8]) -> [u8; KEY] {
        let key = self.0.expose();
        let first = hmac(key, &[label]);
        let head = hmac(key, &[&first, label]);
        let tail = hmac(key, &[&hmac(key, &[&first]), label]);
        let mut derived = [0; KEY];
        derived[..HASH].copy_from_slice(&head);
        derived[HASH..].copy_from_slice(&tail[..KEY - HASH]);
        derived
    }
}

impl Blob {
    /// Proves that the secret is known. The nonce is that of `USR n SSO S`, as text: it is not decoded. `iv` are eight
    /// random bytes.
    #[must_use]
    pub fn new(secret: &BinarySecret, nonce: &str, iv: [u8; 8]) -> Self {
        let encryptor = cbc::Encryptor::<TdesEde3>::new(&secret.cipher_key().into(), &iv.into());
        Self {
            iv,
            hash: hmac(&secret.hash_key(), &[nonce.as_bytes()]),
            cipher: encryptor.encrypt_padded_vec::<Pkcs7>(nonce.as_bytes()),
        }
    }

    /// Reads a blob as it stands in the line.
    ///
    /// # Errors
    /// [`BlobError`] if it is none, or names other methods than HMAC-SHA1 and triple DES.
    pub fn from_base64(text: &str) -> Result<Self, BlobError> {
        Self::parse(&base64_text::decode(text.as_bytes()).ok_or(BlobError::NotBase64)?)
    }

    /// Reads a blob.
    ///
    /// # Errors
    /// [`BlobError`] if it is none, or names other methods than HMAC-SHA1 and triple DES.
    pub fn parse(bytes: &[u8]) -> Result<Self, BlobError> {
        let short = |expected| BlobError::Length {
            found: bytes.len(),
            expected,
        };
        let (head, body) = bytes.split_at_checked(HEAD).ok_or(short(HEAD))?;
        let word = |at: usize| {
            let word = head[at..].first_chunk().copied().unwrap_or_default();
            u32::from_le_bytes(word)
        };
        for (offset, expected) in (0..).step_by(4).zip(METHOD) {
            let found = word(offset);
            if found != expected {
                return Err(BlobError::Header {
                    offset,
                    found,
                    expected,
                });
            }
        }
        let announced = usize::try_from(word(HEAD - 4)).unwrap_or(usize::MAX);
        let expected = announced.saturating_add(HEAD + IV + HASH);
        let (iv, rest) = body.split_first_chunk().ok_or(short(expected))?;
        let (hash, cipher) = rest.split_first_chunk().ok_or(short(expected))?;
        if cipher.len() != announced {
            return Err(short(expected));
        }
        Ok(Self {
            iv: *iv,
            hash: *hash,
            cipher: cipher.into(),
        })
    }

    /// The server's check: hash and cipher both, in time that does not tell how much of the hash was right.
    ///
    /// # Errors
    /// [`BlobError::Hash`] or [`BlobError::Cipher`]: the client does not have the secret of the ticket.
    pub fn verify(&self, secret: &BinarySecret, nonce: &str) -> Result<(), BlobError> {
        mac(&secret.hash_key(), &[nonce.as_bytes()])
            .verify_slice(&self.hash)
            .map_err(|_| BlobError::Hash)?;
        let decryptor =
            cbc::Decryptor::<TdesEde3>::new(&secret.cipher_key().into(), &self.iv.into());
        match decryptor.decrypt_padded_vec::<Pkcs7>(&self.cipher) {
            Ok(text) if text == nonce.as_bytes() => Ok(()),
            _ => Err(BlobError::Cipher),
        }
    }

    /// The bytes of the blob: 128 for the nonces of 64 characters that services give.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEAD + IV + HASH + self.cipher.len());
        // A cipher is as long as its nonce, which came in a line.
        let length = u32::try_from(self.cipher.len()).unwrap_or(u32::MAX);
        for word in METHOD.into_iter().chain([length]) {
            out.extend_from_slice(&word.to_le_bytes());
        }
        out.extend_from_slice(&self.iv);
        out.extend_from_slice(&self.hash);
        out.extend_from_slice(&self.cipher);
        out
    }

    /// The blob for the line: 172 characters for a nonce of 64.
    pub fn to_base64(&self) -> Secret<String> {
        Secret::new(base64_text::encode(&self.to_vec()))
    }
}

/// Prints sizes only.
impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({} cipher bytes)", self.cipher.len())
    }
}

/// Sizes of the header, the initial vector, a hash, a derived key.
const HEAD: usize = 28;
const IV: usize = 8;
const HASH: usize = 20;
const KEY: usize = 24;

/// The header without its last word: its own size, CBC, triple DES, SHA-1, sizes of vector and hash.
const METHOD: [u32; 6] = [28, 1, 0x6603, 0x8004, 8, 20];

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; HASH] {
    mac(key, parts).finalize().into_bytes().into()
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Hmac<Sha1> {
    // HMAC is defined for keys of any length, the error has no cause.
    let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("any length is a key");
    for part in parts {
        mac.update(part);
    }
    mac
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use proptest::prelude::*;

    use super::*;

    const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
    const NONCE: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v";

    fn secret() -> BinarySecret {
        BinarySecret::from_base64(SECRET).expect("a secret")
    }

    fn bytes(hex: &str) -> Vec<u8> {
        let digits = hex.as_bytes().chunks(2);
        let digits = digits.map(|pair| core::str::from_utf8(pair).expect("ASCII"));
        digits
            .map(|pair| u8::from_str_radix(pair, 16).expect("two digits"))
            .collect()
    }

    /// Every intermediate value of msnp8-18.md 5.3.
    #[test]
    fn every_step_gives_the_published_value() {
        let iv = [0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17];
        let blob = Blob::new(&secret(), NONCE, iv);
        let key2 = "06af2ac1f46df3fde6e65fef60a13bd21eabb69f09a542c0";
        assert_eq!(secret().hash_key()[..], bytes(key2));
        let key3 = "2dd0114b936beb17cc1d7fa10191010bb4b7b487404c43e3";
        assert_eq!(secret().cipher_key()[..], bytes(key3));
        assert_eq!(
            blob.hash[..],
            bytes("e7f6fa50f513c8c91b560c96262bf32d71bf70b9")
        );
        let cipher = "f215fc6a5dde1a6c5b2541d86ce9b91d28d3c7387eb3825dc8ccc8bb2368fc37fee91f4fb4adabc8a314668b33e9bfa6\
            da29cfc196a0532a7896552b3eb94933744f3c5d596b7120";
        assert_eq!(blob.cipher, bytes(cipher));
        assert_eq!(blob.to_vec().len(), 128);
        assert_eq!(blob.to_base64().expose().len(), 172);
    }

    #[test]
    fn the_other_side_is_told_what_is_wrong() {
        let blob = Blob::new(&secret(), NONCE, [0; 8]);
        assert_eq!(blob.verify(&secret(), NONCE), Ok(()));
        assert_eq!(blob.verify(&secret(), "another"), Err(BlobError::Hash));
        let other = BinarySecret::from_bytes([1]).expect("a secret");
        assert_eq!(blob.verify(&other, NONCE), Err(BlobError::Hash));
        let torn = Blob {
            cipher: blob.cipher[8..].into(),
            ..blob.clone()
        };
        assert_eq!(torn.verify(&secret(), NONCE), Err(BlobError::Cipher));
        let turned = Blob { iv: [1; 8], ..blob };
        assert_eq!(turned.verify(&secret(), NONCE), Err(BlobError::Cipher));
    }

    #[test]
    fn every_cut_and_every_turned_byte_is_refused() {
        let whole = Blob::new(&secret(), NONCE, [9; 8]).to_vec();
        for cut in 0..whole.len() {
            let error = Blob::parse(&whole[..cut]).expect_err("cut");
            assert!(
                matches!(error, BlobError::Length { found, .. } if found == cut),
                "{error}"
            );
        }
        for at in 0..whole.len() {
            let mut turned = whole.clone();
            turned[at] ^= 0x20;
            let refused = Blob::parse(&turned).and_then(|blob| blob.verify(&secret(), NONCE));
            assert!(refused.is_err(), "byte {at}");
        }
        let huge = [&whole[..24], &[0xff; 4], &whole[28..]].concat();
        assert!(matches!(
            Blob::parse(&huge),
            Err(BlobError::Length { found: 128, .. })
        ));
        let header = BlobError::Header {
            offset: 8,
            found: 0x6602,
            expected: 0x6603,
        };
        let mut other = whole;
        other[8] = 2;
        assert_eq!(Blob::parse(&other), Err(header));
        assert_eq!(
            header.to_string(),
            "byte 8 of the header: 0x6602, 0x6603 expected"
        );
    }

    #[test]
    fn secrets_do_not_show() {
        let shown = alloc::format!("{:?} {:?}", secret(), Blob::new(&secret(), NONCE, [0; 8]));
        assert_eq!(shown, "BinarySecret(Secret(..)) Blob(72 cipher bytes)");
        assert_eq!(
            BinarySecret::from_base64(""),
            Err(BlobError::SecretLength(0))
        );
        assert_eq!(
            BinarySecret::from_bytes([0; 257]),
            Err(BlobError::SecretLength(257))
        );
        assert_eq!(BinarySecret::from_base64("?"), Err(BlobError::NotBase64));
    }

    proptest! {
        #[test]
        fn whatever_is_proved_is_believed(
            secret in proptest::collection::vec(any::<u8>(), 1..64), nonce in "[ -~]{0,80}", iv: [u8; 8],
        ) {
            let secret = BinarySecret::from_bytes(secret).expect("a secret");
            let blob = Blob::new(&secret, &nonce, iv);
            let read = Blob::from_base64(blob.to_base64().expose());
            prop_assert_eq!(read, Ok(blob.clone()));
            prop_assert_eq!(blob.verify(&secret, &nonce), Ok(()));
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>, nonce: String) {
            if let Ok(blob) = Blob::parse(&bytes) {
                prop_assert_eq!(blob.to_vec(), bytes);
                prop_assert!(blob.verify(&secret(), &nonce).is_err());
            }
        }
    }
}
