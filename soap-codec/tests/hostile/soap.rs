//! Group 8: what is XML, but not quite SOAP, and headers that do not fit. Chunked bodies, lengths
//! and `Expect` are the HTTP server's; it gives this crate whole bodies.

use soap_codec::bsim::{Operation, Refusal, Request, route};
use soap_codec::{Code, Version};

use super::*;

const ACTION: &str = "\"http://www.imcomponents.com/Login\"";
const SOAP_12: &str = "application/soap+xml; charset=utf-8";

fn receive(
    content_type: Option<&str>,
    action: Option<&str>,
    body: &str,
) -> Result<Request, Refusal> {
    let mut budget = Budget::new(Limits::REQUEST);
    Request::receive(
        content_type,
        action,
        body.as_bytes(),
        &mut budget,
        Leniency::default(),
    )
}

/// The operation's name, or the status and the fault's code and text.
fn outcome(
    content_type: &str,
    action: Option<&str>,
    body: &str,
) -> Result<&'static str, (u16, String)> {
    match receive(Some(content_type), action, body) {
        Ok(request) => Ok(request.operation.name().as_str()),
        Err(refusal) => {
            let fault = refusal.envelope().and_then(|it| it.fault());
            let said = fault.map(|it| format!("{}: {}", it.code, it.reason));
            Err((refusal.status(), said.unwrap_or_default()))
        }
    }
}

/// A fault with status 500 that says this.
fn fault(said: &str) -> Result<&'static str, (u16, String)> {
    Err((500, said.to_owned()))
}

fn login(version: Version) -> String {
    LOGIN.replace(
        "http://schemas.xmlsoap.org/soap/envelope/",
        version.namespace(),
    )
}

#[test]
fn no_body() {
    assert_eq!(envelope(soap("")), Err(EnvelopeError::NoBody));
    let said = "Client: Server was unable to read request. ---> Request format is invalid: \
                Missing required soap:Body element.";
    assert_eq!(outcome("text/xml", Some(ACTION), &soap("")), fault(said));
    assert_eq!(
        outcome("text/xml", Some(ACTION), &soap("<s:Header/><Body/>")),
        fault(said)
    );
}

#[test]
fn no_envelope() {
    assert_eq!(envelope("<html/>"), Err(EnvelopeError::NotAnEnvelope));
    let said = "Client: Server was unable to read request. ---> Request format is invalid: \
                Missing required soap:Envelope element.";
    assert_eq!(outcome("text/xml", Some(ACTION), "<html/>"), fault(said));
}

#[test]
fn an_unknown_envelope_namespace() {
    let said = "VersionMismatch: Possible SOAP version mismatch: Envelope namespace urn:x was \
                unexpected. Expecting http://schemas.xmlsoap.org/soap/envelope/.";
    let body = "<Envelope xmlns='urn:x'><Body/></Envelope>";
    assert_eq!(outcome("text/xml", Some(ACTION), body), fault(said));
}

#[test]
fn no_xml() {
    for body in [
        "",
        "GET / HTTP/1.1",
        "<!DOCTYPE a><a/>",
        "<s:Envelope>",
        "{}",
    ] {
        let refusal = receive(Some("text/xml"), Some(ACTION), body).expect_err("no XML");
        assert_eq!(
            (refusal.status(), refusal.envelope()),
            (400, None),
            "{body}"
        );
    }
}

#[test]
fn a_body_over_the_limits() {
    let body = soap(&format!("<s:Body>{}</s:Body>", " ".repeat(300_000)));
    assert_eq!(
        outcome("text/xml", Some(ACTION), &body),
        Err((413, String::new()))
    );
    let body = soap(&format!("<s:Body>{}</s:Body>", "<a>".repeat(100)));
    assert_eq!(
        outcome("text/xml", Some(ACTION), &body),
        Err((413, String::new()))
    );
}

