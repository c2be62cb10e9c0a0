//! Reads what a server sent, of any dialect, from standard input, and prints a line for each frame.
//!
//! ```sh
//! printf 'VER 1 MSNP18\r\nMSG alice Alice 3\r\nabcNLN' | cargo run -p msnp-proto --example frames
//! ```
//!
//! For recordings of whole sessions there is `msnp decode`.

use std::io::Read;

use msnp_proto::{FrameDecoder, PayloadTable, Side};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut decoder = FrameDecoder::new(PayloadTable::either(Side::Server));
    let mut input = std::io::stdin().lock();
    let mut chunk = vec![0; 1 << 16];
    loop {
        let length = input.read(&mut chunk)?;
        if length == 0 {
            break;
        }
        decoder.push(chunk[..length].to_vec());
        while let Some(frame) = decoder.next_frame()? {
            println!(
                "{}, {} bytes of payload",
                frame.verb(),
                frame.payload().len()
            );
        }
    }
    match decoder.buffered() {
        0 => Ok(()),
        cut => Err(format!("the last frame is cut off: {cut} bytes of it are there").into()),
    }
}
