//! What a `use` brings.

use syn::UseTree;

/// One name that a `use` brings.
pub(crate) struct Import {
    /// `None`: all names of the module; for a trait that is there for its methods, a name that nobody can write.
    pub(crate) name: Option<String>,
    pub(crate) path: Vec<String>,
}

/// Everything that a `use` names.
pub(crate) fn imports(tree: &UseTree) -> Vec<Import> {
    fn collect(tree: &UseTree, before: &[String], found: &mut Vec<Import>) {
        let with = |name: String| before.iter().cloned().chain([name]).collect::<Vec<_>>();
        match tree {
            UseTree::Path(path) => collect(&path.tree, &with(path.ident.to_string()), found),
            // `self` in braces is the module itself.
            UseTree::Name(name) if name.ident == "self" => {
                found.push(Import {
                    name: before.last().cloned(),
                    path: before.to_vec(),
                });
            }
            UseTree::Name(name) => {
                let name = name.ident.to_string();
                found.push(Import {
                    path: with(name.clone()),
                    name: Some(name),
                });
            }
            UseTree::Rename(rename) => {
                let path = if rename.ident == "self" {
                    before.to_vec()
                } else {
                    with(rename.ident.to_string())
                };
                found.push(Import {
                    name: Some(rename.rename.to_string()),
                    path,
                });
            }
            UseTree::Glob(_) => found.push(Import {
                name: None,
                path: before.to_vec(),
            }),
            UseTree::Group(group) => group
                .items
                .iter()
                .for_each(|tree| collect(tree, before, found)),
        }
    }
    let mut found = Vec::new();
    collect(tree, &[], &mut found);
    found
}
