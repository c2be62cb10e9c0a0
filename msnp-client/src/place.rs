//! `Place`, where a connection is made, and how one place leads to another.

use gateway_sm::{HostPolicy, Open, Server};
use http::Uri;
use http::uri::Authority;
use machine_contract::Remote;

use crate::fact::{Carrier, Route, To};

/// The port of a gateway that a server names by its host alone (gateway.md 11).
const GATEWAY_PATH: &str = "/gateway/gateway.dll";

/// Where a connection is made, and over what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A session at this gateway, opened with these words.
    Gateway { uri: Uri, open: Open },
    /// A stream.
    Stream(Remote),
}

impl Place {
    /// A session at this gateway, as the web client opens it.
    pub(crate) fn web(uri: Uri) -> Self {
        let open = Open::web();
        Self::Gateway { uri, open }
    }

    /// A session at this gateway to the notification server of this name, as clients of 2003 open it.
    pub(crate) fn server(uri: Uri, server: Server, host: &str) -> Self {
        let open = Open {
            server,
            ip: Some(host.to_owned()),
            ..Open::default()
        };
        Self::Gateway { uri, open }
    }

    /// Where a route leads whoever is at home here. `None`: nowhere that could be, or where the policy does not
    /// let the client go.
    pub(crate) fn follow(&self, route: &Route, hosts: &HostPolicy) -> Option<Self> {
        match (route.to(), self) {
            (To::Authority(authority), Self::Gateway { uri, open }) => Some(Self::Gateway {
                uri: at_authority(uri, authority)?,
                open: open.clone(),
            }),
            // As Microsoft named its hosts of MSNP24, by a stream and through the gateway alike (msnp24.md 6.10).
            (To::Authority(authority), Self::Stream(home)) => {
                let (host, port) = host_and_port(authority)?;
                stream(home, &host, port, hosts).map(Self::Stream)
            }
            (
                To::Server {
                    host,
                    server,
                    carrier,
                    ..
                },
                Self::Gateway { uri, .. },
            ) => Some(through_gateway(uri, host, *server, *carrier, hosts)),
            (
                To::Server {
                    host,
                    port,
                    carrier: Carrier::Direct | Carrier::OwnGateway,
                    ..
                },
                Self::Stream(home),
            ) => stream(home, host, *port, hosts).map(Self::Stream),
            (
                To::Server {
                    host,
                    server,
                    carrier: Carrier::Gateway,
                    ..
                },
                Self::Stream(home),
            ) => {
                let scheme = if home.is_tls() { "https" } else { "http" };
                let remote = stream(home, host, default_port(scheme), hosts)?;
                let uri = gateway_of(scheme, &remote.authority())?;
                Some(Self::server(uri, *server, host))
            }
        }
    }
}

/// The host itself has a gateway if it says so and may be gone to; else the server is reached through the
/// gateway at home, which is told its name (gateway.md 10, 11, 19.15).
fn through_gateway(
    home: &Uri,
    host: &str,
    server: Server,
    carrier: Carrier,
    hosts: &HostPolicy,
) -> Place {
    let scheme = home.scheme_str().unwrap_or("http");
    let own = match carrier {
        Carrier::Direct => None,
        // On whatever port: it is the gateway that one talks to already.
        _ if home.host() == Some(host) => None,
        Carrier::Gateway | Carrier::OwnGateway => gateway_of(scheme, host),
    };
    let own = own.filter(|uri| hosts.allows_uri(home, uri));
    Place::server(own.unwrap_or_else(|| home.clone()), server, host)
}

/// Servers of old clusters are named by address. Whoever names one could have asked for whatever is shown there
/// itself, so an address is taken where names of the same site are; not where the user wants to stay.
fn stream(home: &Remote, host: &str, port: u16, hosts: &HostPolicy) -> Option<Remote> {
    let remote = if home.is_tls() {
        Remote::tls(host, port)
    } else {
        Remote::tcp(host, port)
    };
    let remote = remote.ok()?;
    let is_address = remote.host().parse::<std::net::IpAddr>().is_ok();
    let parsed = |host: &Remote| host.authority().parse::<gateway_sm::Host>().ok();
    let is_allowed = matches!(
        (parsed(home), parsed(&remote)),
        (Some(from), Some(to)) if hosts.allows(&from, &to)
    );
    let is_allowed = is_allowed || (is_address && *hosts == HostPolicy::SameSite);
    is_allowed.then_some(remote)
}

/// The two parts of `host:port`, which stands there whole (msnp24.md 6.10).
fn host_and_port(authority: &str) -> Option<(String, u16)> {
    let authority: Authority = authority.trim().parse().ok()?;
    // What stands before an `@` is no part of a host.
    let is_bare = !authority.as_str().contains('@');
    let port = authority.port_u16().filter(|_| is_bare)?;
    Some((authority.host().to_owned(), port))
}

fn default_port(scheme: &str) -> u16 {
    if scheme == "https" { 443 } else { 80 }
}

