//! The frame decoder.
#![expect(
    unsafe_code,
    reason = "the functions take pointers, which they hand to `border.rs` for what the header says they are"
)]

use std::ffi::c_char;
use std::ptr;

use msnp_proto::{FrameError, FrameErrorKind};

use crate::border::{bytes, fail, fail_plainly, put};
use crate::decoder::{Decoder, Grammar};
use crate::error::{Error, Problem};
use crate::held::View;
use crate::status::Status;

/// One frame.
#[derive(Debug)]
#[repr(C)]
pub struct Frame {
    verb: [c_char; 4],
    bytes: View,
    line: View,
    payload: View,
    transaction: i64,
}

/// A decoder; null for a grammar that there is not.
#[unsafe(no_mangle)]
pub extern "C" fn msnp_decoder_new(grammar: i32) -> *mut Decoder {
    let made = Grammar::of(grammar).map(|grammar| Box::new(Decoder::new(grammar)));
    made.map_or(ptr::null_mut(), Box::into_raw)
}

/// Frees a decoder.
///
/// # Safety
/// `decoder` is null, or was made here and was not freed; nobody uses it any more, nor a frame of it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn msnp_decoder_free(decoder: *mut Decoder) {
    if !decoder.is_null() {
        // SAFETY: it came out of a box, and as of the caller it is nobody else's.
        drop(unsafe { Box::from_raw(decoder) });
    }
}

/// Other limits, from the next line on.
///
/// # Safety
/// `decoder` is null, or was made here and is used by nobody else meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn msnp_decoder_set_limits(
    decoder: *mut Decoder,
    line: u32,
    payload: u32,
) -> Status {
    // SAFETY: as of the caller.
    let Some(decoder) = (unsafe { decoder.as_mut() }) else {
        return Status::Null;
    };
    decoder.set_limits(line, payload);
    Status::Ok
}

/// The next bytes of the stream.
///
/// # Safety
/// `decoder` as above; `data` leads to so many bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn msnp_decoder_push(
    decoder: *mut Decoder,
    data: *const u8,
    len: usize,
) -> Status {
    // SAFETY: as of the caller.
    let given = unsafe { (decoder.as_mut(), bytes(data, len)) };
    let (Some(decoder), Some(piece)) = given else {
        return Status::Null;
    };
    let pushed = decoder.guarded(|decoder| decoder.push(piece));
    pushed.map_or(Status::Panicked, |()| Status::Ok)
}

/// The next whole frame.
///
/// # Safety
/// `decoder` as above; `frame` leads to room for one, `error` too, or is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn msnp_decoder_next(
    decoder: *mut Decoder,
    frame: *mut Frame,
    error: *mut Error,
) -> Status {
    // SAFETY: as of the caller.
    let decoder = unsafe { decoder.as_mut() };
    let Some(decoder) = decoder.filter(|_| !frame.is_null()) else {
        // SAFETY: as of the caller.
        return unsafe { fail_plainly(error, Status::Null) };
    };
    match decoder.guarded(Decoder::step) {
        Some(Ok(_)) => {}
        Some(Err(wrong)) => {
            let status = if wrong.is_fatal() {
                Status::StreamLost
            } else {
                Status::BadLine
            };
            // SAFETY: as of the caller.
            return unsafe { fail(error, status, &problem(&wrong)) };
        }
        // SAFETY: as of the caller.
        None => return unsafe { fail_plainly(error, Status::Panicked) },
    }
    let Some(next) = decoder.frame() else {
        return Status::Nothing;
    };
    let [a, b, c] = next
        .verb()
        .as_bytes()
        .map(|byte| c_char::from_ne_bytes([byte]));
    let shown = Frame {
        verb: [a, b, c, 0],
        bytes: View::of(next.as_bytes()),
        line: View::of(next.line()),
        payload: View::of(next.payload()),
        transaction: next.trid().map_or(-1, |trid| trid.0.into()),
    };
    // SAFETY: as of the caller.
    unsafe { put(frame, shown) };
    Status::Ok
}

fn problem(error: &FrameError) -> Problem {
    let code = match error.kind {
        FrameErrorKind::BlankLine => "BlankLine",
        FrameErrorKind::BadVerb => "BadVerb",
        FrameErrorKind::LineTooLong { .. } => "LineTooLong",
        FrameErrorKind::PayloadTooLarge { .. } => "PayloadTooLarge",
        FrameErrorKind::BadLength => "BadLength",
        _ => "Other",
    };
    Problem {
        code: code.to_owned(),
        at: error.offset.to_string(),
        text: error.to_string(),
    }
}
