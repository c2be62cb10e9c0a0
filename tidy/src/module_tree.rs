//! The modules of a crate, and which file defines what a path names.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenTree;
use syn::{Item, ItemImpl, ItemStruct, Macro, Type};

use crate::Sources;
use crate::imports::{Import, imports};
use crate::syntax::{attributes, is_public, is_test, parse, path_attribute};
use crate::used_paths::{UsedPath, used_paths};

/// How often a path may lead on to another. Real ones need three or four; what is deeper goes around in a circle.
const DEPTH: usize = 32;

/// The modules of one library or program, without what is there for tests only.
pub(crate) struct ModuleTree {
    /// The first is the root.
    modules: Vec<Module>,
}

pub(crate) struct Module {
    /// The file it stands in; that of its parent if it is written inside one.
    file: String,
    parent: Option<usize>,
    /// Its name, if its parent shows it to everybody.
    shown: Option<String>,
    children: BTreeMap<String, usize>,
    /// What is defined here, by name.
    items: Vec<String>,
    /// What names here mean that are defined elsewhere; a name can mean a type and a function.
    imports: Vec<(String, Vec<String>)>,
    /// Where all names are taken from.
    globs: Vec<Vec<String>>,
    /// Everything in it but its modules.
    code: Vec<Item>,
}

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Something that is defined in this module.
    Item { module: usize, name: String },
    /// A module.
    Module,
    /// Something of another crate, by its whole path; or a name that nobody here defines, such as a local variable's.
    External(Vec<String>),
}

/// An `impl` block, and the struct it is for.
pub(crate) struct ImplOfStruct<'a> {
    pub(crate) block: &'a ItemImpl,
    /// Where the block stands.
    pub(crate) file: &'a str,
    pub(crate) definition: &'a ItemStruct,
    /// Where the struct is defined.
    pub(crate) home: &'a str,
}

impl ModuleTree {
    /// Every library and program of the workspace: one for each `src/lib.rs` and `src/main.rs`.
    pub(crate) fn all(sources: &Sources) -> impl Iterator<Item = Self> {
        Self::of_folders(sources, |_| true)
    }

