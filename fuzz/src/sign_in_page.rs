//! Properties of the sign-in page: what it reads of an address, a form and the heads of a request, and where it sends people.

use std::collections::BTreeMap;

use bytes::Bytes;
use gateway_sm::{ExchangeId, Origins};
use http::{HeaderValue, Request, Response, StatusCode, Uri, header};
use machine_contract::{Instant, UnixTime};
use msnp_server::identity::{EmailAddress, HomeId, PersonId, SkypeId, Who};
use msnp_server::{Caller, Config, Effect, Entropy, Now, Server, Verdict};
use serde_json::Value;

/// What the service is called, and the one origin whose pages may use its cookies.
const OWN: &str = "im.example.org";
const LISTED: &str = "https://web.example";

/// Where whoever is sent to no page of those goes on (gateway.md 16.2).
const DESKTOPS: [&str; 2] = [
    "/oauth20_desktop.srf",
    "https://login.live.com/oauth20_desktop.srf",
];

/// What a form says to have the refresh token that the sign-in gave.
const REFRESH: &str = "REFRESH";

const NOW: Now = Now {
    monotonic: Instant::ORIGIN,
    wall: UnixTime::from_millis(1_431_882_693_260),
};

/// The first line is the query of the page, the second the `Origin` of who asks (a blank one: no page does), the third the
/// address that is typed; the rest are the other fields of the form, and those by which a token is asked for.
pub fn page(data: &[u8]) {
    let mut lines = data.splitn(4, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let (query, origin, login, rest) = (line(), line(), line(), line());
    let query = std::str::from_utf8(query).unwrap_or_default();
    let Ok(address) = format!("/oauth20_authorize.srf?{query}").parse::<Uri>() else {
        return;
    };
    // What stands behind a `#` is no part of a request's target, and is left out by whoever reads it.
    let query = address.query().unwrap_or_default();
    let mut visit = Visit::new(origin);
    let Some(shown) = visit.get(&format!("/oauth20_authorize.srf?{query}")) else {
        return;
    };
    let blank = visit.get("/oauth20_authorize.srf").expect("an address");
    is_the_form(&shown, &blank);
    let token = cookie(&shown, "MSPOK").expect("the form's cookie");
    let typed: String = form_urlencoded::byte_serialize(login).collect();
    let mut form = format!("PPFT={token}&passwd=secret&login={typed}&").into_bytes();
    form.extend_from_slice(rest);
    let cookies = format!("MSPOK={token}");
    let post = format!("/ppsecure/post.srf?{query}");
    let Some(answer) = visit.post(&post, &cookies, form) else {
        return;
    };
    let refresh = if answer.status() == StatusCode::FOUND {
        assert!(visit.has_checked, "nobody is let in unchecked");
        signed_in(&answer, query)
    } else {
        if answer.status() == StatusCode::OK {
            is_the_form(&answer, &blank);
        }
        assert_eq!(cookie(&answer, "MSPAuth"), None);
        None
    };
    visit.uses_cookies(&answer, rest);
    visit.asks_for_more(refresh.as_deref(), rest);
}

/// One visitor, who comes from the same page each time.
struct Visit {
    server: Server,
    origin: Option<HeaderValue>,
    /// Whether the origin is one whose pages may use the cookies.
    is_trusted: bool,
    exchanges: u64,
    /// Whether a password was checked; each is right.
    has_checked: bool,
}

impl Visit {
    fn new(origin: &[u8]) -> Self {
        let mut config = Config::new(OWN);
        config.advertised_host = Some(OWN.to_owned());
        config.origins = Origins::Listed(vec![LISTED.to_owned()]);
        let given = HeaderValue::from_bytes(origin).ok();
        let origin = given.filter(|origin| !origin.is_empty());
        Self {
            server: Server::new(&config, 0, [7; 32], NOW).expect("a configuration"),
            is_trusted: origin.as_ref().is_none_or(is_trusted),
            origin,
            exchanges: 0,
            has_checked: false,
        }
    }

    /// `None`: that is no address, and would not have come so far.
    fn get(&mut self, target: &str) -> Option<Response<Bytes>> {
        let request = Request::get(target).body(Bytes::new()).ok()?;
        Some(self.ask(request))
    }

    fn post(&mut self, target: &str, cookies: &str, form: Vec<u8>) -> Option<Response<Bytes>> {
        let request = Request::post(target).header(header::COOKIE, cookies);
        Some(self.ask(request.body(form.into()).ok()?))
    }

    fn ask(&mut self, mut request: Request<Bytes>) -> Response<Bytes> {
        if let Some(origin) = &self.origin {
            request.headers_mut().insert(header::ORIGIN, origin.clone());
        }
        self.exchanges += 1;
        let exchange = ExchangeId::new(self.exchanges);
        let seed = u8::try_from(self.exchanges).expect("a few");
        let entropy = Entropy::new([seed; Entropy::BYTES]);
        let caller = Caller::nowhere();
        self.server
            .handle_request(exchange, request, caller, &entropy, NOW);
        while let Some(effect) = self.server.poll_effect() {
            if let Effect::CheckPassword(check) = effect {
                assert!(self.is_trusted, "a stranger's page has a password checked");
                self.has_checked = true;
                let verdict = Verdict::Right(alice());
                self.server.handle_password_checked(check.id, verdict, NOW);
            }
        }
        let (answered, reply) = self.server.poll_reply().expect("an answer");
        assert_eq!(answered, exchange);
        assert!(reply.status().as_u16() < 500, "{}", reply.status());
        reply
    }

    /// The cookies of a sign-in speak for nobody where a stranger's page asks.
    fn uses_cookies(&mut self, answer: &Response<Bytes>, body: &[u8]) {
        let path = "/v1/user/Initialization";
        let Some(cookies) = cookie(answer, "MSPAuth") else {
            let given = self.post(path, "MSPAuth=a; WLSSC=b", body.to_vec());
            assert_ne!(given.expect("an address").status(), StatusCode::OK);
            return;
        };
        let cookies = format!("MSPAuth={cookies}");
        let sound = br#"{"trouterurl":"a","connectionid":"b"}"#.to_vec();
        for body in [sound, body.to_vec()] {
            let given = self.post(path, &cookies, body).expect("an address");
            let may = self.is_trusted || given.status() != StatusCode::OK;
            assert!(may, "a stranger's page is given a uic");
        }
    }

    /// A refresh token, and nothing else, gives a further token, which is none itself.
    fn asks_for_more(&mut self, refresh: Option<&str>, form: &[u8]) {
        let path = "/oauth20_token.srf";
        let Ok(form) = std::str::from_utf8(form) else {
            return;
        };
        let has_it = refresh.is_some() && form.contains(REFRESH);
        let form = form.replace(REFRESH, refresh.unwrap_or_default());
        let given = self.post(path, "", form.into_bytes()).expect("an address");
        let read: Value = serde_json::from_slice(given.body()).expect("JSON");
        if given.status() != StatusCode::OK {
            assert!(read["error"].is_string(), "{read}");
            return;
        }
        assert!(has_it, "a token for nothing");
        let more = read["access_token"].as_str().expect("a token");
        let again: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "refresh_token")
            .append_pair("refresh_token", more)
            .finish();
        let again = self.post(path, "", again.into_bytes());
        assert_ne!(again.expect("an address").status(), StatusCode::OK);
    }
}

