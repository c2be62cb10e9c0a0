//! The answer to `CHL` and to the nonce of a `BND` reply, in both of its forms.

use md5::{Digest, Md5};

pub use super::answer::Answer;

/// Answers a challenge as MSNP11 to MSNP24 demand (msnp24.md 13).
///
/// The text `challenge ‖ product_id` is padded with `0` characters to a multiple of 8 by the
/// *minimum*: none when nothing is missing. Some clients then added a whole group of 8. No published
/// answer tells the two apart, since real challenges (20 or 27 digits with a 16-character id) always
/// need some. The minimum is the plain reading of "padded to a multiple of 8", and two clients that
/// worked against the real service did it so (msnp24.md 13 and 20).
///
/// ```
/// use msnp_proto::auth::challenge;
/// let skype = challenge::product("PROD0090YUAUV{2B").expect("in the table");
/// let answer = challenge::respond("22210219642164014968", skype.id, skype.key);
/// assert_eq!(answer.as_str(), "85ecb0db8f32113df79ce0892b9a102c");
/// ```
pub fn respond(challenge: &str, product_id: &str, product_key: &str) -> Answer {
    let digest = md5_of(challenge, product_key);
    let mut hash = [0u32; 4];
    for (word, bytes) in hash.iter_mut().zip(digest.chunks_exact(4)) {
        *word = bytes
            .iter()
            .rev()
            .fold(0, |word, byte| word << 8 | u32::from(*byte));
    }
    let [m0, m1, m2, m3] = hash.map(|word| u64::from(word & 0x7fff_ffff));

    let mut high = 0u64;
    let mut low = 0u64;
    let mut text = challenge.bytes().chain(product_id.bytes()).peekable();
    // Every operand is below 2^32 and every product below 2^63 + 2^33: u64 is enough, u32 is not.
    while text.peek().is_some() {
        let first = next_word(&mut text);
        let second = next_word(&mut text);
        let x = first * 0x0E79_A9C1 % MODULUS + high;
        let x = (m0 * x + m1) % MODULUS;
        high = (second + x) % MODULUS;
        high = (m2 * high + m3) % MODULUS;
        // Reduced at once, unlike in the description, so that a long challenge cannot overflow.
        low = (low + high + x) % MODULUS;
    }
    high = (high + m1) % MODULUS;
    low = (low + m3) % MODULUS;

    let mut answer = [0u8; 16];
    for ((bytes, word), mask) in answer
        .chunks_exact_mut(4)
        .zip(hash)
        .zip([high, low, high, low])
    {
        // Both masks are below 2^31.
        let mask = u32::try_from(mask).unwrap_or_default();
        bytes.copy_from_slice(&(word ^ mask).to_le_bytes());
    }
    Answer::of(answer)
}

/// Answers a challenge as MSNP6 to MSNP10 demand: the MD5 of challenge and key, nothing else.
pub fn respond_md5(challenge: &str, product_key: &str) -> Answer {
    Answer::of(md5_of(challenge, product_key))
}

const MODULUS: u64 = 0x7fff_ffff;

fn md5_of(challenge: &str, product_key: &str) -> [u8; 16] {
    Md5::new()
        .chain_update(challenge)
        .chain_update(product_key)
        .finalize()
        .into()
}

/// The next four bytes of the text as a little-endian word, `0` standing in behind the end.
fn next_word(text: &mut impl Iterator<Item = u8>) -> u64 {
    (0..4).fold(0, |word, at| {
        word | u64::from(text.next().unwrap_or(b'0')) << (8 * at)
    })
}

/// A product id and the key that belongs to it.
///
/// Neither is a secret of a person: they name the program and are public.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Sent in `QRY` and in `<appId>`.
    pub id: &'static str,
    /// Goes into the answer, never over the wire.
    pub key: &'static str,
    /// The lowest MSNP version that it was used with. From 11 on [`respond`] applies, below
    /// [`respond_md5`].
    pub since: u8,
    /// The program it belonged to.
    pub program: &'static str,
}

