//! Properties of messages before MSNP24: their headers, what they say, long ones, offline ones.

use core::time::Duration;

use bytes::Bytes;
use machine_contract::Instant;
use msnp_proto::Guid;
use msnp_proto::payload::chunks::{JoinLimits, Joiner, MAX_BODY, MAX_PAYLOAD, pieces, split};
use msnp_proto::payload::encoded_word;
use msnp_proto::payload::mime::{ChunkNumber, Content, Mime, Text};
use msnp_proto::payload::oim::OfflineMessage;

/// A message is its bytes; what it says is written as a message that says the same.
pub fn mime(data: &[u8]) {
    let bytes = Bytes::copy_from_slice(data);
    match Mime::parse(bytes.clone()) {
        Ok(mime) => {
            assert_eq!(mime.as_bytes(), &bytes);
            assert!(data.ends_with(mime.body()));
            for (name, _) in mime.headers() {
                let _ = mime.get(name);
            }
            if let Ok(content) = Content::of(&mime) {
                let written = content.to_mime();
                assert_eq!(Mime::parse(written.as_bytes().clone()), Ok(written.clone()));
                assert_eq!(Content::of(&written), Ok(content));
            }
        }
        Err(error) => assert!(error.offset <= data.len()),
    }
}

/// However a text is cut, its parts keep their bounds and give it back.
pub fn chunks(data: &[u8]) {
    let text = Text {
        body: Bytes::copy_from_slice(data),
        ..Text::new("")
    };
    if let Ok(parts) = split(&text, Guid::from_bytes([1; 16])) {
        let mut joiner = Joiner::default();
        let mut whole = None;
        for part in parts {
            assert!(part.as_bytes().len() <= MAX_PAYLOAD && part.body().len() <= MAX_BODY);
            whole = joiner.push("a", part, Instant::ORIGIN).expect("in order");
        }
        assert_eq!(whole.expect("all parts").body(), data);
    }
    if let Ok(text) = core::str::from_utf8(data) {
        assert_eq!(pieces(text, data.len() % 9).collect::<String>(), text);
    }
}

/// Parts in any order, of any sender, at any time: what is kept stays within its limits, and what is given out was begun.
/// Each four bytes are a step: sender, message, part, seconds.
pub fn join_operations(data: &[u8]) {
    let limits = JoinLimits {
        parts: 4,
        bytes: 16,
        open: 2,
        open_in_all: 3,
        ..JoinLimits::DEFAULT
    };
    let mut joiner = Joiner::with_limits(limits);
    let mut now = Instant::ORIGIN;
    for step in data.chunks_exact(4) {
        let [sender, id, part, wait] = [step[0] % 4, step[1] % 4, step[2], step[3] % 32];
        now = now.saturating_add(Duration::from_secs(wait.into()));
        let builder = Mime::build_part().header("Message-ID", id);
        let builder = match part % 8 {
            0 | 1 => builder.header("Chunks", part / 8),
            number => builder.header("Chunk", number - 1),
        };
        let mime = builder.finish(&step[..(part % 5).into()]);
        let alone = ChunkNumber::of(&mime).is_none();
        match joiner.push(&sender.to_string(), mime.clone(), now) {
            Ok(Some(whole)) if alone => assert_eq!(whole, mime),
            Ok(Some(whole)) => assert!(whole.body().len() <= limits.bytes),
            Ok(None) => {}
            Err(error) => assert_eq!(error.mime, mime),
        }
        if step[3] & 1 == 0 {
            for incomplete in joiner.expire(now) {
                assert!(incomplete.missing > 0 && incomplete.mime.body().len() <= limits.bytes);
            }
            assert!(joiner.poll_timeout().is_none_or(|at| at > now));
        }
    }
    assert!(joiner.expire(Instant::END).len() <= limits.open_in_all);
}

/// Mail that is read is written as mail that says the same; names in it come back.
pub fn mail(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let decoded = encoded_word::decode(&text);
    assert_eq!(
        encoded_word::decode(&encoded_word::encode(&decoded)),
        decoded
    );
    let needed = encoded_word::encode_if_needed(&decoded);
    assert_eq!(encoded_word::decode(&needed), decoded);
    if let Ok(message) = OfflineMessage::parse(&text) {
        let again = OfflineMessage::parse(&message.to_email()).expect("our own");
        assert_eq!(
            (&again.text, again.run_id, again.sequence),
            (&message.text, message.run_id, message.sequence)
        );
        assert_eq!(again.to_email(), message.to_email());
    }
    if let Ok(stored) = OfflineMessage::parse_content(&text) {
        assert_eq!(
            OfflineMessage::parse_content(&stored.to_content()).map(|again| again.text),
            Ok(stored.text)
        );
    }
}
