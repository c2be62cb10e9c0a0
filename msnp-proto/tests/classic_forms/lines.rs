//! Makes lines of any form and dialect, by its row in the table.

use msnp_proto::classic::{Field, Form, Kind, Presence, ServerKind, Servers, TrIdRule};
use msnp_proto::{Dialect, Frame, FrameDecoder, PayloadTable, Side};
use proptest::prelude::*;

/// A line with its payload, and where it would stand.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) form: &'static Form,
    pub(crate) side: Side,
    pub(crate) dialect: Dialect,
    pub(crate) server: ServerKind,
    pub(crate) bytes: Vec<u8>,
}

impl Made {
    /// The one frame that the bytes are.
    #[track_caller]
    pub(crate) fn frame(&self) -> Frame {
        let mut decoder = FrameDecoder::new(PayloadTable::sent_by(self.side));
        decoder.push(self.bytes.clone());
        let frame = decoder.next_frame();
        let frame = frame.expect("a frame").expect("a whole one");
        assert_eq!(
            decoder.buffered(),
            0,
            "{}",
            String::from_utf8_lossy(&self.bytes)
        );
        frame
    }
}

/// The dialects that have a form.
pub(crate) fn dialects(form: &Form) -> Vec<Dialect> {
    let all = Dialect::ALL.iter().copied();
    all.filter(|dialect| form.era.contains(*dialect)).collect()
}

/// Any line of any form of these.
pub(crate) fn any_line(side: Side, forms: &'static [Form]) -> impl Strategy<Value = Made> {
    let pairs: Vec<_> = forms
        .iter()
        .flat_map(|form| {
            dialects(form)
                .into_iter()
                .map(move |dialect| (form, dialect))
        })
        .collect();
    prop::sample::select(pairs).prop_flat_map(move |(form, dialect)| line(side, form, dialect))
}

/// Any line of one form in one dialect.
pub(crate) fn line(
    side: Side,
    form: &'static Form,
    dialect: Dialect,
) -> impl Strategy<Value = Made> {
    let server = match form.server {
        Servers::Switchboard => ServerKind::Switchboard,
        Servers::Notification | Servers::Either => ServerKind::Notification,
    };
    let trid = match form.trid {
        TrIdRule::Never => Just(String::new()).boxed(),
        TrIdRule::Seen if dialect.has_list_without_ids() => "([1-9][0-9]{0,8})?".boxed(),
        TrIdRule::Always | TrIdRule::Seen => "[1-9][0-9]{0,8}".boxed(),
    };
    // How many of the words that may be missing at the end are there.
    let fields: Vec<_> = form
        .fields
        .iter()
        .filter(|field| field.era.contains(dialect))
        .collect();
    let optional = fields
        .iter()
        .filter(|field| field.presence == Presence::Optional)
        .count();
    let words: Vec<_> = fields
        .iter()
        .map(|field| word(field, form, dialect))
        .collect();
    let presences: Vec<_> = fields.iter().map(|field| field.presence).collect();
    let payload = prop::collection::vec(any::<u8>(), if form.payload { 0..40 } else { 0..1 });
    (trid, words, 0..=optional, payload).prop_map(move |(trid, words, mut optional, payload)| {
        let in_list = form.trid == TrIdRule::Seen && trid.is_empty();
        let mut line = form.verb.as_str().to_owned();
        let mut push = |word: &str| {
            if !word.is_empty() {
                line.push(' ');
                line.push_str(word);
            }
        };
        push(&trid);
        for (word, presence) in words.iter().zip(&presences) {
            match presence {
                Presence::Optional if optional == 0 => break,
                Presence::Optional => optional -= 1,
                // Within the list there are no serial numbers.
                Presence::Recognised if in_list => continue,
                _ => {}
            }
            push(word);
        }
        if form.payload {
            push(&payload.len().to_string());
        }
        let mut bytes = line.into_bytes();
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&payload);
        Made {
            form,
            side,
            dialect,
            server,
            bytes,
        }
    })
}

const WORD: &str = "[!-~é日]{1,12}";
/// No `=`, `;` or `:`, a letter first: what is made must not look like another kind of word.
const ACCOUNT: &str = "[a-zA-Z][a-zA-Z0-9._%+-]{0,10}@[a-z]{1,8}\\.[a-z]{2,3}";
const NAME: &str = "[A-Za-zé日][!-9<>-~é]{0,12}";
const GUID: &str = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

