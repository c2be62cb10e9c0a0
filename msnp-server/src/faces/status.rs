//! Status codes, between the three letters that they are in every dialect and the network's values.

use msnp_proto::payload::presence::Status as Code;

use crate::network::Status;

const CODES: [(Code, Status); 9] = [
    (Code::NLN, Status::Online),
    (Code::BSY, Status::Busy),
    (Code::PHN, Status::Phone),
    (Code::IDL, Status::Idle),
    (Code::BRB, Status::BeRightBack),
    (Code::LUN, Status::Lunch),
    (Code::AWY, Status::Away),
    (Code::HDN, Status::Hidden),
    (Code::FLN, Status::Offline),
];

/// What a code says.
pub(super) fn read(code: Code) -> Status {
    if let Some((_, status)) = CODES.iter().find(|(known, _)| *known == code) {
        return *status;
    }
    let code = code.as_str().as_bytes().try_into();
    code.map_or(Status::Offline, Status::Other)
}

/// The code of a status.
pub(super) fn code(status: Status) -> Code {
    if let Status::Other(code) = status {
        let code = std::str::from_utf8(&code).ok();
        return code.and_then(|code| code.parse().ok()).unwrap_or(Code::FLN);
    }
    let known = CODES.iter().find(|(_, known)| *known == status);
    known.map_or(Code::FLN, |(code, _)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_read_and_written_alike() {
        for text in [
            "NLN", "BSY", "PHN", "IDL", "BRB", "LUN", "AWY", "HDN", "FLN", "XYZ", "nln",
        ] {
            let known: Code = text.parse().unwrap();
            assert_eq!(code(read(known)), known);
        }
        assert_eq!(read(Code::BSY), Status::Busy);
        assert_eq!(read("XYZ".parse().unwrap()), Status::Other(*b"XYZ"));
        assert_eq!(code(Status::Other(*b"\xff\xff\xff")), Code::FLN);
    }
}