    /// Those whose sources lie in such a folder, `some-crate/src/`.
    pub(crate) fn of_folders(
        sources: &Sources,
        wanted: impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = Self> {
        sources
            .paths()
            .filter(move |path| {
                let folder = path
                    .strip_suffix("lib.rs")
                    .or_else(|| path.strip_suffix("main.rs"));
                folder.is_some_and(|folder| folder.ends_with("src/") && wanted(folder))
            })
            .map(|root| Self::of(sources, root))
    }

    fn of(sources: &Sources, root: &str) -> Self {
        let mut tree = Self {
            modules: Vec::new(),
        };
        let directory = root.rsplit_once('/').map_or("", |(directory, _)| directory);
        tree.add_file(sources, root, directory, None);
        tree
    }

    /// Adds the module of a file whose modules lie in `directory`.
    fn add_file(
        &mut self,
        sources: &Sources,
        file: &str,
        directory: &str,
        parent: Option<usize>,
    ) -> Option<usize> {
        let parsed = parse(file, sources.text(file)?);
        Some(self.add(sources, file, directory, parent, parsed.items))
    }

    fn add(
        &mut self,
        sources: &Sources,
        file: &str,
        directory: &str,
        parent: Option<usize>,
        items: Vec<Item>,
    ) -> usize {
        let id = self.modules.len();
        self.modules.push(Module {
            file: file.into(),
            parent,
            shown: None,
            children: BTreeMap::new(),
            items: Vec::new(),
            imports: Vec::new(),
            globs: Vec::new(),
            code: Vec::new(),
        });
        for item in items {
            if is_test(attributes(&item)) {
                continue;
            }
            match item {
                Item::Mod(module) => {
                    let name = module.ident.to_string();
                    let inside = format!("{directory}/{name}");
                    let child = if let Some((_, items)) = module.content {
                        Some(self.add(sources, file, &inside, Some(id), items))
                    } else if let Some(path) = path_attribute(&module.attrs) {
                        // Relative to the file, and its own modules lie beside it.
                        let beside = file.rsplit_once('/').map_or("", |(beside, _)| beside);
                        self.add_file(sources, &format!("{beside}/{path}"), beside, Some(id))
                    } else {
                        self.add_file(sources, &format!("{inside}.rs"), &inside, Some(id))
                            .or_else(|| {
                                self.add_file(
                                    sources,
                                    &format!("{inside}/mod.rs"),
                                    &inside,
                                    Some(id),
                                )
                            })
                    };
                    if let Some(child) = child {
                        self.modules[child].shown = is_public(&module.vis).then(|| name.clone());
                        self.modules[id].children.insert(name, child);
                    }
                }
                Item::Macro(list) if list.ident.is_none() => {
                    for name in names_in(&list.mac) {
                        let inside = format!("{directory}/{name}");
                        let file = format!("{inside}.rs");
                        if let Some(child) = self.add_file(sources, &file, &inside, Some(id)) {
                            self.modules[id].children.insert(name, child);
                        }
                    }
                    self.modules[id].add(Item::Macro(list));
                }
                item => self.modules[id].add(item),
            }
        }
        id
    }

    /// Every module with its id, by which [`resolve`](Self::resolve) knows it.
    pub(crate) fn modules(&self) -> impl Iterator<Item = (usize, &Module)> {
        self.modules.iter().enumerate()
    }

    /// The file of a module.
    pub(crate) fn file(&self, module: usize) -> &str {
        &self.modules[module].file
    }

    /// Whether it is a library.
    pub(crate) fn is_library(&self) -> bool {
        self.file(0).ends_with("lib.rs")
    }

    /// The path by which users of the library come nearest to a module, from the name of the crate.
    pub(crate) fn public_path(&self, module: usize) -> String {
        let Module { parent, shown, .. } = &self.modules[module];
        match (parent, shown) {
            (None, _) => {
                let folder = self.file(0).trim_end_matches("/src/lib.rs");
                let name = folder.rsplit('/').next().unwrap_or_default();
                name.replace('-', "_")
            }
            (Some(parent), Some(name)) if self.is_shown(*parent) => {
                format!("{}::{name}", self.public_path(*parent))
            }
            (Some(parent), _) => self.public_path(*parent),
        }
    }

    /// Whether users of the library can name a module.
    fn is_shown(&self, module: usize) -> bool {
        let Module { parent, shown, .. } = &self.modules[module];
        parent.is_none_or(|parent| shown.is_some() && self.is_shown(parent))
    }

    /// What `path`, written in a module, names.
    pub(crate) fn resolve(&self, module: usize, path: &[String]) -> Target {
        self.walk(module, path, DEPTH)
            .unwrap_or_else(|| Target::External(path.to_vec()))
    }

    /// Every `impl` block of a struct that the crate defines.
    pub(crate) fn impls_of_structs(&self) -> impl Iterator<Item = ImplOfStruct<'_>> {
        self.modules
            .iter()
            .enumerate()
            .flat_map(move |(id, module)| {
                module.code.iter().filter_map(move |item| {
                    let Item::Impl(block) = item else { return None };
                    let Type::Path(of) = &*block.self_ty else {
                        return None;
                    };
                    let names: Vec<String> = of
                        .path
                        .segments
                        .iter()
                        .map(|segment| segment.ident.to_string())
                        .collect();
                    let Target::Item { module: home, name } = self.resolve(id, &names) else {
                        return None;
                    };
                    let home = &self.modules[home];
                    let definition = home.code.iter().find_map(|item| match item {
                        Item::Struct(found) if found.ident == name => Some(found),
                        _ => None,
                    })?;
                    Some(ImplOfStruct {
                        block,
                        file: &module.file,
                        definition,
                        home: &home.file,
                    })
                })
            })
    }

