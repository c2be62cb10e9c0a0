//! `msnp broadcast`: something said to everybody who is signed in to a running server.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use msnp_server::faces::{Announcement, AnnouncementError};
use msnp_server::identity::EmailAddress;
use msnp_service::OperatorPass;

use crate::exit::Exit;
use crate::shown;

/// Say something to everybody who is signed in
///
/// The server must be running with --operator. Whatever they sign in with shows the words as those of the account that they are said
/// in the name of, to which answers go; who signs in later does not see them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The words: one line of at most 1,000 bytes
    #[arg(value_parser = words)]
    text: Announcement,
    /// The address of the account in whose name they are said
    #[arg(long, value_name = "ADDRESS", value_parser = EmailAddress::parse)]
    from: EmailAddress,
    /// The file of the server
    #[arg(long, default_value = "msnp.db")]
    database: PathBuf,
}

/// How long the server may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The longest answer that is read, in bytes.
const ANSWER: u64 = 16 * 1024;

fn words(text: &str) -> Result<Announcement, AnnouncementError> {
    Announcement::parse(text)
}

/// Has it said.
pub(crate) fn run(args: &Args) -> Exit {
    let pass = match OperatorPass::read(&args.database) {
        Ok(pass) => pass,
        Err(error) => {
            let database = args.database.display();
            shown::complain(format_args!(
                "nothing was said: no server with --operator was started on {database} by whose pass it could be: {error}"
            ));
            return Exit::Io;
        }
    };
    let (exit, line) = match ask(&pass, args) {
        Ok((200, line)) => (Exit::Success, line),
        Ok((_, line)) => (Exit::Findings, line),
        Err(error) => {
            let address = pass.address();
            shown::complain(format_args!(
                "nothing is known to have been said: the server at {address} does not answer: {error}"
            ));
            return Exit::Io;
        }
    };
    if exit == Exit::Findings {
        shown::complain(format_args!("nothing was said: {line}"));
        return exit;
    }
    match shown::write_line(&mut shown::output(), &line) {
        Ok(()) => exit,
        Err(_) => Exit::Io,
    }
}

/// Asks the server; the status and the line that it answers.
fn ask(pass: &OperatorPass, args: &Args) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect_timeout(&pass.address(), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let text = args.text.as_str();
    write!(
        stream,
        "POST /broadcast HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\nFrom: {}\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        pass.address(),
        pass.authorization().expose(),
        args.from.as_str(),
        text.len(),
    )?;
    let mut answer = Vec::new();
    stream.take(ANSWER).read_to_end(&mut answer)?;
    read(&answer).ok_or_else(|| ErrorKind::InvalidData.into())
}

/// The status and the first line of the body of an answer.
fn read(answer: &[u8]) -> Option<(u16, String)> {
    let answer = std::str::from_utf8(answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    Some((status, body.lines().next().unwrap_or_default().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_its_status_and_a_line() {
        let good = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsaid\n";
        assert_eq!(read(good), Some((200, "said".to_owned())));
        for cut in 0..good.len() - 5 {
            assert_eq!(read(&good[..cut]), None, "{cut}");
        }
        assert_eq!(read(b"HTTP/1.1 \xff00 OK\r\n\r\n"), None);
    }
}