#[test]
fn an_empty_body_gives_empty_parameters() {
    for body in [
        "<s:Body/>",
        "<s:Body></s:Body>",
        "<s:Body> text only </s:Body>",
    ] {
        let request =
            receive(Some("text/xml"), Some(ACTION), &soap(body)).expect("routed by its header");
        assert_eq!(
            request.operation,
            Operation::Login(soap_codec::bsim::Login::default())
        );
    }
    let said = "Client: Unable to handle request without a valid action parameter. \
                Please supply a valid soap action.";
    assert_eq!(outcome("text/xml", None, &soap("<s:Body/>")), fault(said));
}

#[test]
fn a_fault_beside_a_payload_counts() {
    let body = "<s:Body><LoginResponse xmlns='http://www.imcomponents.com'/><s:Fault>\
                <faultcode>s:Server</faultcode><faultstring>no</faultstring></s:Fault></s:Body>";
    let read = envelope(soap(body)).expect("an envelope");
    assert_eq!(read.payload(), None);
    let mut budget = Budget::default();
    let outcome = Reply::decode(
        OperationName::Login,
        &read,
        &mut budget,
        Leniency::default(),
    );
    assert!(matches!(outcome, Err(ReplyError::Fault(fault)) if fault.reason == "no"));
}

#[test]
fn a_fault_directly_under_the_envelope() {
    let body = "<s:Header/><s:Fault xmlns:wsse='urn:secext'><faultcode>wsse:FailedAuthentication</faultcode>\
                <faultstring>Authentication Failure</faultstring></s:Fault>";
    let read = envelope(soap(body)).expect("an envelope");
    assert!(read.is_bare());
    let fault = read.fault().expect("a fault");
    assert_eq!(fault.reason, "Authentication Failure");
    assert_eq!(fault.code.local(Version::Soap11), "FailedAuthentication");
    assert!(matches!(fault.code, Code::Other { namespace: Some(it), .. } if it == "urn:secext"));
    // As a request it has no body.
    assert!(matches!(
        outcome("text/xml", Some(ACTION), &soap(body)),
        Err((500, _))
    ));
}

#[test]
fn a_fault_without_code_or_anything() {
    let read = envelope(soap("<s:Body><s:Fault/></s:Body>")).expect("an envelope");
    let fault = read.fault().expect("a fault");
    assert_eq!(fault.code.local(Version::Soap11), "");
    assert_eq!((fault.reason.as_str(), fault.detail), ("", None));
}

#[test]
fn fault_members_in_any_order_and_unknown_ones() {
    let body = "<s:Body><s:Fault><detail><errorcode>Forbidden</errorcode></detail><x/>\
                <faultstring> no </faultstring><faultcode>\n s:Client </faultcode></s:Fault></s:Body>";
    let fault = envelope(soap(body))
        .expect("an envelope")
        .fault()
        .expect("a fault");
    assert_eq!(
        (fault.code.clone(), fault.reason.as_str()),
        (Code::Client, "no")
    );
    assert_eq!(
        fault
            .detail_entry("errorcode")
            .map(|it| it.text().into_owned())
            .as_deref(),
        Some("Forbidden")
    );
}

/// Faults come with status 200 too (soap.md 5.1), so the status is no argument of the reader.
#[test]
fn a_fault_with_status_200() {
    let body = "<s:Body><s:Fault><faultcode>s:Server</faultcode></s:Fault></s:Body>";
    let read = envelope(soap(body)).expect("an envelope");
    let outcome = Reply::decode(
        OperationName::LoginIM,
        &read,
        &mut Budget::default(),
        Leniency::default(),
    );
    assert!(matches!(outcome, Err(ReplyError::Fault(_))));
}

#[test]
fn another_response_than_the_one_asked_for() {
    let read = envelope(STATUS).expect("an envelope");
    let outcome = Reply::decode(
        OperationName::Login,
        &read,
        &mut Budget::default(),
        Leniency::default(),
    );
    assert_eq!(outcome, Err(ReplyError::Unexpected(OperationName::Login)));
}

