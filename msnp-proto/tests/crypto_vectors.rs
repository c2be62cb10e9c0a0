//! Every row of crypto-vectors.tsv and of product-keys.tsv, computed.

use msnp_proto::MsnObject;
use msnp_proto::auth::challenge::{self, Product};
use msnp_proto::auth::mbi_key::{BinarySecret, Blob};
use msnp_proto::auth::{lock_key, md5_sign_in};

const VECTORS: &str = include_str!("../../docs/protocol/crypto-vectors.tsv");
const PRODUCTS: &str = include_str!("../../docs/protocol/product-keys.tsv");

/// The value behind `name=` in a row's input.
fn value<'a>(input: &'a str, name: &str) -> &'a str {
    input
        .split(' ')
        .find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
        .unwrap_or_else(|| panic!("{name} in {input:?}"))
}

fn product(id: &str) -> &'static Product {
    challenge::product(id).unwrap_or_else(|| panic!("{id} is in the table"))
}

fn blob(input: &str) -> (BinarySecret, String, Blob) {
    let secret = BinarySecret::from_base64(value(input, "secret")).expect("a secret");
    let nonce = value(input, "nonce").to_owned();
    let iv = match value(input, "iv") {
        "00*8" => [0; 8],
        digits => u64::from_str_radix(digits, 16)
            .expect("an initial vector")
            .to_be_bytes(),
    };
    let blob = Blob::new(&secret, &nonce, iv);
    (secret, nonce, blob)
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex
        .as_bytes()
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).expect("ASCII"));
    digits
        .map(|pair| u8::from_str_radix(pair, 16).expect("two digits"))
        .collect()
}

#[test]
fn every_vector_is_reproduced() {
    let mut counts = std::collections::BTreeMap::new();
    let mut steps = "";
    for row in VECTORS.lines().skip(1) {
        let fields: Vec<_> = row.split('\t').collect();
        let [group, name, input, output, ..] = fields[..] else {
            panic!("four fields in {row:?}");
        };
        *counts.entry(group).or_insert(0) += 1;
        match group {
            "md5-login" => {
                let (salt, password) = (value(input, "salt"), value(input, "password"));
                assert_eq!(
                    md5_sign_in::respond(salt, password).expose().as_str(),
                    output
                );
                assert!(md5_sign_in::verify(salt, password, output.as_bytes()));
            }
            "chl-md5" => {
                let words: Vec<_> = input.split(' ').collect();
                assert_eq!(product(words[1]).key, words[2]);
                assert_eq!(product(words[1]).respond(words[0]).as_str(), output);
            }
            "chl-msnp11" | "chl-msnp11-own" => {
                let product = product(name);
                let answer = challenge::respond(input, product.id, product.key);
                assert_eq!(answer.as_str(), output, "{name} {input}");
            }
            "sso-mbi" => {
                let (secret, nonce, blob) = blob(input);
                assert_eq!(blob.to_base64().expose(), output, "{name}");
                let read = Blob::from_base64(output).expect("the published blob");
                assert_eq!(read.verify(&secret, &nonce), Ok(()), "{name}");
            }
            "sso-mbi-steps" => {
                // Keys 1 to 3 are checked where they are derived; here what is seen from outside.
                let blob_bytes = blob(if name == "blob" { steps } else { input }).2.to_vec();
                match name {
                    "k1" => {
                        steps = input;
                        let secret = BinarySecret::from_base64(value(input, "secret"));
                        assert_eq!(secret, BinarySecret::from_bytes(bytes(output)));
                    }
                    "k2" | "k3" => {}
                    "mac" => assert_eq!(blob_bytes[36..56], bytes(output)),
                    "ct" => assert_eq!(blob_bytes[56..], bytes(output)),
                    "blob" => assert_eq!(blob(steps).2.to_base64().expose(), output),
                    other => panic!("a step called {other}"),
                }
            }
            "msnobj-sha1c" => {
                let mut text = String::from("<msnobj");
                for pair in input.split(' ').chain([format!("SHA1C={output}").as_str()]) {
                    let (name, value) = pair.split_once('=').expect("a pair");
                    text.extend([" ", name, "=\"", value, "\""]);
                }
                text.push_str("/>");
                let object: MsnObject = text.parse().expect("an object");
                assert_eq!(object.checksum(), output);
                assert_eq!(object.checksum_holds(), Some(true));
            }
            "oim-lockkey" => assert_eq!(lock_key(input, product(name)).as_str(), output, "{name}"),
            other => panic!("a group called {other}"),
        }
    }
    let expected = [
        ("chl-md5", 2),
        ("chl-msnp11", 16),
        ("chl-msnp11-own", 17),
        ("md5-login", 2),
        ("msnobj-sha1c", 1),
        ("oim-lockkey", 3),
        ("sso-mbi", 2),
        ("sso-mbi-steps", 6),
    ];
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn every_published_product_is_in_the_table() {
    let mut known = 0;
    for row in PRODUCTS.lines().skip(1) {
        let fields: Vec<_> = row.split('\t').collect();
        let (id, key, dialects) = (fields[0], fields[1], fields[2]);
        if key == "(unknown)" {
            assert!(challenge::product(id).is_none(), "{id} has a key now");
            continue;
        }
        known += 1;
        let since = dialects
            .split(['-', '+'])
            .next()
            .and_then(|digits| digits.parse().ok());
        assert_eq!(
            (product(id).key, Some(product(id).since)),
            (key, since),
            "{id}"
        );
    }
    assert_eq!(known, challenge::PRODUCTS.len());
}
