//! A package that is published stands alone: what it needs to be read and used lies inside it.

use crate::markdown::links;
use crate::{Breach, Packages, Sources};

const LICENCES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// Every published package has the two licences, word for word those of the workspace, and a README that links to nothing outside of the
/// package: who reads it on a registry or on docs.rs has nothing else.
#[must_use]
pub fn parcel(packages: &Packages, sources: &Sources) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let published = packages.members().filter(|(package, _)| package.published);
    for (_, folder) in published {
        for licence in LICENCES {
            let path = format!("{folder}/{licence}");
            let what = match (sources.text(licence), sources.text(&path)) {
                (_, None) => "is not there",
                (all, own) if all != own => "differs from the one of the workspace",
                _ => continue,
            };
            breaches.push(Breach {
                path,
                line: 1,
                what: what.into(),
                instead: "Copy the file of the workspace.",
            });
        }
        let path = format!("{folder}/README.md");
        let outside = links(sources.text(&path).unwrap_or_default())
            .into_iter()
            .filter(|(_, target)| target.starts_with("../"));
        breaches.extend(outside.map(|(line, target)| Breach {
            path: path.clone(),
            line,
            what: format!("links to `{target}`, which is not in the package"),
            instead: "Link to docs.rs, or name it without a link.",
        }));
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::breach::assert_places;

    #[track_caller]
    fn check(files: &[(&str, &str)], expected: &[(&str, usize)]) {
        let all = [("LICENSE-MIT", "mit"), ("LICENSE-APACHE", "apache")];
        let files = [&all[..], files].concat();
        let mut packages = Packages::planted(&[("a", &[], &[]), ("b", &[], &[])]);
        packages.all[1].published = false;
        assert_places(&parcel(&packages, &Sources::planted(&files)), expected);
    }

    #[test]
    fn a_licence_that_is_missing_or_another_one_is_found() {
        check(
            &[("a/LICENSE-MIT", "other")],
            &[("a/LICENSE-APACHE", 1), ("a/LICENSE-MIT", 1)],
        );
    }

    #[test]
    fn a_link_out_of_the_package_is_found() {
        check(
            &[
                ("a/LICENSE-MIT", "mit"),
                ("a/LICENSE-APACHE", "apache"),
                ("a/README.md", "# A\n[b](../b) [c](src/c.rs)\n"),
                ("b/README.md", "[a](../a)\n"),
            ],
            &[("a/README.md", 2)],
        );
    }
}
