//! Properties of what proxies say of their clients.

use http::{HeaderMap, HeaderValue};
use proxied::{ForwardedBy, Progress, ProxyHeader, Trusted};

/// Read by what it says that it needs, a header ends where it ends: not a byte behind it is taken, and what comes there
/// changes nothing. Written again, it reads the same.
pub fn proxy_header(data: &[u8]) {
    let mut taken = 0;
    let header = loop {
        match ProxyHeader::read(&data[..taken]) {
            Ok(Progress::Whole(header)) => break header,
            Ok(Progress::Needs(more)) => {
                assert!(more > 0);
                taken += more;
                if taken > data.len() {
                    return;
                }
            }
            Err(error) => {
                let _ = error.to_string();
                return;
            }
        }
    };
    for cut in 0..taken {
        let whole = matches!(ProxyHeader::read(&data[..cut]), Ok(Progress::Whole(_)));
        assert!(!whole, "it is whole before its end");
    }
    for again in [header.to_line().into_bytes(), header.to_bytes()] {
        assert_eq!(ProxyHeader::read(&again), Ok(Progress::Whole(header)));
    }
}

/// Each line is a header's. Who the client is, is what the last proxy wrote, whatever stands before it.
pub fn forwarded(data: &[u8]) {
    let trusted = Trusted::new(["10.0.0.0/8".parse().expect("a network")]);
    let proxy = "10.1.1.1".parse().expect("an address");
    let client = "198.51.100.7".parse().expect("an address");
    let lines: Vec<HeaderValue> = data
        .split(|byte| *byte == b'\n')
        .filter_map(|line| HeaderValue::from_bytes(line).ok())
        .collect();
    for (name, by, own) in [
        (
            "x-forwarded-for",
            ForwardedBy::XForwardedFor,
            "198.51.100.7",
        ),
        ("forwarded", ForwardedBy::Forwarded, "for=198.51.100.7"),
    ] {
        let mut headers = HeaderMap::new();
        for line in &lines {
            headers.append(name, line.clone());
        }
        if let Some(found) = trusted.client(proxy, &headers, by) {
            assert!(!trusted.contains(found));
        }
        assert_eq!(trusted.client(client, &headers, by), Some(client));
        let mut line = lines
            .last()
            .map_or_else(Vec::new, |line| line.as_bytes().to_vec());
        line.extend_from_slice(b", ");
        line.extend_from_slice(own.as_bytes());
        headers.append(
            name,
            HeaderValue::from_bytes(&line).expect("of two that are"),
        );
        assert_eq!(trusted.client(proxy, &headers, by), Some(client));
    }
}
