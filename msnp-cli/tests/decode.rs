//! `msnp decode` as a person runs it, over recordings cut from real sessions (`tests/data`).

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

fn msnp() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_msnp"));
    command.arg("decode");
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("output is UTF-8")
}

/// Checks one file: its exit code, and how the summary goes on behind the file's name.
#[track_caller]
fn check(name: &str, code: i32, summary: &str) -> Vec<String> {
    let output = msnp()
        .arg("--check")
        .arg(data(name))
        .output()
        .expect("it runs");
    let stdout = text(&output.stdout);
    assert_eq!(output.status.code(), Some(code), "{stdout}");
    let mut lines: Vec<String> = stdout
        .lines()
        .map(|line| {
            line.split_once(": ")
                .expect("a file name first")
                .1
                .to_owned()
        })
        .collect();
    assert_eq!(lines.pop().expect("a summary"), summary);
    lines
}

#[test]
fn sound_recordings_are_found_sound() {
    let nothing: [String; 0] = [];
    assert_eq!(
        check(
            "tcp-msnp8.txt",
            0,
            "94 frames (38 from clients, 56 from servers), 5828 bytes; nothing wrong",
        ),
        nothing
    );
    assert_eq!(
        check(
            "switchboard-msnp18.jsonl",
            0,
            "29 frames (10 from clients, 19 from servers), 2172 bytes; nothing wrong",
        ),
        nothing
    );
    assert_eq!(
        check(
            "gateway-edges.txt",
            0,
            "10 frames (5 from clients, 5 from servers), 263 bytes, 8 gateway exchanges, \
             2 other HTTP exchanges skipped; nothing wrong",
        ),
        nothing
    );
    assert_eq!(
        check(
            "web-client-msnp24.har",
            0,
            "23 frames (13 from clients, 10 from servers), 4485 bytes, 8 gateway exchanges, \
             1 other HTTP exchanges skipped; nothing wrong",
        ),
        nothing
    );
}

#[test]
fn what_is_wrong_with_a_gateway_session_is_said_with_its_place() {
    let problems = check(
        "gateway-faults.txt",
        1,
        "18 frames (11 from clients, 7 from servers), 541 bytes, 15 gateway exchanges, \
         4 replies of gateways without MSNP; 9 problems",
    );
    assert_eq!(
        problems,
        [
            "line 38, byte 1317: C>S h/gw1 @18: blank line",
            "line 86, byte 2996: C>S h(2)/gw2 @0: ver is not written in capitals",
            "line 135, byte 4622: C>S h(3)/gw3 @19: line announces no payload length where one must stand",
            "line 159, byte 5320: C>S h(3)/gw3 @30: 11 bytes before could not be read; the stream is taken up again at this record",
            "line 208, byte 6884: C>S h(5)/gw4 @19: line announces no payload length where one must stand",
            "line 279, byte 9390: C>S h(6)/gw5 @24: command line is not UTF-8 at its byte 6",
            "line 329, byte 10871: C>S h(8)/gw6 @0: VER has no transaction id where a client must give one",
            "line 341, byte 11327: S>C h(8)/gw6 @4: VER: second word is not a transaction id",
            "line 208, byte 6884: C>S h(5)/gw4 @19: the last 76 bytes of the stream could not be read",
        ]
    );
}

#[test]
fn places_lead_to_the_bytes() {
    let file = std::fs::read(data("gateway-faults.txt")).expect("the file is there");
    assert_eq!(&file[1317..1321], b"\\r\\n");
    assert_eq!(&file[4622..4631], b"UUX 2 abc");
    assert_eq!(&file[9390..9394], b"\\xff");
    assert_eq!(file[..9390].split(|b| *b == b'\n').count(), 279);
}

#[test]
fn what_is_wrong_with_probe_notes_is_said_with_its_place() {
    let problems = check(
        "probes.txt",
        1,
        "46 frames (23 from clients, 23 from servers), 1060 bytes, 4 gateway exchanges, \
         1 replies of gateways without MSNP; 19 problems",
    );
    for expected in [
        "line 16, byte 490: S>C NS(2) @169: URL: second word is not a transaction id",
        "line 35, byte 1185: C>S NS(7) @28: QRY: its payload is no challenge answer: not 32 hexadecimal digits",
        "line 23, byte 686: C>S NS(4) @0: unfinished frame: 18 bytes are left over at the end of the stream",
        "line 35, byte 1188: C>S NS(7) @31: blank line",
        "line 53, byte 1646: C>S GW/gw1 @0: the recording leaves out what was said here",
        "line 57, byte 2579: C>S NS(11) @22: the recording leaves out 1045 bytes here; 22 bytes before are of an unfinished frame",
        "line 60, byte 2643: not records: 1 lines, the first one here",
    ] {
        assert!(
            problems.iter().any(|line| line == expected),
            "{expected}\n{problems:#?}"
        );
    }
}