impl Product {
    /// Answers with the form that fits the product's age.
    pub fn respond(&self, challenge: &str) -> Answer {
        if self.since < 11 {
            respond_md5(challenge, self.key)
        } else {
            respond(challenge, self.id, self.key)
        }
    }
}

/// The product that a client of this dialect names, as the official clients of its time did (msnp8-18.md 11);
/// [`Product::respond`] answers in the form that the dialect demands.
///
/// ```
/// use msnp_proto::auth::challenge;
/// assert_eq!(challenge::product_of(12).id, "PROD0101{0RM?UBW");
/// assert_eq!(challenge::product_of(21).id, "PROD0120PW!CCV9@");
/// ```
pub fn product_of(msnp_version: u8) -> &'static Product {
    let id = match msnp_version {
        0..=10 => "msmsgs@msnmsgr.com",
        11 | 12 => "PROD0101{0RM?UBW",
        13 | 14 => "PROD0112J1LW7%NB",
        15..=17 => "PROD0119GSJUC$18",
        18..=22 => "PROD0120PW!CCV9@",
        // Skype's (msnp24.md 13.2).
        _ => "PROD0090YUAUV{2B",
    };
    // Invariant of the table, held by a test: each of these is in it.
    product(id).unwrap_or(&PRODUCTS[0])
}

/// Looks a product up by its id, case-sensitively.
pub fn product(id: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|product| product.id == id)
}

/// Every published pair (msnp24.md 13.2). Skype's MSNP24 clients used `PROD0090YUAUV{2B`, the
/// MSNP21 ones `PROD0120PW!CCV9@`.
pub const PRODUCTS: &[Product] = &[
    known(
        "msmsgs@msnmsgr.com",
        "Q1P7W2E4J9R8U3S5",
        6,
        "MSN Messenger 4.6 to 6",
    ),
    known("PROD0038W!61ZTF9", "VT6PX?UQTM4WM%YR", 6, "MSN Messenger 6"),
    known("PROD0058#7IL2{QD", "QHDCY@7R1TB6W?5B", 6, "MSN Messenger 6"),
    known("PROD0061VRRZH@4F", "JXQ6J@TUOGYV@N0M", 6, "MSN Messenger 6"),
    known("PROD00504RLUG%WL", "I2EBK%PYNLZL5_J4", 6, "MSN Messenger 6"),
    known("PROD0076ENE8*@AW", "CEQJ8}OE0!WTSWII", 6, "MSN Messenger 6"),
    known(
        "PROD0090YUAUV{2B",
        "YMM8C_H7KCQ2S_KL",
        11,
        "MSN Messenger 7.0 beta; Skype",
    ),
    known(
        "PROD00974#MT*RC2",
        "LMCVO*18PQJ3H!K3",
        11,
        "MSN Messenger 7.0",
    ),
    known(
        "PROD0101{0RM?UBW",
        "CFHUR$52U_{VIX5T",
        11,
        "MSN Messenger 7.0",
    ),
    known(
        "PROD0104U6VVM{UJ",
        "VK67B}379XYM5}$T",
        12,
        "MSN Messenger 7.5",
    ),
    known(
        "PROD01065C%ZFN6F",
        "O4BG@C7BWLYQX?5G",
        13,
        "Windows Live Messenger 8.0 beta",
    ),
    known(
        "PROD0112J1LW7%NB",
        "RH96F{PHI8PPX_TJ",
        13,
        "Windows Live Messenger 8.0",
    ),
    known(
        "PROD0113H11T8$X_",
        "RG@XY*28Q5QHS%Q5",
        13,
        "Windows Live Messenger 8.0 and 8.1",
    ),
    known(
        "PROD0114ES4Z%Q5W",
        "PK}_A_0N_K%O?A9S",
        15,
        "Windows Live Messenger 8.1",
    ),
    known(
        "PROD0118R6%2WYOS",
        "YIXPX@5I2P0UT*LK",
        15,
        "Windows Live Messenger 8.5 beta",
    ),
    known(
        "PROD0119GSJUC$18",
        "ILTXC!4IXB5FB*PX",
        15,
        "Windows Live Messenger 8.5",
    ),
    known(
        "PROD0120PW!CCV9@",
        "C1BX{V4W}Q3*10SM",
        15,
        "Windows Live Messenger 2009 and later",
    ),
];

