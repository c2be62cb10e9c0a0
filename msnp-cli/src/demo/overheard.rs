//! What one exchange of a client says, in lines: HTTP's own part, then the frames of a gateway, secrets masked.

use bytes::Bytes;
use msnp_proto::{FrameDecoder, PayloadTable, Side};

use super::watched::ObservedExchange;
use super::wire;
use crate::decode::redact;
use crate::shown;

/// The lines, each with the arrow of who says it.
pub(super) fn lines(exchange: &ObservedExchange) -> Vec<(char, String)> {
    let (request, response) = (&exchange.request, &exchange.response);
    let is_gateway = request.uri().path().ends_with("gateway.dll");
    let body = |headers, body: &Bytes, side| {
        if is_gateway {
            frames(body, side)
        } else {
            wire::small_body(headers, body)
        }
    };
    let mut asked = wire::head_of_request(request);
    let query = request.uri().query().unwrap_or_default();
    if query.contains("Action=poll") {
        asked.push("(a poll: the gateway holds it until there is something to say)".to_owned());
    }
    asked.extend(body(request.headers(), request.body(), Side::Client));
    let mut answered = wire::head_of_response(response);
    answered.extend(body(response.headers(), response.body(), Side::Server));
    let asked = asked.into_iter().map(|line| ('→', line));
    asked
        .chain(answered.into_iter().map(|line| ('←', line)))
        .collect()
}

/// The frames of a body. What is no whole frame is cut by the gateway, and shown as it is.
fn frames(body: &Bytes, side: Side) -> Vec<String> {
    let mut decoder = FrameDecoder::new(PayloadTable::msnp24());
    decoder.push(body.clone());
    let mut lines = Vec::new();
    while let Ok(Some(frame)) = decoder.next_frame() {
        lines.push(shown::bytes(&redact::line(side, &frame), false));
        let payload = redact::payload(frame.payload());
        let text = String::from_utf8_lossy(&payload);
        // Headers stand a line each, a document is broken up as SOAP's are.
        let start = text.find('<').unwrap_or(text.len());
        let (headers, document) = text.split_at(start);
        for line in headers.lines().filter(|line| !line.is_empty()) {
            lines.push(format!("  {}", shown::bytes(line.as_bytes(), false)));
        }
        let document = wire::lines_of(document).into_iter();
        lines.extend(document.map(|line| format!("  {line}")));
    }
    if decoder.buffered() > 0 {
        lines.push(format!(
            "({} bytes of a frame that goes on)",
            decoder.buffered()
        ));
    }
    lines
}