    fn walk(&self, module: usize, path: &[String], depth: usize) -> Option<Target> {
        let depth = depth.checked_sub(1)?;
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.descend(0, rest, depth),
            "self" => self.descend(module, rest, depth),
            "super" => self.descend(self.modules[module].parent?, rest, depth),
            name => self.lookup(module, name, rest, depth),
        }
    }

    fn descend(&self, module: usize, path: &[String], depth: usize) -> Option<Target> {
        match path.split_first() {
            None => Some(Target::Module),
            Some((first, rest)) if first == "super" => {
                self.descend(self.modules[module].parent?, rest, depth)
            }
            Some((first, _)) if first == "*" => Some(Target::Module),
            Some((first, rest)) => self.lookup(module, first, rest, depth),
        }
    }

    fn lookup(&self, module: usize, name: &str, rest: &[String], depth: usize) -> Option<Target> {
        let here = &self.modules[module];
        let item = || {
            here.items
                .iter()
                .any(|item| item == name)
                .then(|| Target::Item {
                    module,
                    name: name.into(),
                })
        };
        let import = || {
            here.imports
                .iter()
                .filter(|(imported, _)| imported == name)
                .find_map(|(_, path)| {
                    let whole: Vec<String> = path.iter().chain(rest).cloned().collect();
                    // What an import names is not looked for among the names that it makes.
                    self.walk(module, &whole, depth)
                        .or_else(|| (path[0] != name).then_some(Target::External(whole)))
                })
        };
        let child = || {
            here.children
                .get(name)
                .and_then(|child| self.descend(*child, rest, depth))
        };
        // A module may hold something of its own name: `connect::connect`.
        let found = if rest.is_empty() {
            item().or_else(import).or_else(child)
        } else {
            child().or_else(import).or_else(item)
        };
        found.or_else(|| {
            here.globs.iter().find_map(|glob| {
                let of = self.find_module(module, glob, depth.checked_sub(1)?)?;
                if of == module {
                    None
                } else {
                    self.lookup(of, name, rest, depth - 1)
                }
            })
        })
    }

    fn find_module(&self, from: usize, path: &[String], depth: usize) -> Option<usize> {
        let depth = depth.checked_sub(1)?;
        let mut module = from;
        for name in path {
            module = match name.as_str() {
                "crate" => 0,
                "self" => module,
                "super" => self.modules[module].parent?,
                name => {
                    let Module {
                        children, imports, ..
                    } = &self.modules[module];
                    let import = || imports.iter().find(|(imported, _)| imported == name);
                    match children.get(name) {
                        Some(child) => *child,
                        None => self.find_module(module, &import()?.1, depth)?,
                    }
                }
            };
        }
        Some(module)
    }
}

/// What a macro is given: it may make a module of each name, as a list of dialects does. Those that no file has are
/// something else.
fn names_in(list: &Macro) -> BTreeSet<String> {
    let words = list.tokens.clone().into_iter();
    let names = words.filter_map(|word| match word {
        TokenTree::Ident(name) => Some(name.to_string()),
        _ => None,
    });
    names.collect()
}

impl Module {
    /// The file it stands in.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// Everything in it but its modules.
    pub(crate) fn code(&self) -> &[Item] {
        &self.code
    }

    /// Every path that its code uses.
    pub(crate) fn used_paths(&self) -> Vec<UsedPath> {
        used_paths(&self.code)
    }

