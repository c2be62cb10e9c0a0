//! Frames that say which they are, so that none is missed and none comes twice.

/// Of one frame.
pub(super) const FRAME: usize = 16 << 10;

/// A frame of a kind that means nothing to the client, which tells it all the same.
pub(super) fn frame(number: usize) -> Vec<u8> {
    let head = format!("{HEAD}{:05}\r\n{number:08}", FRAME - HEAD.len() - 7);
    let mut frame = head.into_bytes();
    frame.resize(FRAME, b'.');
    frame
}

const HEAD: &str = "QQQ 0 NUM ";

/// Which of these frames it is, if it is one.
pub(super) fn number(frame: &[u8]) -> Option<usize> {
    let payload = frame.strip_prefix(HEAD.as_bytes())?;
    let digits = payload.get(7..15)?;
    let number = str::from_utf8(digits).unwrap().parse().unwrap();
    assert!(*frame == self::frame(number), "{number} is whole");
    Some(number)
}
