//! What a Markdown file has: headings, links, tables' first columns.

/// The lines of a file that are text: without fenced code, and with the number of each.
pub(crate) fn text_lines(markdown: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fence: Option<&str> = None;
    (1..).zip(markdown.lines()).filter(move |(_, line)| {
        let mark = ["```", "~~~"]
            .into_iter()
            .find(|mark| line.trim_start().starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => {
                fence = Some(mark);
                false
            }
            (Some(open), Some(mark)) if open == mark => {
                fence = None;
                false
            }
            (fence, _) => fence.is_none(),
        }
    })
}

/// The text of every heading.
pub(crate) fn headings(markdown: &str) -> impl Iterator<Item = &str> {
    text_lines(markdown).filter_map(|(_, line)| {
        let text = line.trim_start_matches('#');
        (text.len() < line.len() && text.starts_with(' ')).then(|| text.trim())
    })
}

/// The number that a heading begins with, such as `6.13` in `6.13 Renewal` and `6` in `6. Commands`.
pub(crate) fn number(heading: &str) -> Option<&str> {
    let number = heading.split(' ').next()?.trim_end_matches('.');
    let is_number = !number.is_empty()
        && number
            .split('.')
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    is_number.then_some(number)
}

/// The name by which a link reaches a heading, as the usual hosts make it.
pub(crate) fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// Where each link leads, with the line: `[text](target)` and `[label]: target`, outside of code.
pub(crate) fn links(markdown: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    for (number, line) in text_lines(markdown) {
        let line = without_code(line);
        for (at, _) in line.match_indices("](") {
            let target = &line[at + 2..];
            // A target may hold a pair of brackets itself.
            let mut depth = 0;
            let end = target.find(|c| {
                depth += i32::from(c == '(') - i32::from(c == ')');
                depth < 0
            });
            links.extend(end.map(|end| {
                (
                    number,
                    target[..end]
                        .split(' ')
                        .next()
                        .unwrap_or_default()
                        .to_owned(),
                )
            }));
        }
        let definition = line
            .trim_start()
            .strip_prefix('[')
            .and_then(|rest| rest.split_once("]: "));
        links.extend(definition.map(|(_, target)| (number, target.trim().to_owned())));
    }
    links
}

/// A line with spaces for its code spans.
pub(crate) fn without_code(line: &str) -> String {
    let mut bare = String::with_capacity(line.len());
    for (index, part) in line.split('`').enumerate() {
        if index > 0 {
            bare.push(' ');
        }
        if index % 2 == 0 {
            bare.push_str(part);
        } else {
            bare.extend(std::iter::repeat_n(' ', part.len()));
        }
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_numbered_and_anchored() {
        let text =
            "# A title\n```\n# no heading\n```\n## 6. Commands\n### 6.13 Renewal of `ATH`\n#tag\n";
        assert_eq!(
            headings(text).collect::<Vec<_>>(),
            ["A title", "6. Commands", "6.13 Renewal of `ATH`"]
        );
        assert_eq!(
            headings(text).filter_map(number).collect::<Vec<_>>(),
            ["6", "6.13"]
        );
        assert_eq!(anchor("R1, E, EO: Escargot"), "r1-e-eo-escargot");
    }

    #[test]
    fn links_are_found_outside_of_code() {
        let text =
            "[a](b.md) `[no](no.md)` [c](d(e).md \"title\")\n```\n[no](no.md)\n```\n[f]: g.md\n";
        let found = links(text);
        assert_eq!(
            found,
            [
                (1, "b.md".into()),
                (1, "d(e).md".into()),
                (5, "g.md".into())
            ]
        );
    }
}
