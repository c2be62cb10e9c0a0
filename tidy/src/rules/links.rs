//! What a Markdown file links to in this repository is there.

use crate::markdown::{anchor, headings, links};
use crate::{Breach, Sources};

const INSTEAD: &str = "Link to a file or a heading that exists.";

/// Every relative link of a Markdown file leads to a file or a folder, and its `#anchor` to a heading of that file.
///
/// Addresses are not followed. In the guides, which are documentation of a crate, what looks like a path of Rust is rustdoc's to check.
#[must_use]
pub fn link(sources: &Sources) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, text) in sources.texts(".md") {
        for (line, target) in links(text) {
            if target.contains("://") || target.starts_with("mailto:") || is_path_of_rust(&target) {
                continue;
            }
            let (file, heading) = target
                .split_once('#')
                .map_or((target.as_str(), None), |(file, heading)| {
                    (file, Some(heading))
                });
            let to = if file.is_empty() {
                Some(path.to_owned())
            } else {
                join(path, file)
            };
            let problem = match to {
                Some(to) if sources.exists(&to) => heading
                    .filter(|heading| {
                        !sources.text(&to).is_some_and(|text| {
                            headings(text).any(|found| anchor(found) == *heading)
                        })
                    })
                    .map(|heading| format!("links to `#{heading}`, and there is no such heading")),
                _ => Some(format!("links to `{target}`, which is not there")),
            };
            breaches.extend(problem.map(|what| Breach {
                path: path.into(),
                line,
                what,
                instead: INSTEAD,
            }));
        }
    }
    breaches
}

/// `crate::Session`, `Session`, `struct@Frame`, `crate#section`: no folder and no ending before an anchor.
fn is_path_of_rust(target: &str) -> bool {
    let file = target.split('#').next().unwrap_or_default();
    file.contains("::") || file.contains('@') || !file.is_empty() && !file.contains(['/', '.'])
}

/// Where a link in a file leads; `None` is outside of the workspace.
fn join(from: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.trim_end_matches('/').split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let sources = Sources::planted(&[
            ("docs/a.md", text),
            ("docs/b/c.md", "# One thing\n"),
            ("README.md", "# Top\n"),
        ]);
        let found: Vec<String> = link(&sources)
            .iter()
            .map(|breach| format!("{}: {}", breach.line, breach.what))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_link_to_nothing_is_found() {
        check(
            "\n[x](b/d.md)\n",
            &["2: links to `b/d.md`, which is not there"],
        );
        check(
            "[x](../../README.md)\n",
            &["1: links to `../../README.md`, which is not there"],
        );
    }

    #[test]
    fn an_anchor_without_its_heading_is_found() {
        check(
            "[x](b/c.md#another-thing)\n",
            &["1: links to `#another-thing`, and there is no such heading"],
        );
        check(
            "[x](#here)\n",
            &["1: links to `#here`, and there is no such heading"],
        );
    }

    #[test]
    fn what_is_there_may_be_linked() {
        check(
            "# Here\n[x](b/c.md#one-thing) [x](../README.md) [x](b/) [x](#here) [x](https://example.org) [x](crate::B) [x](crate#b)\n",
            &[],
        );
    }
}
