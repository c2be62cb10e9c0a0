//! What clients sign in with by MD5.

use machine_contract::{Secret, UnixTime};
use msnp_proto::auth::md5_sign_in;
use msnp_server::faces::AccessClaim;
use msnp_server::identity::{Address, EmailAddress, Who};
use msnp_service::accounts::{ACCESS_TOKENS, NewAccessToken, TokenRefused};
use msnp_service::database::back_up;

use crate::store::{File, PATIENCE, Pair, people};

const MADE: UnixTime = UnixTime::from_millis(7);

fn token(label: &str, random: u8) -> NewAccessToken {
    NewAccessToken::new(label, MADE, [random; 10])
}

fn give(pair: &mut Pair, to: &Who, new: &NewAccessToken) -> Result<u64, TokenRefused> {
    let address = Address::Email(to.email().clone());
    let mut directory = pair.writer.directory();
    directory.add_access_token(&address, new).unwrap()
}

/// Whose a claim is that is made with this token.
fn claimant(pair: &Pair, of: &Who, with: &NewAccessToken) -> Option<Who> {
    let answer = md5_sign_in::respond("salt", with.token().expose());
    let claim = AccessClaim {
        address: of.email().clone(),
        salt: "salt".to_owned(),
        answer: Secret::new(answer.expose().as_str().to_owned()),
    };
    pair.reader.accounts().claimant(&claim).unwrap()
}

#[test]
fn each_token_signs_in_to_its_own_account_until_it_is_taken_back() {
    let mut pair = Pair::new();
    let [alice, bob, _] = people(&mut pair);
    let [first, second, his] = [token("a", 1), token("b", 2), token("", 3)];
    let number = give(&mut pair, &alice, &first).unwrap();
    give(&mut pair, &alice, &second).unwrap();
    let other = give(&mut pair, &bob, &his).unwrap();
    for token in [&first, &second] {
        assert_eq!(claimant(&pair, &alice, token), Some(alice.clone()));
        assert_eq!(claimant(&pair, &bob, token), None);
    }
    let mut directory = pair.writer.directory();
    let mut removed = |who: &Who, number| directory.remove_access_token(who.person(), number);
    assert!(!removed(&alice, other).unwrap(), "that is Bob's");
    assert!(removed(&alice, number).unwrap());
    assert!(!removed(&alice, number).unwrap());
    assert_eq!(claimant(&pair, &alice, &first), None);
    assert_eq!(claimant(&pair, &alice, &second), Some(alice.clone()));
    assert_eq!(claimant(&pair, &bob, &his), Some(bob));
    let again = give(&mut pair, &alice, &first).unwrap();
    assert!(again > other, "a number is never given twice");
}

#[test]
fn nobody_signs_in_with_the_token_of_a_disabled_account() {
    let mut pair = Pair::new();
    let [alice, ..] = people(&mut pair);
    let token = token("", 1);
    give(&mut pair, &alice, &token).unwrap();
    let person = alice.person();
    assert!(pair.writer.directory().set_disabled(person, true).unwrap());
    assert_eq!(claimant(&pair, &alice, &token), None);
    assert!(pair.writer.directory().set_disabled(person, false).unwrap());
    assert_eq!(claimant(&pair, &alice, &token), Some(alice));
}

#[test]
fn an_account_has_so_many_tokens_and_no_more() {
    let mut pair = Pair::new();
    let [alice, bob, _] = people(&mut pair);
    for number in 0..ACCESS_TOKENS {
        let number = u8::try_from(number).unwrap();
        give(&mut pair, &alice, &token("", number)).unwrap();
    }
    let refused = give(&mut pair, &alice, &token("", 99));
    assert_eq!(refused, Err(TokenRefused::TooMany));
    give(&mut pair, &bob, &token("", 99)).unwrap();
    let nobody = Address::Email(EmailAddress::parse("nobody@example.org").unwrap());
    let refused = pair
        .writer
        .directory()
        .add_access_token(&nobody, &token("", 1));
    assert_eq!(refused.unwrap(), Err(TokenRefused::Nobody));
}

#[test]
fn a_copy_has_the_access_tokens() {
    let mut pair = Pair::new();
    let [alice, ..] = people(&mut pair);
    let token = token("of an old client", 1);
    let number = give(&mut pair, &alice, &token).unwrap();
    let copy = File::new();
    back_up(pair.file.path(), copy.path(), PATIENCE).unwrap();
    let copy = Pair::over(copy);
    let tokens = copy.reader.accounts().access_tokens(alice.person());
    assert_eq!(tokens.unwrap(), [token.numbered(number)]);
    assert_eq!(claimant(&copy, &alice, &token), Some(alice));
}