    fn add(&mut self, item: Item) {
        let name = match &item {
            Item::Const(item) => Some(&item.ident),
            Item::Enum(item) => Some(&item.ident),
            Item::Fn(item) => Some(&item.sig.ident),
            Item::Macro(item) => item.ident.as_ref(),
            Item::Static(item) => Some(&item.ident),
            Item::Struct(item) => Some(&item.ident),
            Item::Trait(item) => Some(&item.ident),
            Item::TraitAlias(item) => Some(&item.ident),
            Item::Type(item) => Some(&item.ident),
            Item::Union(item) => Some(&item.ident),
            Item::Use(item) => {
                for Import { name, path } in imports(&item.tree) {
                    match name {
                        Some(name) => self.imports.push((name, path)),
                        None => self.globs.push(path),
                    }
                }
                None
            }
            _ => None,
        };
        self.items.extend(name.map(ToString::to_string));
        self.code.push(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which file defines what `path`, written in `file`, names.
    #[track_caller]
    fn check(files: &[(&str, &str)], file: &str, path: &str, expected: &str) {
        let sources = Sources::planted(files);
        let tree = ModuleTree::all(&sources).next().unwrap();
        let module = tree
            .modules
            .iter()
            .position(|module| module.file == file)
            .unwrap();
        let path: Vec<String> = path.split("::").map(Into::into).collect();
        let found = match tree.resolve(module, &path) {
            Target::Item { module, name } => format!("{}: {name}", tree.modules[module].file),
            Target::Module => "a module".into(),
            Target::External(path) => path.join("::"),
        };
        assert_eq!(found, expected);
    }

    const HOUSE: [(&str, &str); 5] = [
        (
            "a/src/lib.rs",
            "mod cook; mod room; pub use room::Door; pub use room::wall::*; mod inside { pub struct Nook; }",
        ),
        (
            "a/src/cook.rs",
            "use crate::Door; use http::Response as Reply; pub fn cook() {} struct Own;",
        ),
        (
            "a/src/room.rs",
            "mod wall; pub struct Door; pub use wall::Brick;",
        ),
        ("a/src/room/wall.rs", "pub struct Brick; use super::*;"),
        ("a/src/stray.rs", ""),
    ];

    #[test]
    fn a_re_export_leads_to_where_a_thing_is_defined() {
        check(&HOUSE, "a/src/cook.rs", "Door", "a/src/room.rs: Door");
        check(
            &HOUSE,
            "a/src/cook.rs",
            "crate::room::Brick",
            "a/src/room/wall.rs: Brick",
        );
        check(
            &HOUSE,
            "a/src/cook.rs",
            "crate::Brick",
            "a/src/room/wall.rs: Brick",
        );
    }

    #[test]
    fn paths_go_up_and_into_modules_of_the_same_file() {
        check(
            &HOUSE,
            "a/src/room/wall.rs",
            "super::super::cook::cook",
            "a/src/cook.rs: cook",
        );
        check(&HOUSE, "a/src/room/wall.rs", "Door", "a/src/room.rs: Door");
        check(
            &HOUSE,
            "a/src/cook.rs",
            "crate::inside::Nook",
            "a/src/lib.rs: Nook",
        );
        check(&HOUSE, "a/src/cook.rs", "Own::new", "a/src/cook.rs: Own");
    }

    #[test]
    fn a_list_from_which_a_macro_makes_modules_holds_them() {
        let files = [
            (
                "a/src/lib.rs",
                "macro_rules! rooms { ($($n:ident)+) => { $(mod $n;)+ } } rooms! { cook }",
            ),
            ("a/src/cook.rs", "pub fn boil() {}"),
        ];
        check(&files, "a/src/lib.rs", "cook::boil", "a/src/cook.rs: boil");
    }

    #[test]
    fn what_others_define_keeps_its_whole_path() {
        check(
            &HOUSE,
            "a/src/cook.rs",
            "Reply::builder",
            "http::Response::builder",
        );
        check(&HOUSE, "a/src/cook.rs", "std::fmt", "std::fmt");
    }

    #[test]
    fn a_module_and_a_function_may_have_one_name() {
        let files = [
            ("a/src/lib.rs", "mod cook; pub use cook::cook;"),
            ("a/src/cook.rs", "pub fn cook() {}"),
        ];
        check(&files, "a/src/lib.rs", "cook", "a/src/cook.rs: cook");
        check(&files, "a/src/lib.rs", "cook::cook", "a/src/cook.rs: cook");
    }

    #[test]
    fn imports_that_lead_around_in_a_circle_end() {
        let files = [
            ("a/src/lib.rs", "mod b; use b::X; "),
            ("a/src/b.rs", "pub use super::X;"),
        ];
        check(&files, "a/src/lib.rs", "X", "super::X");
    }

    #[test]
    fn modules_of_tests_are_left_out() {
        let files = [("a/src/lib.rs", "#[cfg(test)] mod tests { struct X; }")];
        check(&files, "a/src/lib.rs", "tests::X", "tests::X");
    }
}
