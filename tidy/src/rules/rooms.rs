//! Folders that know no dialect name nothing of one.

use crate::module_tree::{ModuleTree, Target};
use crate::{Breach, Sources};

const INSTEAD: &str = "Name a neutral value here, and translate it in the dialect's folder.";

/// A folder, those inside it that may do what it may not, and what it may not name: paths from another crate on, where a `*`
/// at the end stands for any end of a name.
struct Room {
    folder: &'static str,
    but: &'static [&'static str],
    not: &'static [&'static str],
}

/// What belongs to one dialect or one framing: the commands of MSNP24 and of those before, the documents in payloads, frames and
/// envelopes.
const DIALECT: [&str; 5] = [
    "msnp_proto::msnp24",
    "msnp_proto::classic",
    "msnp_proto::payload",
    "msnp_proto::Frame*",
    "msnp_proto::Envelope*",
];

/// A folder that does not exist yet waits for its day.
const ROOMS: [Room; 3] = [
    Room {
        folder: "msnp-client/src/",
        but: &["msnp-client/src/dialect/"],
        not: &DIALECT,
    },
    Room {
        folder: "msnp-server/src/network/",
        but: &[],
        not: &DIALECT,
    },
    Room {
        folder: "msnp-server/src/network.rs",
        but: &[],
        not: &DIALECT,
    },
];

/// Rooms that are neutral to dialects name nothing that belongs to one: not by an import, not in a type or an expression,
/// over the crate's own re-exports neither.
#[must_use]
pub fn room(sources: &Sources) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let with_rooms = |folder: &str| ROOMS.iter().any(|room| room.folder.starts_with(folder));
    for tree in ModuleTree::of_folders(sources, with_rooms) {
        for (id, module) in tree.modules() {
            let file = module.file();
            let rooms = ROOMS.iter().filter(|room| {
                file.starts_with(room.folder) && !room.but.iter().any(|but| file.starts_with(but))
            });
            for room in rooms {
                for used in module.used_paths() {
                    let Target::External(path) = tree.resolve(id, &used.names) else {
                        continue;
                    };
                    if room.not.iter().any(|pattern| matches(pattern, &path)) {
                        breaches.push(Breach {
                            path: file.into(),
                            line: used.line,
                            what: format!(
                                "names `{}`, which belongs to a dialect",
                                path.join("::")
                            ),
                            instead: INSTEAD,
                        });
                    }
                }
            }
        }
    }
    breaches.sort();
    breaches.dedup();
    breaches
}

/// Whether a path is, or goes through, what the pattern names.
fn matches(pattern: &str, path: &[String]) -> bool {
    let mut path = path.iter();
    pattern
        .split("::")
        .all(|part| match (part.strip_suffix('*'), path.next()) {
            (Some(start), Some(name)) => name.starts_with(start),
            (None, Some(name)) => name == part,
            (_, None) => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::breach::assert_places;

    #[track_caller]
    fn check(files: &[(&str, &str)], expected: &[(&str, usize)]) {
        assert_places(&room(&Sources::planted(files)), expected);
    }

    #[test]
    fn a_name_of_a_dialect_in_a_neutral_room_is_found() {
        check(
            &[
                ("msnp-client/src/lib.rs", "mod roster; mod dialect;"),
                (
                    "msnp-client/src/roster.rs",
                    "use msnp_proto::{Address,\nmsnp24::ServerCommand};\nfn f() { msnp_proto::payload::xml::parse() }",
                ),
                (
                    "msnp-client/src/dialect.rs",
                    "mod msnp24; use msnp_proto::FrameDecoder;",
                ),
                (
                    "msnp-client/src/dialect/msnp24.rs",
                    "use msnp_proto::msnp24::ServerCommand;",
                ),
            ],
            &[
                ("msnp-client/src/dialect.rs", 1),
                ("msnp-client/src/roster.rs", 1),
                ("msnp-client/src/roster.rs", 3),
            ],
        );
    }

    #[test]
    fn so_is_one_that_comes_through_a_re_export() {
        check(
            &[
                ("msnp-server/src/lib.rs", "mod network; mod msnp24;"),
                (
                    "msnp-server/src/msnp24.rs",
                    "pub use msnp_proto::Frame as Piece;",
                ),
                ("msnp-server/src/network.rs", "mod thread;"),
                (
                    "msnp-server/src/network/thread.rs",
                    "\nfn f(_: crate::msnp24::Piece) {}",
                ),
            ],
            &[("msnp-server/src/network/thread.rs", 2)],
        );
    }

    #[test]
    fn addresses_and_other_folders_are_free() {
        check(
            &[
                (
                    "msnp-client/src/lib.rs",
                    "use msnp_proto::Address; pub use msnp_proto::Guid;",
                ),
                (
                    "msnp-cli/src/main.rs",
                    "use msnp_proto::msnp24::ServerCommand;",
                ),
            ],
            &[],
        );
    }
}