const fn known(id: &'static str, key: &'static str, since: u8, program: &'static str) -> Product {
    Product {
        id,
        key,
        since,
        program,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// challenge, product id, form, answer, where it was published (msnp24.md 13.1 and others).
    const VECTORS: &str = include_str!("../../tests/data/challenge-vectors.tsv");

    #[test]
    fn every_published_answer_is_reproduced() {
        let mut count = 0;
        for line in VECTORS.lines().skip(1) {
            let fields: alloc::vec::Vec<_> = line.split('\t').collect();
            let [form, id, challenge, expected, source] = fields[..] else {
                panic!("five fields in {line:?}");
            };
            let product = product(id).expect("a known product");
            let answer = match form {
                "md5" => respond_md5(challenge, product.key),
                "msnp11" => respond(challenge, product.id, product.key),
                other => panic!("unknown form {other}"),
            };
            assert_eq!(answer.as_str(), expected, "{id} {challenge} ({source})");
            count += 1;
        }
        assert_eq!(count, VECTOR_COUNT);
    }

    const VECTOR_COUNT: usize = 40;

    #[test]
    fn the_nonce_of_the_bind_reply_is_answered() {
        // The transcript of msnp24.md 16.3.
        let skype = product("PROD0090YUAUV{2B").unwrap();
        assert_eq!(
            skype.respond("21297165061723964870").as_str(),
            "0a8c14f57b040607483d1e71c853cea8"
        );
    }

    #[test]
    fn a_full_group_gets_no_more_padding() {
        // 24 digits and 16 characters are five groups of 8: one more would change the answer.
        let product = product("PROD0090YUAUV{2B").unwrap();
        let full = respond("123456789012345678901234", product.id, product.key);
        let mut longer = alloc::string::String::from(product.id);
        longer.push_str("00000000");
        assert_ne!(
            full,
            respond("123456789012345678901234", &longer, product.key)
        );
        let short = respond("12345678901234567890123", product.id, product.key);
        let mut padded = alloc::string::String::from(product.id);
        padded.push('0');
        assert_eq!(
            short,
            respond("12345678901234567890123", &padded, product.key)
        );
    }

    #[test]
    fn the_form_follows_the_product() {
        let old = product("msmsgs@msnmsgr.com").unwrap();
        assert_eq!(
            old.respond("15570131571988941333").as_str(),
            "8f2f5a91b72102cd28355e9fc9000d6e"
        );
    }

    #[test]
    fn each_dialect_has_a_product_of_its_form() {
        for version in 0..=u8::MAX {
            let product = product_of(version);
            assert_eq!(product.since < 11, version < 11, "MSNP{version}");
            assert!(product.since <= version.max(6), "MSNP{version}");
        }
        assert_eq!(product_of(24).id, "PROD0090YUAUV{2B");
        assert_eq!(product_of(14).id, "PROD0112J1LW7%NB");
        assert_eq!(product_of(17).id, "PROD0119GSJUC$18");
        assert_eq!(product_of(18).id, "PROD0120PW!CCV9@");
    }

    #[test]
    fn ids_are_unique() {
        for (at, one) in PRODUCTS.iter().enumerate() {
            assert!(PRODUCTS[at + 1..].iter().all(|other| other.id != one.id));
        }
    }

    proptest! {
        #[test]
        fn any_challenge_is_answered(challenge: String, id: String, key: String) {
            let answer = respond(&challenge, &id, &key);
            prop_assert!(answer.as_bytes().iter().all(u8::is_ascii_hexdigit));
        }
    }
}
