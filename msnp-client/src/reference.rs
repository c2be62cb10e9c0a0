//! Addresses as they stand in a page or a `Location`: relative to where they were found.

use http::Uri;

/// `reference`, as it stands in a page or a `Location`, seen from `base`.
pub(crate) fn resolve(base: &Uri, reference: &str) -> Option<Uri> {
    let reference = reference.split('#').next().unwrap_or_default().trim();
    let scheme = base.scheme_str()?;
    let authority = base.authority()?.as_str();
    let text = if has_scheme(reference) {
        reference.to_owned()
    } else if reference.starts_with("//") {
        format!("{scheme}:{reference}")
    } else if reference.starts_with('/') {
        format!("{scheme}://{authority}{reference}")
    } else if reference.is_empty() {
        return Some(base.clone());
    } else if reference.starts_with('?') {
        format!("{scheme}://{authority}{}{reference}", base.path())
    } else {
        let directory = base.path().rfind('/').map_or("/", |at| &base.path()[..=at]);
        format!("{scheme}://{authority}{directory}{reference}")
    };
    let uri: Uri = text.parse().ok()?;
    let web = matches!(uri.scheme_str(), Some("http" | "https"));
    let plain = uri.authority().is_some_and(|a| !a.as_str().contains('@'));
    (web && plain).then_some(uri)
}

fn has_scheme(reference: &str) -> bool {
    reference.split_once(':').is_some_and(|(scheme, _)| {
        !scheme.is_empty()
            && scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn resolves(reference: &str, to: Option<&str>) {
        let base = Uri::from_static("https://login.live.com/a/page.srf?x=1");
        assert_eq!(
            resolve(&base, reference).map(|u| u.to_string()).as_deref(),
            to
        );
    }

    #[test]
    fn references_are_seen_from_the_page() {
        resolves("https://b.example/c", Some("https://b.example/c"));
        resolves("//b.example/c", Some("https://b.example/c"));
        resolves("/c?d", Some("https://login.live.com/c?d"));
        resolves("c", Some("https://login.live.com/a/c"));
        resolves("?y=2", Some("https://login.live.com/a/page.srf?y=2"));
        resolves("/done#access_token=t", Some("https://login.live.com/done"));
        resolves("javascript:alert(1)", None);
        resolves("https://u:p@b.example/", None);
        resolves("http://[", None);
    }
}