/// Whether that is the listed origin, or the service's own by either scheme.
fn is_trusted(origin: &HeaderValue) -> bool {
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    let own = origin.split_once("://").and_then(|(scheme, host)| {
        let port = match scheme {
            "http" => ":80",
            "https" => ":443",
            _ => return None,
        };
        Some(host.strip_suffix(port).unwrap_or(host))
    });
    origin == LISTED || own.is_some_and(|host| host.eq_ignore_ascii_case(OWN))
}

fn alice() -> Who {
    let skype_id = SkypeId::parse("alice").expect("a name");
    let email = EmailAddress::parse("alice@example.org").expect("an address");
    Who::new(PersonId::new(1), HomeId::default(), skype_id, email)
}

fn cookie(reply: &Response<Bytes>, name: &str) -> Option<String> {
    let all = reply.headers().get_all(header::SET_COOKIE);
    let mut texts = all.iter().map(|one| one.to_str().expect("a cookie"));
    texts.find_map(|one| {
        assert!(one.contains("; HttpOnly; SameSite=Lax"), "{one}");
        let value = one.strip_prefix(name)?.strip_prefix('=')?;
        Some(value.split(';').next().unwrap_or_default().to_owned())
    })
}

/// It is the form, in which nothing that came with the request is markup: there are as many brackets and quotes as in a blank
/// one, but for a complaint's.
fn is_the_form(page: &Response<Bytes>, blank: &Response<Bytes>) {
    let count = |page: &Response<Bytes>, what: char| {
        let text = std::str::from_utf8(page.body()).expect("UTF-8");
        text.matches(what).count()
    };
    assert_eq!(count(page, '"'), count(blank, '"'), "{page:?}");
    for (what, of_a_complaint) in [('<', 2), ('>', 2), ('\'', 2)] {
        let more = count(page, what) - count(blank, what);
        assert!(more == 0 || more == of_a_complaint, "{page:?}");
    }
}

/// Whoever has signed in is sent to the service's own page, or to one of the listed origin, and with tokens only if they were asked
/// for. Gives the refresh token.
fn signed_in(answer: &Response<Bytes>, query: &str) -> Option<String> {
    for name in ["MSPAuth", "MSPProf", "WLSSC"] {
        assert!(cookie(answer, name).is_some(), "{name}");
    }
    let location = answer.headers().get(header::LOCATION);
    let location = location.expect("a place").to_str().expect("an address");
    let (place, fragment) = match location.split_once('#') {
        Some((place, fragment)) => (place, Some(fragment)),
        None => (location, None),
    };
    let listed = place.strip_prefix(LISTED);
    let is_listed = listed.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    assert!(is_listed || DESKTOPS.contains(&place), "{location}");
    let asked: BTreeMap<_, _> = form_urlencoded::parse(query.as_bytes()).collect();
    let kinds = asked.get("response_type");
    let is_asked = kinds.is_some_and(|kinds| kinds.split(' ').any(|kind| kind == "token"));
    assert_eq!(fragment.is_some(), is_asked, "{location}");
    let given: Vec<_> = form_urlencoded::parse(fragment?.as_bytes()).collect();
    for name in ["scope", "state"] {
        let said = given.iter().filter(|(given, _)| given == name);
        let said: Vec<_> = said.map(|(_, value)| value).collect();
        let asked: Vec<_> = asked.get(name).into_iter().collect();
        assert_eq!(said, asked, "{name} comes back as it was");
    }
    let refresh = given.iter().find(|(name, _)| name == "refresh_token");
    Some(refresh.expect("a refresh token").1.clone().into_owned())
}