#[test]
fn soap_action_of_every_form() {
    let body = login(Version::Soap11);
    let said = |value: &str| {
        let text = "Client: Server did not recognize the value of HTTP Header SOAPAction:";
        fault(&format!("{text} {value}."))
    };
    let outcome = |action| outcome("text/xml", action, &body);
    let action = "http://www.imcomponents.com/Login";
    assert_eq!(outcome(Some(ACTION)), Ok("Login"));
    assert_eq!(outcome(Some(action)), Ok("Login"));
    assert_eq!(
        outcome(Some("http%3A%2F%2Fwww.imcomponents.com/Log%69n")),
        Ok("Login")
    );
    assert_eq!(
        outcome(Some(" \"http://www.imcomponents.com/Login\" ")),
        Ok("Login")
    );
    // Missing, the body decides; empty, nothing does.
    assert_eq!(outcome(None), Ok("Login"));
    assert_eq!(outcome(Some("")), said(""));
    assert_eq!(outcome(Some("\"\"")), said(""));
    assert_eq!(
        outcome(Some("\"http://www.imcomponents.com/Login")),
        said("\"http://www.imcomponents.com/Login")
    );
    assert_eq!(outcome(Some("\"")), said("\""));
    assert_eq!(
        outcome(Some("http://www.imcomponents.com/login")),
        said("http://www.imcomponents.com/login")
    );
    assert_eq!(
        outcome(Some("http://www.imcomponents.com//Login")),
        said("http://www.imcomponents.com//Login")
    );
    assert_eq!(outcome(Some("Login")), said("Login"));
}

/// The header decides, and the parameters are read from whatever is in the body.
#[test]
fn soap_action_of_another_operation() {
    let action = Some("http://www.imcomponents.com/LoginIM");
    let request = receive(Some("text/xml"), action, LOGIN).expect("routed by its header");
    let Operation::LoginIM(read) = request.operation else {
        panic!("{:?}", request.operation);
    };
    assert_eq!(read.account, None);
    assert!(read.password.is_some());
}

#[test]
fn content_types() {
    let outcome = |content_type: Option<&str>, version| {
        let refusal = receive(content_type, None, &login(version)).map(|it| it.version);
        refusal.map_err(|it| it.status())
    };
    let (eleven, twelve) = (Version::Soap11, Version::Soap12);
    assert_eq!(outcome(Some("text/xml; charset=utf-8"), eleven), Ok(eleven));
    assert_eq!(
        outcome(Some("TEXT/XML;CHARSET=\"UTF-8\""), eleven),
        Ok(eleven)
    );
    assert_eq!(
        outcome(Some("text/xml; ;a=b; charset = utf-8;;"), eleven),
        Ok(eleven)
    );
    assert_eq!(outcome(Some(SOAP_12), twelve), Ok(twelve));
    assert_eq!(outcome(Some("text/xml"), twelve), Ok(twelve));
    assert_eq!(outcome(Some(SOAP_12), eleven), Err(415));
    for other in [
        "application/xml",
        "text/plain",
        "application/json",
        "multipart/related",
        "",
    ] {
        assert_eq!(outcome(Some(other), eleven), Err(415), "{other}");
    }
    assert_eq!(outcome(None, eleven), Err(415));
}

#[test]
fn soap_12_goes_by_action_or_body() {
    let body = login(Version::Soap12);
    let with = |action: &str| format!("{SOAP_12}; action=\"{action}\"");
    let keep = with("http://www.imcomponents.com/KeepSessionAlive");
    assert_eq!(outcome(&keep, None, &body), Ok("KeepSessionAlive"));
    // The header that zeep sends beside it says the same, and does not count.
    assert_eq!(outcome(&keep, Some(ACTION), &body), Ok("KeepSessionAlive"));
    assert_eq!(
        outcome(
            &with("http%3a//www.imcomponents.com/GetVersion"),
            None,
            &body
        ),
        Ok("GetVersion")
    );
    assert_eq!(outcome(SOAP_12, None, &body), Ok("Login"));
    assert_eq!(outcome(&with("urn:x"), None, &body), Ok("Login"));
    let unknown = body.replace("Login", "Logout");
    let said = "Client: Unable to handle request. The action 'urn:x' was not recognized.";
    assert_eq!(outcome(&with("urn:x"), None, &unknown), fault(said));
    let said = "Client: Unable to handle request without a valid action parameter. \
                Please supply a valid soap action.";
    assert_eq!(outcome(SOAP_12, None, &unknown), fault(said));
}

