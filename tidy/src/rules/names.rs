//! No module called after nothing.

use syn::visit::{self, Visit};

use crate::syntax::parse;
use crate::{Breach, Sources};

const INSTEAD: &str =
    "Call it after what it holds; if no name fits, its parts belong to those who use them.";

/// Names that fit everything.
const EMPTY: [&str; 6] = ["utils", "util", "common", "types", "prelude", "helpers"];

/// No module is called `utils`, `util`, `common`, `types`, `prelude` or `helpers`, whether a file, a folder or written inside one.
#[must_use]
pub fn name(sources: &Sources) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, text) in sources.texts(".rs") {
        let mut breach = |line, name: &str| {
            breaches.push(Breach {
                path: path.into(),
                line,
                what: format!("a module is called `{name}`"),
                instead: INSTEAD,
            });
        };
        for part in path
            .trim_end_matches(".rs")
            .split('/')
            .filter(|part| EMPTY.contains(part))
        {
            breach(1, part);
        }
        // Only few files need to be parsed.
        if EMPTY
            .iter()
            .any(|name| text.contains(&format!("mod {name} {{")))
        {
            let mut modules = Modules { found: Vec::new() };
            modules.visit_file(&parse(path, text));
            for (line, name) in modules
                .found
                .iter()
                .filter(|(_, name)| EMPTY.contains(&name.as_str()))
            {
                breach(*line, name);
            }
        }
    }
    breaches
}

struct Modules {
    found: Vec<(usize, String)>,
}

impl<'ast> Visit<'ast> for Modules {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if module.content.is_some() {
            self.found
                .push((module.ident.span().start().line, module.ident.to_string()));
        }
        visit::visit_item_mod(self, module);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_name_is_found() {
        let sources = Sources::planted(&[
            ("a/src/utils.rs", ""),
            ("a/tests/common/mod.rs", ""),
            (
                "a/src/lib.rs",
                "mod utils;\nmod inside {\nmod types { }\n}\nmod kinds {}",
            ),
        ]);
        let found: Vec<(String, usize)> = name(&sources)
            .into_iter()
            .map(|breach| (breach.path, breach.line))
            .collect();
        assert_eq!(
            found,
            [
                ("a/src/lib.rs".into(), 3),
                ("a/src/utils.rs".into(), 1),
                ("a/tests/common/mod.rs".into(), 1)
            ]
        );
    }
}