#[test]
fn secrets_are_masked_unless_asked_for() {
    let shown = |flags: &[&str]| {
        let output = msnp()
            .args(flags)
            .args([data("web-client-msnp24.har"), data("tcp-msnp8.txt")])
            .output()
            .expect("it runs");
        assert_eq!(output.status.code(), Some(0));
        text(&output.stdout)
    };
    let secrets = ["VUlDLW9mLWEtbWFkZS11cC1hY2NvdW50", "U2lnbmF0dXJlOjI6Mjg6"];
    for flags in [&["--verbose"][..], &["--verbose", "--json"][..]] {
        let masked = shown(flags);
        for secret in secrets {
            assert!(!masked.contains(secret), "{secret} in {flags:?}");
        }
        assert!(masked.contains("[secret]"));
    }
    let open = shown(&["--verbose", "--show-secrets"]);
    assert!(secrets.iter().all(|secret| open.contains(secret)));
}

#[test]
fn json_has_one_object_per_line_with_stable_names() {
    let output = msnp()
        .args(["--json"])
        .arg(data("web-client-msnp24.har"))
        .output()
        .expect("it runs");
    let stdout = text(&output.stdout);
    let objects: Vec<serde_json::Value> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let first = objects[0].as_object().expect("an object");
    let names: Vec<&str> = first.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "connection",
            "file",
            "file_line",
            "file_offset",
            "from",
            "line",
            "line_bytes",
            "payload_bytes",
            "session",
            "stream_offset",
            "trid",
            "type",
            "verb"
        ]
    );
    assert_eq!((&first["verb"], &first["trid"]), (&"CNT".into(), &1.into()));
    let last = objects.last().expect("a summary");
    assert_eq!(
        (&last["type"], &last["problems"]),
        (&"summary".into(), &0.into())
    );
    assert_eq!(objects.len(), 24);
}

fn with_stdin(mut command: Command, input: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    child
        .stdin
        .take()
        .expect("piped")
        .write_all(input)
        .expect("it reads");
    child.wait_with_output().expect("it ends")
}

#[test]
fn raw_streams_come_from_standard_input_too() {
    let output = with_stdin(
        msnp(),
        b"NLN NLN bob@example.com Bob 0\r\nMSG a@b A 2\r\nhi",
    );
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout).matches("S>C").count(), 2);
    let mut command = msnp();
    command.args(["--side", "client", "--check"]);
    let output = with_stdin(command, b"UUX 3 9\r\ntoo ");
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    assert!(
        said.contains("byte 0: C>S - @0: unfinished frame: 13 bytes"),
        "{said}"
    );
}

#[test]
fn a_file_without_msnp_does_not_pass() {
    let mut command = msnp();
    command.arg("--check");
    let output = with_stdin(command, b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("no MSNP found"));
}

#[test]
fn a_missing_file_is_told_by_the_exit_code() {
    let output = msnp().arg(data("no-such-file")).output().expect("it runs");
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("no-such-file"));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let mut child = msnp()
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().expect("piped");
    // It may end before all is written.
    let _ = stdin.write_all(&b"PNG\r\n".repeat(100_000));
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stderr), "");
}

#[test]
#[cfg(unix)]
fn no_file_name_can_disturb_a_terminal() {
    let own = getrandom::u64().expect("random bytes");
    let folder = std::env::temp_dir().join(format!("msnp-decode-{own:016x}"));
    std::fs::create_dir(&folder).expect("a folder");
    let file = folder.join("a\u{1b}[2J\nb\u{202e}c");
    std::fs::write(&file, "!?\r\n").expect("a file");
    let missing = folder.join("d\u{1b}[2J");
    let output = msnp().args([&file, &missing]).output().expect("it runs");
    for (bytes, name) in [
        (&output.stdout, "a\\u{1b}[2J\\nb\\u{202e}c: byte 0"),
        (&output.stderr, "d\\u{1b}[2J: "),
    ] {
        let said = text(bytes);
        assert!(said.contains(name), "{said:?}");
        assert!(!said.contains(['\u{1b}', '\u{202e}']), "{said:?}");
    }
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
}