/// What can stand in a field of a form, exactly as it would be written.
fn word(field: &'static Field, form: &'static Form, dialect: Dialect) -> BoxedStrategy<String> {
    let number = || (0..=u32::MAX).prop_map(|number| number.to_string());
    let made = match field.kind {
        Kind::Literal => Just(field.name.to_owned()).boxed(),
        Kind::Secret => WORD.boxed(),
        Kind::Name => NAME.boxed(),
        Kind::Flag => "[01]".boxed(),
        Kind::Endpoint if dialect.has_endpoints() => {
            format!("{ACCOUNT}(;\\{{{GUID}\\}})?").prop_str()
        }
        Kind::Principal if dialect.has_network_prefix() => {
            format!("(1|4|32):{ACCOUNT}(;via=9:{GUID}@live\\.com)?").prop_str()
        }
        Kind::Principal if dialect.has_networks() => format!("{ACCOUNT} (1|4|32)").prop_str(),
        Kind::Endpoint | Kind::Principal | Kind::Account => ACCOUNT.boxed(),
        Kind::Card if dialect.has_contact_guids() => prop_oneof![
            format!("N={ACCOUNT}( F={NAME})?( C={GUID})?").prop_str(),
            format!("C={GUID}").prop_str(),
        ]
        .boxed(),
        Kind::Card => format!("{ACCOUNT} {NAME}").prop_str(),
        Kind::Status => "NLN|BSY|IDL|BRB|AWY|PHN|LUN|HDN|FLN|ABC".boxed(),
        Kind::List => "FL|AL|BL|RL|PL".boxed(),
        Kind::Capabilities if dialect.has_extended_capabilities() => (number(), number())
            .prop_map(|(basic, extended)| format!("{basic}:{extended}"))
            .boxed(),
        Kind::Capabilities | Kind::Number | Kind::Network | Kind::ListBits => number().boxed(),
        Kind::ServerAddress => "[a-z0-9.]{1,12}(:[0-9]{1,5})?".boxed(),
        Kind::NamedGroup if dialect.has_contact_guids() => format!("{NAME} {GUID}").prop_str(),
        Kind::NamedGroup => format!("[0-9]{{1,2}} {NAME}").prop_str(),
        Kind::Code if field.name == "flag" => "D".boxed(),
        Kind::Code => code(form.name),
        Kind::Words => words(form.name),
        Kind::Word => plain_word(field.name, form.name, dialect),
        other => panic!("{}: no words of {other:?} are made", form.name),
    };
    match (field.presence, form.name, field.name) {
        // Nobody but a few successors writes it, and not before one flag alone.
        (Presence::Recognised, "SignedIn", _) => prop_oneof![Just(String::new()), made].boxed(),
        // Keys without an account stand in the list.
        (Presence::Recognised, "ContactProperty", "serial") => Just("7".to_owned()).boxed(),
        _ => made,
    }
}

fn code(form: &str) -> BoxedStrategy<String> {
    let codes = match form {
        "VersionReply" => "MSNP(8|12|18|21|22)|0|MSNP19",
        "PromptSet" | "SetPrompt" => "A|N",
        "PrivacySet" | "SetPrivacy" => "AL|BL",
        "SendMessage" => "U|N|A|D|S",
        "SignedOut" => "OTH|SSD|MIG|TOU|RCT|NEW",
        "Notification" => "PUT|DEL",
        "Invitations" | "InvitationsReply" => "ON|OFF",
        "Referral" => "U|G",
        "SwitchboardReferral" | "Ring" => "U",
        _ => "PHH|PHW|PHM|MOB|MBE|WWE|MFN|HSB",
    };
    codes.boxed()
}

fn words(form: &str) -> BoxedStrategy<String> {
    match form {
        "Version" => "MSNP[0-9]{1,2}( MSNP[0-9]{1,2}){0,3}( CVR0)?".boxed(),
        "DirectoryQuery" | "DirectoryEntry" => {
            "fname=[a-z]{0,4} lname=[a-z*]{0,4} city=[a-z]{0,4} state=[a-z]{0,4} country=[A-Z]{0,2}"
                .boxed()
        }
        "Packages" => "MD5|CTP MD5".boxed(),
        "TwnChallenge" => "ct=[0-9]{1,3},rver=1( lc=1)?".boxed(),
        _ => format!("{WORD}( {WORD}){{0,2}}").prop_str(),
    }
}

fn plain_word(field: &str, form: &str, dialect: Dialect) -> BoxedStrategy<String> {
    let guids = dialect.has_contact_guids();
    match (form, field) {
        ("GroupAdded" | "GroupRemoved", "id") if guids => GUID.boxed(),
        // A group that is called like a GUID cannot be told from one.
        ("GroupAdded", "name") => NAME.boxed(),
        ("AddGroup" | "RenameGroup" | "RemoveGroup" | "GroupRemoved", "id") => "[0-9]{1,3}".boxed(),
        // In front of a number, anything else than a number.
        ("ListedContact", "groups") => "g[0-9a-f,-]{1,12}".boxed(),
        ("SwitchboardReferral" | "Ring", "domain") => "[a-z]{1,8}\\.com".boxed(),
        ("InvitedByMail", "outcome") => "OK".boxed(),
        _ => WORD.boxed(),
    }
}

/// A pattern that is put together, as a strategy.
trait Pattern {
    fn prop_str(&self) -> BoxedStrategy<String>;
}

impl Pattern for String {
    fn prop_str(&self) -> BoxedStrategy<String> {
        proptest::string::string_regex(self)
            .expect("a pattern")
            .boxed()
    }
}
