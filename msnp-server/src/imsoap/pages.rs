//! What the service says of itself: its WSDL and its help page.

/// The service description, with this address for both ports.
///
/// A reconstruction in the shape that ASP.NET 2.0 gave it (soap.md 2.8), with the result of
/// `KeepSessionAlive` as a string.
pub(super) fn wsdl(address: &str) -> String {
    with_address(include_str!("BSIMService.wsdl"), address)
}

/// Where the description is, as ASP.NET told tools that look for services.
pub(super) fn disco(address: &str) -> String {
    let text = concat!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
        "<discovery xmlns=\"http://schemas.xmlsoap.org/disco/\">",
        "<contractRef ref=\"{address}?wsdl\" docRef=\"{address}\" ",
        "xmlns=\"http://schemas.xmlsoap.org/disco/scl/\" /></discovery>",
    );
    with_address(text, address)
}

/// What a person sees who opens the service in a browser.
pub(super) fn help(address: &str) -> String {
    with_address(include_str!("BSIMService.html"), address)
}

fn with_address(page: &str, address: &str) -> String {
    let safe = address
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    page.replace("{address}", &safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ports_have_the_address_and_it_cannot_break_out() {
        let wsdl = wsdl("http://h/\"><x>&");
        assert_eq!(
            wsdl.matches("location=\"http://h/&quot;&gt;&lt;x&gt;&amp;\"")
                .count(),
            2
        );
        assert!(!wsdl.contains("{address}") && !help("a").contains("{address}"));
    }
}
