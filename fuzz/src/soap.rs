//! Properties of the SOAP codec: what was read is written as something that reads the same, and the
//! service's end takes any request.

use soap_codec::bsim::{Leniency, OperationName, Reply, Request, ResultEncoding, SessionEvents};
use soap_codec::{
    Budget, Code, Element, Envelope, FaultReason, Limits, Received, Unreceived, Version, fields,
};

/// The bytes are a document. A tree that was read is written, read and written again as the same;
/// an error points into the bytes; an envelope and its fault too come back as they were.
pub fn envelope(data: &[u8]) {
    let element = match Element::parse(data, &mut Budget::default()) {
        Ok(element) => element,
        Err(error) => {
            assert!(error.at <= data.len(), "{error}");
            return;
        }
    };
    let written = element.to_xml().expect("what was read can be written");
    let again = parse(&written);
    assert_eq!(again.to_xml().as_deref(), Ok(written.as_str()));
    assert_eq!(element.name(), again.name());
    assert_eq!(element.text(), again.text());
    assert_eq!(element.clone(), element);

    let Ok(envelope) = Envelope::parse(data, &mut Budget::default()) else {
        return;
    };
    let written = envelope.to_xml().expect("what was read can be written");
    let again = Envelope::parse(written.as_bytes(), &mut roomy()).expect("an envelope");
    assert_eq!(again.to_xml().as_deref(), Ok(written.as_str()));
    assert_eq!(again.version(), envelope.version());
    assert_eq!(again.body().len(), envelope.body().len());
    assert_eq!(
        again.must_understand().count(),
        envelope.must_understand().count()
    );
    let (fault, known) = (again.fault(), envelope.fault());
    assert_eq!(
        fault
            .as_ref()
            .map(|it| (code(&it.code), it.subcode.as_ref().map(code), &it.reason)),
        known
            .as_ref()
            .map(|it| (code(&it.code), it.subcode.as_ref().map(code), &it.reason)),
    );
    for name in OperationName::ALL {
        let _ = Reply::decode(name, &envelope, &mut Budget::default(), Leniency::ALL);
    }
}

/// A fault code by its local name. A prefix that nobody declared has no namespace, until the envelope
/// that is written declares it by chance.
fn code(code: &Code) -> &str {
    code.local(Version::Soap11)
}

/// The bytes are a result document. It goes through every packing unchanged.
pub fn result_document(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    for leniency in [Leniency::default(), Leniency::ALL] {
        let Ok(events) = SessionEvents::parse(text, &mut Budget::default(), leniency) else {
            continue;
        };
        let written = events.to_xml().expect("what was read can be written");
        let again = SessionEvents::parse(&written, &mut roomy(), Leniency::default());
        let again = again.expect("what was written can be read");
        assert_eq!(again.to_xml().as_deref(), Ok(written.as_str()));
        let reply = Reply::KeepSessionAlive(Some(again));
        for packing in [
            ResultEncoding::Escaped,
            ResultEncoding::CData,
            ResultEncoding::Inline,
            ResultEncoding::InlineUnqualified,
        ] {
            let Ok(envelope) = reply.to_envelope(Version::Soap11, packing) else {
                panic!("what was read can be written");
            };
            let body = envelope.to_xml().expect("what was read can be written");
            let mut budget = roomy();
            let envelope = Envelope::parse(body.as_bytes(), &mut budget).expect("an envelope");
            let read = Reply::decode(reply.name(), &envelope, &mut budget, Leniency::default());
            let Ok(Reply::KeepSessionAlive(Some(read))) = read else {
                panic!("{packing:?}: {read:?}");
            };
            // Unknown events may get other prefixes inside an envelope, but mean the same.
            assert_eq!(read.id, events.id);
            assert_eq!(read.ims.len(), events.ims.len());
        }
    }
}

/// The bytes are a field. Lenient reading never fails, strict reading agrees with it, and both
/// dialects bring the text back.
pub fn soap_fields(data: &[u8]) {
    let field = String::from_utf8_lossy(data);
    let text = fields::decode(&field);
    match fields::decode_strict(&field) {
        Ok(strict) => assert_eq!(strict, text),
        Err(error) => assert!(field.contains('%'), "{error}"),
    }
    for text in [&text, &field] {
        assert_eq!(
            fields::decode_strict(&fields::encode_service(text)).as_ref(),
            Ok(text)
        );
        assert_eq!(
            fields::decode_strict(&fields::encode_caller(text)).as_ref(),
            Ok(text)
        );
    }
}

