//! The ways in: with what an account is proved, and where, from JSON.

use msnp_client::sign_in::Cookies;
use msnp_client::{Access, InvalidNetwork, Network, PlainHttp, Service, Uic};

use crate::fields::Fields;
use crate::wrong::{What, Wrong};

/// What says where, and with what.
pub(crate) const FIELDS: [&str; 12] = [
    "service",
    "plain_http",
    "gateway",
    "sign_in_page",
    "trouter",
    "initialization",
    "network",
    "login",
    "password",
    "cookies",
    "host_cookies",
    "uic",
];

/// What says where a service of MSNP24 is.
const SERVICE: [&str; 6] = [
    "service",
    "plain_http",
    "gateway",
    "sign_in_page",
    "trouter",
    "initialization",
];

/// What says where a network of the older dialects is.
pub(crate) const NETWORK: [&str; 11] = [
    "tcp",
    "tls",
    "gateway",
    "server",
    "web",
    "login_url",
    "nexus",
    "token_service",
    "lists",
    "offline_messages",
    "plain_http",
];

/// The way in that these fields describe: exactly one.
pub(crate) fn access(fields: &Fields<'_>) -> Result<Access, Wrong> {
    // What belongs to another way would be passed over in silence.
    let not_beside = |beside: &str, names: &[&str]| {
        let strange = names.iter().find(|name| fields.has(name));
        let why = || format!("cannot be beside `{beside}`");
        strange.map_or(Ok(()), |name| Err(fields.wrong(name, What::Unfit(why()))))
    };
    if let Some(inside) = fields.maybe_object("network", &NETWORK)? {
        not_beside("network", &SERVICE)?;
        not_beside("network", &["cookies", "host_cookies", "uic"])?;
        let (login, password) = (fields.text("login")?, fields.text("password")?);
        return Ok(Access::passport(network(&inside)?, login, password));
    }
    let service = service(fields)?;
    let access = if let Some(inside) = fields.maybe_object("cookies", &["header", "domain"])? {
        not_beside("cookies", &["login", "password", "host_cookies"])?;
        let cookies = Cookies::for_domain(inside.text("header")?, inside.text("domain")?);
        Access::cookies(service, fields.fits("cookies", cookies)?)
    } else if fields.maybe_flag("host_cookies")? == Some(true) {
        not_beside("host_cookies", &["login", "password"])?;
        Access::host_cookies(service)
    } else {
        Access::web(service, fields.text("login")?, fields.text("password")?)
    };
    Ok(match fields.maybe("uic", read_uic)? {
        Some(uic) => access.uic(uic),
        None => access,
    })
}

fn read_uic(text: &str) -> Result<Uic, &'static str> {
    match text {
        "wanted" => Ok(Uic::Wanted),
        "required" => Ok(Uic::Required),
        "skip" => Ok(Uic::Skip),
        _ => Err("is neither `wanted` nor `required` nor `skip`"),
    }
}

fn service(fields: &Fields<'_>) -> Result<Service, Wrong> {
    let plain = plain_http(fields)?;
    let mut service = fields.read("service", |base| Service::at_plain(base, plain))?;
    if let Some(uri) = fields.maybe_text("gateway")? {
        service = fields.fits("gateway", service.gateway(uri))?;
    }
    if let Some(uri) = fields.maybe_text("sign_in_page")? {
        service = fields.fits("sign_in_page", service.sign_in_page(uri))?;
    }
    if let Some(uri) = fields.maybe_text("trouter")? {
        service = fields.fits("trouter", service.trouter(uri))?;
    }
    if let Some(uri) = fields.maybe_text("initialization")? {
        service = fields.fits("initialization", service.initialization(uri))?;
    }
    Ok(service)
}

/// Who may have the password over plain http.
fn plain_http(fields: &Fields<'_>) -> Result<PlainHttp, Wrong> {
    let hosts = fields.maybe_list("plain_http", |host| PlainHttp::to([host]).map(|_| host))?;
    fields.fits("plain_http", PlainHttp::to(hosts.into_iter().flatten()))
}

/// Exactly one entrance, and the web services.
fn network(fields: &Fields<'_>) -> Result<Network, Wrong> {
    let entrances = ["tcp", "tls", "gateway"];
    let mut named = entrances.into_iter().filter(|name| fields.has(name));
    let entrance = named.next().ok_or_else(|| {
        let why = "names neither `tcp` nor `tls` nor `gateway`".to_owned();
        fields.whole(What::Unfit(why))
    })?;
    if let Some(second) = named.next() {
        let why = format!("cannot be beside `{entrance}`");
        return Err(fields.wrong(second, What::Unfit(why)));
    }
    let (at, web) = (fields.text(entrance)?, fields.text("web")?);
    let server = fields.maybe_text("server")?;
    let made = match (entrance, server) {
        ("tcp", None) => Network::tcp(at, web),
        ("tls", None) => Network::tls(at, web),
        (_, None) => Network::gateway(at, web),
        ("gateway", Some(server)) => Network::gateway_to(at, server, web),
        (_, Some(_)) => {
            let why = format!("cannot be beside `{entrance}`");
            return Err(fields.wrong("server", What::Unfit(why)));
        }
    };
    // Of the two addresses the error does not say which it means.
    let is_web = Network::tcp("localhost", web).is_err();
    let is_server = server.is_some() && matches!(made, Err(InvalidNetwork::Server));
    let whose = match (is_web, is_server) {
        (true, _) => "web",
        (false, true) => "server",
        (false, false) => entrance,
    };
    let mut network = fields.fits(whose, made)?;
    if let Some(uri) = fields.maybe_text("login_url")? {
        network = fields.fits("login_url", network.login_url(uri))?;
    }
    if let Some(uri) = fields.maybe_text("nexus")? {
        network = fields.fits("nexus", network.nexus(uri))?;
    }
    if let Some(uri) = fields.maybe_text("token_service")? {
        network = fields.fits("token_service", network.token_service(uri))?;
    }
    if let Some(inside) = fields.maybe_object("lists", &["membership", "address_book"])? {
        let (lists, book) = (inside.text("membership")?, inside.text("address_book")?);
        network = fields.fits("lists", network.lists(lists, book))?;
    }
    if let Some(inside) = fields.maybe_object("offline_messages", &["fetch", "store"])? {
        let (fetch, store) = (inside.text("fetch")?, inside.text("store")?);
        network = fields.fits("offline_messages", network.offline_messages(fetch, store))?;
    }
    Ok(network.plain_http(plain_http(fields)?))
}