#[test]
fn the_answer_is_in_the_version_of_the_question() {
    let refusal = receive(
        Some(SOAP_12),
        None,
        &login(Version::Soap12).replace("Login", "x"),
    );
    let answer = refusal.expect_err("unknown").envelope().expect("a fault");
    assert_eq!(answer.version(), Version::Soap12);
    let written = answer.to_xml().expect("encodes");
    assert_eq!(
        written,
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope \
         xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"><soap:Body><soap:Fault><soap:Code>\
         <soap:Value>soap:Sender</soap:Value></soap:Code><soap:Reason><soap:Text xml:lang=\"en\">\
         Unable to handle request without a valid action parameter. Please supply a valid soap action.\
         </soap:Text></soap:Reason><soap:Detail /></soap:Fault></soap:Body></soap:Envelope>"
    );
    let refusal = receive(Some("text/xml"), Some("x"), LOGIN).expect_err("unknown");
    let written = refusal
        .envelope()
        .expect("a fault")
        .to_xml()
        .expect("encodes");
    assert!(written.ends_with(
        "<soap:Body><soap:Fault><faultcode>soap:Client</faultcode><faultstring>Server did not \
         recognize the value of HTTP Header SOAPAction: x.</faultstring><detail /></soap:Fault>\
         </soap:Body></soap:Envelope>"
    ));
}

#[test]
fn headers_that_must_be_understood() {
    let with = |header: &str| {
        let soap = "xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"";
        assert!(LOGIN.contains(soap));
        let header = format!("<soap:Header>{header}</soap:Header><soap:Body>");
        outcome(
            "text/xml",
            Some(ACTION),
            &LOGIN.replace("<soap:Body>", &header),
        )
    };
    let said = fault("MustUnderstand: SOAP header Security was not understood.");
    assert_eq!(
        with("<w:Security xmlns:w='urn:w' soap:mustUnderstand='1'/>"),
        said
    );
    assert_eq!(
        with("<Security soap:mustUnderstand='true' soap:actor=''/>"),
        said
    );
    let next = "http://schemas.xmlsoap.org/soap/actor/next";
    assert_eq!(
        with(&format!(
            "<Security soap:mustUnderstand='1' soap:actor='{next}'/>"
        )),
        said
    );
    assert_eq!(
        with("<Security soap:mustUnderstand='1' soap:actor='urn:other'/>"),
        Ok("Login")
    );
    assert_eq!(with("<Security soap:mustUnderstand='0'/>"), Ok("Login"));
    assert_eq!(with("<Security mustUnderstand='1'/>"), Ok("Login"));
    assert_eq!(with("<Security/>"), Ok("Login"));
}

#[test]
fn a_header_fault_has_no_detail_and_every_other_has() {
    let header = Element::new("urn:x", "Security");
    let fault = soap_codec::Fault::must_understand(&header);
    assert_eq!(fault.detail, None);
    assert_eq!(
        soap_codec::Fault::unable_to_process("x").detail,
        Some(Vec::new())
    );
}

#[test]
fn a_route_needs_no_body_at_all() {
    let read = envelope(soap("<s:Body/>")).expect("an envelope");
    assert_eq!(
        route(Some("text/xml"), Some(ACTION), &read),
        Ok(OperationName::Login)
    );
}

#[test]
fn html_in_place_of_an_answer() {
    assert!(matches!(
        envelope("<html><body>502</body></html>"),
        Err(EnvelopeError::NotAnEnvelope)
    ));
    assert!(matches!(
        envelope("<html><br></html>"),
        Err(EnvelopeError::Xml(_))
    ));
}