/// The bytes are a request: `Content-Type`, `SOAPAction` (both may be missing), an empty line, the
/// body. Whatever it is, it is carried out or refused, and the answer can be written; a request
/// that was read comes back as it was.
pub fn operations(data: &[u8]) {
    let (head, body) = match data.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => (&data[..at], &data[at + 2..]),
        None => (&b"text/xml"[..], data),
    };
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let (content_type, action) = (lines.next(), lines.next());
    let receive = |content_type, action, body| {
        let mut budget = Budget::new(Limits::REQUEST);
        Request::receive(content_type, action, body, &mut budget, Leniency::default())
    };
    match receive(content_type, action, body) {
        Ok(request) => {
            let operation = &request.operation;
            let written = operation.to_envelope(request.version).to_xml();
            let written = written.expect("what was read can be written");
            let action = operation.name().soap_action();
            let content_type = Some(request.version.content_type());
            if let Ok(again) = receive(content_type, Some(&action), written.as_bytes()) {
                assert_eq!(again.version, request.version);
                assert_eq!(&again.operation, operation);
            } else {
                // Only what is longer when it is escaped can fall out of the limits.
                assert!(written.len() > Limits::REQUEST.bytes);
            }
        }
        Err(refusal) => {
            assert!(matches!(refusal.status(), 400 | 413 | 415 | 500));
            if let Some(envelope) = refusal.envelope() {
                let written = envelope.to_xml().expect("a fault can always be written");
                let read = Envelope::parse(written.as_bytes(), &mut roomy()).expect("an envelope");
                assert!(read.fault().is_some());
            }
        }
    }
}

/// The bytes are a request of the sign-in, the lists or the offline messages: path, `SOAPAction`, an empty line, the body. It is a
/// call or refused with a reason; a call that was read is written, read and written again as the same.
pub fn calls(data: &[u8]) {
    let (head, body) = match data.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => (&data[..at], &data[at + 2..]),
        None => (&b"/"[..], data),
    };
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let (path, action) = (lines.next().unwrap_or_default(), lines.next());
    let mut budget = Budget::new(Limits::REQUEST);
    match Received::receive(path, action, body, &mut budget) {
        Ok(received) => {
            let operation = received.operation();
            let written = received.to_envelope().to_xml();
            let written = written.expect("what was read can be written");
            let action = received.soap_action();
            let action = Some(action.as_str()).filter(|it| it.len() > 2);
            let again = Received::receive(operation.path, action, written.as_bytes(), &mut roomy());
            match again {
                Ok(again) => {
                    assert_eq!(again.operation().name, operation.name);
                    assert_eq!(
                        again.to_envelope().to_xml().as_deref(),
                        Ok(written.as_str())
                    );
                }
                // A body without an element of its own is nothing when nothing in it counts.
                Err(error) => assert!(operation.request.is_none(), "{error}: {written}"),
            }
        }
        Err(Unreceived::Envelope(_)) => {}
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let envelope = Envelope::parse(body, &mut Budget::default());
    if let Some(fault) = envelope.ok().and_then(|it| it.fault()) {
        let reason = FaultReason::of(&fault);
        let written = reason.to_fault(Version::Soap11, soap_codec::ns::OIM_2006, "again");
        assert_eq!(FaultReason::of(&written), reason);
    }
}

fn parse(text: &str) -> Element {
    Element::parse(text.as_bytes(), &mut roomy()).expect("what was written can be read")
}

/// For what was written: escapes and declarations make it larger than what was read.
fn roomy() -> Budget {
    let limits = Limits::default();
    Budget::new(Limits {
        bytes: limits.bytes * 8,
        nodes: limits.nodes * 8,
        text: limits.text * 8,
        namespaces: limits.namespaces + limits.attributes + 1,
        bindings: (limits.namespaces + limits.attributes + 1) * limits.depth,
        depth: limits.depth * 2,
        name: limits.name * 8,
        attribute_value: limits.attribute_value * 8,
        ..limits
    })
}
