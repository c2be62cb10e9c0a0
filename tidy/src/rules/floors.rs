//! Crates depend downwards only.

use crate::{Breach, Kind, Packages, Sources};

const UP: &str = "Depend on what is below, or move what is needed down. The floors: `ARCHITECTURE.md`, and `tidy/src/rules/floors.rs`.";
const NO_FLOOR: &str =
    "Say in `tidy/src/rules/floors.rs` what it may depend on, and in `ARCHITECTURE.md` what it is.";

/// What a crate, and what its tests in addition, may depend on of this workspace; separated by spaces.
struct Floor {
    name: &'static str,
    may: &'static str,
    tests_may: &'static str,
}

impl Floor {
    const fn of(name: &'static str, may: &'static str, tests_may: &'static str) -> Self {
        Self {
            name,
            may,
            tests_may,
        }
    }
}

/// The floors of `ARCHITECTURE.md`, from the lowest. A crate that does not exist yet has its place already.
const FLOORS: [Floor; 21] = [
    Floor::of("machine-contract", "", ""),
    Floor::of("msnp-proto", "machine-contract", ""),
    Floor::of("gateway-sm", "machine-contract", "simulation-kit"),
    Floor::of("soap-codec", "machine-contract", ""),
    Floor::of("proxied", "", ""),
    Floor::of("machine-driver", "machine-contract", ""),
    Floor::of("simulation-kit", "machine-contract", ""),
    Floor::of(
        "msnp-client",
        "machine-contract msnp-proto gateway-sm soap-codec",
        // The other end of its pair tests, and the kit where streams are driven.
        "machine-driver simulation simulation-kit msnp-server msnp-service",
    ),
    Floor::of(
        "msnp-mapping",
        "machine-contract msnp-proto gateway-sm msnp-client",
        "",
    ),
    Floor::of(
        "msnp-server",
        "machine-contract msnp-proto gateway-sm soap-codec msnp-client",
        // Itself, for a feature that its tests alone have.
        "simulation msnp-server",
    ),
    Floor::of(
        "gateway-upstream",
        "machine-contract msnp-proto gateway-sm",
        // What drives it, without a socket.
        "simulation-kit machine-driver",
    ),
    Floor::of(
        "simulation",
        "machine-contract simulation-kit msnp-proto gateway-sm soap-codec msnp-client msnp-server",
        "",
    ),
    Floor::of(
        "transport-reqwest",
        "machine-contract machine-driver",
        // What a driver is proved with.
        "driver-conformance gateway-sm msnp-client msnp-service",
    ),
    Floor::of(
        "msnp-service",
        "machine-contract machine-driver msnp-proto gateway-sm soap-codec proxied msnp-client msnp-server gateway-upstream transport-reqwest",
        "simulation",
    ),
    Floor::of(
        "driver-conformance",
        // The last two for its feature `client`: a whole client, driven, at a whole service.
        "machine-contract machine-driver gateway-sm msnp-client msnp-service",
        "",
    ),
    Floor::of(
        "msnp-web",
        "msnp-server",
        // The other clients that the page meets, the service, and the gateway in front of it.
        "gateway-upstream msnp-client msnp-mapping msnp-service transport-reqwest",
    ),
    Floor::of(
        "msnp-js",
        "machine-contract machine-driver gateway-sm msnp-client msnp-mapping msnp-server",
        "msnp-service transport-reqwest",
    ),
    Floor::of(
        "msnp-cli",
        "machine-contract machine-driver msnp-proto gateway-sm soap-codec proxied msnp-client transport-reqwest msnp-server gateway-upstream msnp-service driver-conformance msnp-web",
        "simulation",
    ),
    Floor::of(
        "msnp-c",
        "machine-contract machine-driver msnp-proto gateway-sm msnp-client msnp-mapping",
        "",
    ),
    // Bindings from outside: it builds them by itself, and has a service and a client to talk to.
    Floor::of(
        "bindings-trials",
        "msnp-client msnp-service transport-reqwest",
        "",
    ),
    Floor::of("tidy", "", ""),
];

/// Every crate depends on what is below it and on nothing else of the workspace; its tests may reach for what the table
/// names besides. What lies in `examples/` may use everything but the command.
#[must_use]
pub fn floor(packages: &Packages, sources: &Sources) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (package, folder) in packages.members() {
        let path = format!("{folder}/Cargo.toml");
        let mut breach = |line, what, instead| {
            breaches.push(Breach {
                path: path.clone(),
                line,
                what,
                instead,
            });
        };
        let floor = FLOORS.iter().find(|floor| floor.name == package.name);
        // An example shows how the house is used from outside: any floor will do.
        if folder.starts_with("examples/") {
            if package
                .declared
                .iter()
                .any(|dependency| dependency.name == "msnp-cli")
            {
                breach(1, "depends on the command".into(), UP);
            }
            continue;
        }
        let Some(floor) = floor else {
            breach(1, format!("`{}` has no floor", package.name), NO_FLOOR);
            continue;
        };
        for dependency in &package.declared {
            let name = dependency.name.as_str();
            let among = |list: &str| list.split(' ').any(|allowed| allowed == name);
            let may = among(floor.may) || (dependency.kind == Kind::Dev && among(floor.tests_may));
            if !may {
                let who = if dependency.kind == Kind::Dev {
                    "the tests depend"
                } else {
                    "depends"
                };
                breach(
                    line_of(sources, &path, name),
                    format!("{who} on `{name}`, which is not below"),
                    UP,
                );
            }
        }
    }
    breaches
}

/// Where a manifest names a dependency.
fn line_of(sources: &Sources, manifest: &str, name: &str) -> usize {
    let text = sources.text(manifest).unwrap_or_default();
    let found = text.lines().position(|line| {
        line.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with([' ', '=', '.']))
    });
    found.map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(members: &[(&str, &[&str], &[&str])], expected: &[&str]) {
        let sources = Sources::planted(&[(
            "gateway-sm/Cargo.toml",
            "[dependencies]\nmsnp-proto.workspace = true\n",
        )]);
        let found: Vec<String> = floor(&Packages::planted(members), &sources)
            .iter()
            .map(|breach| format!("{}:{}: {}", breach.path, breach.line, breach.what))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_way_up_or_across_is_found() {
        check(
            &[
                ("gateway-sm", &["msnp-proto"], &[]),
                ("msnp-proto", &[], &["msnp-client"]),
                ("msnp-client", &[], &[]),
            ],
            &[
                "gateway-sm/Cargo.toml:2: depends on `msnp-proto`, which is not below",
                "msnp-proto/Cargo.toml:1: the tests depend on `msnp-client`, which is not below",
            ],
        );
    }

    #[test]
    fn a_crate_without_a_floor_is_found() {
        check(
            &[("attic", &[], &[])],
            &["attic/Cargo.toml:1: `attic` has no floor"],
        );
    }

    #[test]
    fn what_tests_may_use_is_not_for_the_crate() {
        let service: (&str, &[&str], &[&str]) = ("msnp-service", &[], &[]);
        check(&[("msnp-client", &[], &["msnp-service"]), service], &[]);
        check(
            &[("msnp-client", &["msnp-service"], &[]), service],
            &["msnp-client/Cargo.toml:1: depends on `msnp-service`, which is not below"],
        );
    }

    #[test]
    fn what_others_publish_is_not_judged_here() {
        check(
            &[
                ("msnp-proto", &["bytes", "machine-contract"], &[]),
                ("machine-contract", &[], &[]),
            ],
            &[],
        );
    }
}
