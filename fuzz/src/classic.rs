//! Properties of the typed commands of MSNP2 to MSNP22.

use msnp_proto::classic::{
    ClientBody, ClientCommand, CommandError, Form, NotInDialect, ServerBody, ServerCommand,
    ServerKind,
};
use msnp_proto::{Dialect, Frame, FrameDecoder, PayloadTable, Side};

use crate::framing::cut;

/// The first byte chooses the dialect, the second who wrote the stream and where; the rest is a stream.
pub fn commands(data: &[u8]) {
    let [dialect, place, stream @ ..] = data else {
        return;
    };
    let dialect = chosen(Dialect::ALL, *dialect);
    let side = if place & 1 == 0 {
        Side::Client
    } else {
        Side::Server
    };
    let server = if place & 2 == 0 {
        ServerKind::Notification
    } else {
        ServerKind::Switchboard
    };
    let results = cut(&PayloadTable::sent_by(side), stream, usize::MAX);
    for frame in results.into_iter().flatten() {
        any_frame(side, &frame, dialect, server);
    }
}

/// The first two bytes choose a form and a dialect that has it; the words up to the first line feed stand behind its verb, and
/// what follows is its payload: finds its way into the words sooner than a whole stream does.
pub fn words(data: &[u8]) {
    let [form, dialect, rest @ ..] = data else {
        return;
    };
    let (client, server) = (ClientBody::FORMS, ServerBody::FORMS);
    let at = usize::from(*form) % (client.len() + server.len());
    let (side, form) = match at.checked_sub(client.len()) {
        None => (Side::Client, &client[at]),
        Some(at) => (Side::Server, &server[at]),
    };
    let dialects: Vec<_> = Dialect::ALL
        .iter()
        .copied()
        .filter(|dialect| form.era.contains(*dialect))
        .collect();
    let dialect = chosen(&dialects, *dialect);
    let mut parts = rest.splitn(2, |b| *b == b'\n');
    let (words, payload) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let mut bytes = [form.verb.as_bytes(), &b" "[..], words].concat();
    if form.payload {
        bytes.extend_from_slice(format!(" {}", payload.len()).as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    if form.payload {
        bytes.extend_from_slice(payload);
    }
    let results = cut(&PayloadTable::sent_by(side), &bytes, usize::MAX);
    for frame in results.into_iter().flatten() {
        for server in [ServerKind::Notification, ServerKind::Switchboard] {
            any_frame(side, &frame, dialect, server);
        }
    }
}

fn chosen(dialects: &[Dialect], choice: u8) -> Dialect {
    dialects[usize::from(choice) % dialects.len()]
}

/// A command of either side, for what is the same of both.
trait Command: Sized + PartialEq + std::fmt::Debug {
    fn parse(frame: &Frame, dialect: Dialect, server: ServerKind) -> Result<Self, CommandError>;
    fn to_frame(&self, dialect: Dialect) -> Result<Frame, NotInDialect>;
    fn form(&self) -> Option<&'static Form>;
}

macro_rules! command {
    ($($command:ident)*) => {$(
        impl Command for $command {
            fn parse(frame: &Frame, dialect: Dialect, server: ServerKind) -> Result<Self, CommandError> {
                $command::parse(frame, dialect, server)
            }
            fn to_frame(&self, dialect: Dialect) -> Result<Frame, NotInDialect> {
                $command::to_frame(self, dialect)
            }
            fn form(&self) -> Option<&'static Form> {
                self.body.form()
            }
        }
    )*};
}

command!(ClientCommand ServerCommand);

fn any_frame(side: Side, frame: &Frame, dialect: Dialect, server: ServerKind) {
    match side {
        Side::Client => read_and_written::<ClientCommand>(side, frame, dialect, server),
        Side::Server => read_and_written::<ServerCommand>(side, frame, dialect, server),
    }
}

/// A command that was read is written as one frame, in its own dialect and in every other that has it, and that frame is a
/// command of the same form. Written again, nothing changes any more. An error gives the frame back and points into its line.
fn read_and_written<C: Command>(side: Side, frame: &Frame, dialect: Dialect, server: ServerKind) {
    let command = match C::parse(frame, dialect, server) {
        Ok(command) => command,
        Err(error) => {
            assert_eq!(&error.frame, frame);
            assert!(error.offset <= frame.line().len());
            return;
        }
    };
    let Some(form) = command.form() else {
        // An error, or a frame that is kept as it is.
        let written = one_frame(
            side,
            &command.to_frame(dialect).expect("read, so it exists"),
        );
        let again = C::parse(&written, dialect, server);
        assert_eq!(
            again.expect("an error or other").to_frame(dialect),
            Ok(written)
        );
        return;
    };
    assert!(form.is_in(dialect, server));
    for other in Dialect::ALL {
        let Ok(written) = command.to_frame(*other) else {
            assert!(!form.era.contains(*other));
            continue;
        };
        let written = one_frame(side, &written);
        let again = C::parse(&written, *other, server).unwrap_or_else(|error| {
            panic!(
                "{dialect} to {other}: {error}: {}",
                written.line().escape_ascii()
            )
        });
        assert_eq!(again.form().map(|form| form.name), Some(form.name));
        if *other == dialect {
            assert_eq!(again.to_frame(dialect).as_ref(), Ok(&written));
        }
    }
}

/// Nothing in a written frame starts another one.
fn one_frame(side: Side, frame: &Frame) -> Frame {
    let mut decoder = FrameDecoder::new(PayloadTable::sent_by(side));
    decoder.push(frame.as_bytes().clone());
    let again = decoder.next_frame();
    assert_eq!(again.as_ref().map(Option::as_ref), Ok(Some(frame)));
    assert_eq!(decoder.buffered(), 0);
    frame.clone()
}