/// Every recording of the folder that has reports.
fn recordings() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(data("recordings")).expect("the folder is there");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            let kind = path.extension().and_then(|it| it.to_str());
            matches!(kind, Some("txt" | "jsonl" | "har"))
        })
        .collect();
    files.sort();
    files
}

#[test]
fn every_recording_is_as_its_report_says() {
    let files = recordings();
    assert!(files.len() > 30, "{files:?}");
    let output = msnp()
        .arg("--check")
        .args(&files)
        .output()
        .expect("it runs");
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let sound = said.matches(": as the report beside it says\n").count();
    assert_eq!(sound, files.len(), "{said}");
}

/// A folder of this test's own, with a recording and its report.
fn folder(recording: &str, report: Option<&str>) -> (PathBuf, PathBuf) {
    let own = getrandom::u64().expect("random bytes");
    let folder = std::env::temp_dir().join(format!("msnp-report-{own:016x}"));
    std::fs::create_dir(&folder).expect("a folder");
    let file = folder.join("a.txt");
    std::fs::write(&file, recording).expect("a file");
    let output = msnp().arg("--report").arg(&file).output().expect("it runs");
    let written = text(&output.stdout);
    let report = report.map_or(written.clone(), |more| format!("{written}{more}"));
    std::fs::write(folder.join("a.txt.report"), report).expect("a report");
    (folder, file)
}

fn checked(file: &Path) -> (Option<i32>, String) {
    let output = msnp().arg("--check").arg(file).output().expect("it runs");
    (output.status.code(), text(&output.stdout))
}

const SOUND: &str =
    "--- 1 C>S conn=a t=0 len=18\nVER 1 MSNP8 CVR0\\r\\n\n--- 2 C>S conn=a t=0 len=5\nPNG\\r\\n\n";
const PLANTED: &str = "--- 3 C>S conn=a t=0 len=15\nXYZ 2 planted\\r\\n\n";

#[test]
fn a_planted_frame_fails_whatever_the_report_says() {
    // Planted behind the report's back.
    let (own, file) = folder(SOUND, None);
    assert_eq!(checked(&file).0, Some(0));
    std::fs::write(&file, format!("{SOUND}{PLANTED}")).expect("a file");
    let (code, said) = checked(&file);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("+   MSNP8 C>S XYZ: 1 other"), "{said}");
    std::fs::remove_dir_all(&own).expect("the folder is ours");
    // Written into the report as it is.
    let (own, file) = folder(&format!("{SOUND}{PLANTED}"), None);
    let (code, said) = checked(&file);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("something is neither of a known form nor explained"),
        "{said}"
    );
    std::fs::remove_dir_all(&own).expect("the folder is ours");
    // Explained by whoever read the report.
    let explained = "  explained XYZ: sent to see what the server does\n";
    let (own, file) = folder(&format!("{SOUND}{PLANTED}"), Some(explained));
    let (code, said) = checked(&file);
    assert_eq!(code, Some(0), "{said}");
    std::fs::remove_dir_all(&own).expect("the folder is ours");
}

#[test]
fn recordings_show_no_secret_of_theirs() {
    let files = recordings();
    let words = |flag: &[&str]| {
        let mut command = msnp();
        let output = command.args(flag).args(&files).output().expect("it runs");
        text(&output.stdout)
    };
    let masked = words(&["--verbose"]);
    let open = words(&["--verbose", "--show-secrets"]);
    // A ticket, a proof of the password, cookies of switchboards, answers of MD5.
    for secret in SECRETS {
        assert!(open.contains(secret), "{secret} is there");
        assert!(!masked.contains(secret), "{secret} is shown");
    }
}

const SECRETS: [&str; 8] = [
    "USR 4 SSO S t=26b9d80e021f9454975e",
    "HAAAAAEAAAADZgAABIAA",
    "USR 1 alice@example.com;{1BE99E6D-1C6E-4BEA-8B3E-9C464006A774} 8c271a4786db9e91f5ca",
    "CKI 8c271a4786db9e91f5ca",
    "<TicketToken>t=",
    // It was shown, since its element is called by one letter.
    "<t>e4bb86f1766a57cf3520",
    "MSPAuth: a884fd25a491fd3032df",
    "USR 4 MD5 S e3553dc934b2e671",
];