fn gateway_of(scheme: &str, authority: &str) -> Option<Uri> {
    format!("{scheme}://{authority}{GATEWAY_PATH}").parse().ok()
}

/// The same address at another host and perhaps port.
fn at_authority(like: &Uri, authority: &str) -> Option<Uri> {
    let scheme = like.scheme_str().unwrap_or("https");
    let (authority, path) = (authority.trim(), like.path());
    format!("{scheme}://{authority}{path}").parse().ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn to(host: &str, server: Server, carrier: Carrier) -> Route {
        let to = To::Server {
            host: host.to_owned(),
            port: 1863,
            server,
            carrier,
        };
        Route::new(to, None, Duration::ZERO)
    }

    fn gateway(uri: &str) -> Place {
        Place::server(uri.parse().expect("an address"), Server::Notification, "ns")
    }

    #[track_caller]
    fn check(home: &Place, route: &Route, hosts: &HostPolicy, expected: Option<&str>) {
        let shown = home.follow(route, hosts).map(|place| match place {
            Place::Stream(remote) => remote.to_string(),
            Place::Gateway { uri, open } => {
                let (server, ip) = (open.server.as_str(), open.ip.unwrap_or_default());
                format!("{uri} {server} {ip}")
            }
        });
        assert_eq!(shown.as_deref(), expected);
    }

    #[test]
    fn a_stream_leads_to_streams() {
        let home = Place::Stream(Remote::tcp("messenger.example.org", 1863).expect("a server"));
        let hosts = HostPolicy::SameSite;
        let direct = |host| to(host, Server::Switchboard, Carrier::OwnGateway);
        check(
            &home,
            &direct("207.46.108.13"),
            &hosts,
            Some("207.46.108.13:1863"),
        );
        check(
            &home,
            &direct("sb1.example.org"),
            &hosts,
            Some("sb1.example.org:1863"),
        );
        check(&home, &direct("sb1.elsewhere.com"), &hosts, None);
        check(&home, &direct("207.46.108.13"), &HostPolicy::Stay, None);
        check(&home, &direct("a b"), &hosts, None);
        let gateway = to("207.46.108.13", Server::Notification, Carrier::Gateway);
        let expected = "http://207.46.108.13:80/gateway/gateway.dll NS 207.46.108.13";
        check(&home, &gateway, &hosts, Some(expected));
    }

    #[test]
    fn a_gateway_is_told_the_name_unless_the_server_has_one_of_its_own() {
        let home = gateway("http://gw.example.org:8081/gateway/gateway.dll");
        let sb = |host, carrier| to(host, Server::Switchboard, carrier);
        let hosts = HostPolicy::SameSite;
        let through = "http://gw.example.org:8081/gateway/gateway.dll SB 207.46.108.13";
        check(
            &home,
            &sb("207.46.108.13", Carrier::Direct),
            &hosts,
            Some(through),
        );
        // It may not be gone to, so the gateway at home has to do.
        check(
            &home,
            &sb("207.46.108.13", Carrier::OwnGateway),
            &hosts,
            Some(through),
        );
        let own = "http://sb.example.org/gateway/gateway.dll SB sb.example.org";
        check(
            &home,
            &sb("sb.example.org", Carrier::OwnGateway),
            &hosts,
            Some(own),
        );
        // The revival server says so of itself, whose gateway has another port than 80.
        let same = "http://gw.example.org:8081/gateway/gateway.dll SB gw.example.org";
        check(
            &home,
            &sb("gw.example.org", Carrier::OwnGateway),
            &hosts,
            Some(same),
        );
    }

    #[test]
    fn an_authority_is_another_stream_of_the_same_kind() {
        let home = Place::Stream(Remote::tls("s.gw.example.org", 443).expect("a server"));
        let hosts = HostPolicy::SameSite;
        let named = |authority: &str| {
            let to = To::Authority(authority.to_owned());
            Route::new(to, None, Duration::ZERO)
        };
        let there = " BAY1.gw.example.org:443 ";
        let expected = Remote::tls("BAY1.gw.example.org", 443).expect("a server");
        let expected = Some(expected.to_string());
        check(&home, &named(there), &hosts, expected.as_deref());
        check(&home, &named(there), &HostPolicy::Stay, None);
        for odd in [
            "bay1.elsewhere.com:443",
            "bay1.gw.example.org",
            "a@bay1.gw.example.org:443",
            "a b:443",
            "",
        ] {
            check(&home, &named(odd), &hosts, None);
        }
    }

    #[test]
    fn an_authority_keeps_scheme_and_path() {
        let home = Place::web("https://gw.example/x".parse().expect("an address"));
        let route = Route::new(
            To::Authority(" b.example:81 ".to_owned()),
            None,
            Duration::ZERO,
        );
        check(
            &home,
            &route,
            &HostPolicy::Stay,
            Some("https://b.example:81/x NS none"),
        );
    }
}
