//! One start tag: its attributes, checked and resolved against the namespaces in force.

use machine_contract::SortedMap;

use crate::element::{Attribute, Declaration, Element, Name};
use crate::error::{Limit, Problem, XmlError};
use crate::grammar::{self, is_space};
use crate::limits::Budget;
use crate::ns;
use crate::reference::resolve;
use crate::shared_str::SharedStr;

/// The namespaces in force while a document is read, and the names that it repeats.
pub(crate) struct Tags<'a> {
    /// Every declaration in force, the innermost last.
    bindings: Vec<Binding<'a>>,
    /// Where in `bindings` each prefix finds its meaning; `""` is the default namespace.
    current: SortedMap<&'a str, usize>,
    /// Per open element, how many bindings there were before it.
    marks: Vec<usize>,
    /// The attributes of the tag at hand.
    raw: Vec<Raw<'a>>,
    names: Names,
}

struct Binding<'a> {
    prefix: &'a str,
    namespace: SharedStr,
    shadowed: Option<usize>,
}

/// An attribute as it was written: `xmlns` declarations too.
struct Raw<'a> {
    prefix: &'a str,
    local: &'a str,
    value: String,
    at: usize,
}

impl Raw<'_> {
    fn is_declaration(&self) -> bool {
        self.prefix == "xmlns" || (self.prefix.is_empty() && self.local == "xmlns")
    }
}

impl<'a> Tags<'a> {
    pub(crate) fn new() -> Self {
        Self {
            bindings: Vec::new(),
            current: SortedMap::new(),
            marks: Vec::new(),
            raw: Vec::new(),
            names: Names::new(),
        }
    }

    /// Makes the element of the text between `<` and `>`, which begins at `at`.
    pub(crate) fn open(
        &mut self,
        tag: &'a str,
        at: usize,
        budget: &mut Budget,
    ) -> Result<Element, XmlError> {
        budget.spend_node().map_err(|problem| problem.at(at))?;
        let end = tag.bytes().position(is_space).unwrap_or(tag.len());
        let (name, rest) = tag.split_at(end);
        let (prefix, local) = split_name(name, budget).map_err(|problem| problem.at(at))?;
        self.scan(rest, at + end, budget)?;
        self.marks.push(self.bindings.len());
        let declarations = self.declare(budget)?;
        let namespace = self.namespace(prefix).map_err(|problem| problem.at(at))?;
        let name = Name {
            namespace,
            local: self.names.shared(local),
        };
        let prefix = (!prefix.is_empty()).then(|| self.names.shared(prefix));
        let attributes = self.attributes()?;
        Ok(Element::from_parts(name, prefix, attributes, declarations))
    }

    /// Forgets what the innermost open element declared.
    pub(crate) fn close(&mut self) {
        let keep = self.marks.pop().unwrap_or(0);
        while self.bindings.len() > keep {
            let Some(binding) = self.bindings.pop() else {
                return;
            };
            match binding.shadowed {
                Some(outer) => self.current.insert(binding.prefix, outer),
                None => self.current.remove(binding.prefix),
            };
        }
    }

    /// Cuts the attributes apart: white space, name, `=`, quoted value, again and again.
    fn scan(&mut self, rest: &'a str, at: usize, budget: &mut Budget) -> Result<(), XmlError> {
        self.raw.clear();
        let (mut attributes, mut namespaces) = (0, 0);
        let mut left = rest;
        loop {
            let here = |left: &str| at + rest.len() - left.len();
            let spaced = left.trim_start_matches(grammar::SPACE);
            if spaced.is_empty() {
                return Ok(());
            }
            let start = here(spaced);
            if spaced.len() == left.len() {
                return Err(Problem::Attribute.at(start));
            }
            let (name, after) = spaced.split_once('=').ok_or(Problem::Attribute.at(start))?;
            let name = name.trim_end_matches(grammar::SPACE);
            if name.contains(grammar::SPACE) {
                // `<a b c="d">`: the first has no value.
                return Err(Problem::Attribute.at(start));
            }
            let quoted = after.trim_start_matches(grammar::SPACE);
            let quote = quoted.chars().next().filter(|c| matches!(c, '"' | '\''));
            let value = quote.and_then(|quote| quoted.get(1..)?.split_once(quote));
            let Some((value, after)) = value else {
                return Err(Problem::Attribute.at(here(quoted)));
            };
            let value_at = here(quoted) + 1;
            left = after;

            let place = |problem: Problem| problem.at(start);
            let (prefix, local) = split_name(name, budget).map_err(place)?;
            budget.spend_node().map_err(place)?;
            budget
                .check(Limit::AttributeValue, value.len())
                .map_err(place)?;
            budget.spend_text(value.len()).map_err(place)?;
            let raw = Raw {
                prefix,
                local,
                value: attribute_value(value, value_at)?,
                at: start,
            };
            if raw.is_declaration() {
                namespaces += 1;
                budget.check(Limit::Namespaces, namespaces).map_err(place)?;
                budget.check(Limit::Name, value.len()).map_err(place)?;
            } else {
                attributes += 1;
                budget.check(Limit::Attributes, attributes).map_err(place)?;
            }
            self.raw.push(raw);
        }
    }

    /// Puts the tag's own declarations in force.
    fn declare(&mut self, budget: &Budget) -> Result<Vec<Declaration>, XmlError> {
        let mark = self.bindings.len();
        let mut declarations = Vec::new();
        for raw in self.raw.iter().filter(|raw| raw.is_declaration()) {
            let prefix = if raw.prefix.is_empty() { "" } else { raw.local };
            if !ns::may_declare(prefix, &raw.value) {
                return Err(Problem::NamespaceDeclaration.at(raw.at));
            }
            let shadowed = self.current.insert(prefix, self.bindings.len());
            if shadowed.is_some_and(|outer| outer >= mark) {
                return Err(Problem::DuplicateAttribute.at(raw.at));
            }
            let namespace = self.names.shared(&raw.value);
            declarations.push(Declaration {
                prefix: (!prefix.is_empty()).then(|| self.names.shared(prefix)),
                namespace: namespace.clone(),
            });
            self.bindings.push(Binding {
                prefix,
                namespace,
                shadowed,
            });
            budget
                .check(Limit::Bindings, self.bindings.len())
                .map_err(|problem| problem.at(raw.at))?;
        }
        Ok(declarations)
    }

    /// What a prefix means here. The empty one means the default namespace.
    fn namespace(&self, prefix: &str) -> Result<SharedStr, Problem> {
        let found = self
            .current
            .get(prefix)
            .and_then(|&at| self.bindings.get(at));
        match (found, prefix) {
            (Some(binding), _) => Ok(binding.namespace.clone()),
            (None, "") => Ok(SharedStr::constant(ns::NONE)),
            (None, "xml") => Ok(SharedStr::constant(ns::XML)),
            (None, _) => Err(Problem::UndeclaredPrefix),
        }
    }

    fn attributes(&mut self) -> Result<Vec<Attribute>, XmlError> {
        if self.raw.is_empty() {
            return Ok(Vec::new());
        }
        let mut raws = std::mem::take(&mut self.raw);
        raws.retain(|raw| !raw.is_declaration());
        let mut namespaces = Vec::with_capacity(raws.len());
        for raw in &raws {
            // The default namespace is not for attributes.
            namespaces.push(if raw.prefix.is_empty() {
                SharedStr::constant(ns::NONE)
            } else {
                let meaning = self.namespace(raw.prefix);
                meaning.map_err(|problem| problem.at(raw.at))?
            });
        }
        if let Some(at) = duplicate(&raws, &namespaces) {
            return Err(Problem::DuplicateAttribute.at(at));
        }
        let mut attributes = Vec::with_capacity(raws.len());
        for (raw, namespace) in raws.drain(..).zip(namespaces) {
            attributes.push(Attribute {
                name: Name {
                    namespace,
                    local: self.names.shared(raw.local),
                },
                prefix: (!raw.prefix.is_empty()).then(|| self.names.shared(raw.prefix)),
                value: raw.value,
            });
        }
        // The emptied list keeps its room for the next tag.
        self.raw = raws;
        Ok(attributes)
    }
}

/// Where the first attribute is that repeats an earlier one. Sorting keeps the search from growing
/// with the square.
fn duplicate(raws: &[Raw<'_>], namespaces: &[SharedStr]) -> Option<usize> {
    if raws.len() < 2 {
        return None;
    }
    let mut sorted: Vec<(&str, &str, usize)> = raws
        .iter()
        .zip(namespaces)
        .map(|(raw, namespace)| (raw.local, namespace.as_str(), raw.at))
        .collect();
    sorted.sort_unstable();
    sorted
        .windows(2)
        .filter_map(|pair| match pair {
            [(local, namespace, _), (again, same, at)] if (local, namespace) == (again, same) => {
                Some(*at)
            }
            _ => None,
        })
        .min()
}

/// Prefix (empty if there is none) and local name.
fn split_name<'a>(name: &'a str, budget: &Budget) -> Result<(&'a str, &'a str), Problem> {
    budget.check(Limit::Name, name.len())?;
    if grammar::is_name(name) {
        return Ok(("", name));
    }
    name.split_once(':')
        .filter(|(prefix, local)| grammar::is_name(prefix) && grammar::is_name(local))
        .ok_or(Problem::Name)
}

/// References resolved, written white space made spaces.
fn attribute_value(raw: &str, at: usize) -> Result<String, XmlError> {
    if let Some(found) = raw.find('<') {
        return Err(Problem::LessThanInAttribute.at(at + found));
    }
    let mut value = String::with_capacity(raw.len());
    let mut left = raw;
    loop {
        let end = left.find('&').unwrap_or(left.len());
        let (plain, rest) = left.split_at(end);
        push_spaced(&mut value, plain);
        if rest.is_empty() {
            return Ok(value);
        }
        let place = at + raw.len() - rest.len();
        let (name, after) = rest
            .get(1..)
            .and_then(|rest| rest.split_once(';'))
            .ok_or(Problem::Reference.at(place))?;
        value.push(resolve(name).map_err(|problem| problem.at(place))?);
        left = after;
    }
}

fn push_spaced(value: &mut String, plain: &str) {
    if !plain.contains(['\t', '\r', '\n']) {
        value.push_str(plain);
        return;
    }
    let mut previous = ' ';
    for c in plain.chars() {
        match c {
            '\n' if previous == '\r' => {}
            '\t' | '\r' | '\n' => value.push(' '),
            c => value.push(c),
        }
        previous = c;
    }
}

/// The last names seen, to be shared instead of copied. Of fixed size, so that a document full of
/// different names costs no more than it would without.
struct Names([Option<SharedStr>; SLOTS]);

const SLOTS: usize = 64;

impl Names {
    fn new() -> Self {
        Self([const { None }; SLOTS])
    }

    fn shared(&mut self, text: &str) -> SharedStr {
        let bytes = text.as_bytes();
        let edge = |byte: Option<&u8>| usize::from(byte.copied().unwrap_or(0));
        let slot = (bytes.len() * 5 + edge(bytes.first()) + edge(bytes.last()) * 7) % SLOTS;
        match self.0.get_mut(slot) {
            Some(Some(known)) if *known == text => known.clone(),
            Some(slot) => slot.insert(SharedStr::from(text.to_owned())).clone(),
            None => SharedStr::from(text.to_owned()),
        }
    }
}
