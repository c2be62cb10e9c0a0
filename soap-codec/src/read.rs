//! From characters to elements. quick-xml cuts the markup apart and matches end tags; everything
//! else that makes a document well-formed is checked here and in `tag.rs`, because quick-xml 0.42
//! lets it pass (soap.md 4.2). Never recursive, linear in time.

use std::io::BufRead;
use std::mem;

use quick_xml::Reader;
use quick_xml::errors::{Error, IllFormedError, SyntaxError};
use quick_xml::events::Event;

use crate::element::{Element, Node};
use crate::encoding::{self, Characters};
use crate::error::{Limit, Problem, XmlError};
use crate::grammar;
use crate::limits::Budget;
use crate::reference::resolve;
use crate::tag::Tags;

impl Element {
    /// Reads a document of one element.
    pub fn parse(bytes: &[u8], budget: &mut Budget) -> Result<Self, XmlError> {
        let characters = encoding::outer(bytes, budget)?;
        document(characters, budget, 0)
    }

    /// Reads a document of one element from its characters, whatever encoding it names.
    pub(crate) fn parse_known(text: &str, budget: &mut Budget) -> Result<Self, XmlError> {
        let characters = encoding::known(text, budget)?;
        document(characters, budget, 0)
    }

    /// Reads a document that was the text of an element `depth` deep in another.
    pub(crate) fn parse_inner(
        text: &str,
        budget: &mut Budget,
        depth: usize,
    ) -> Result<Self, XmlError> {
        let characters = encoding::inner(text, budget)?;
        document(characters, budget, depth)
    }
}

/// Reads one document. `depth` is how deep it hangs inside another.
fn document(
    characters: Characters<'_>,
    budget: &mut Budget,
    depth: usize,
) -> Result<Element, XmlError> {
    let Characters { text, base } = characters;
    let shift = |error: XmlError| error.problem.at(error.at + base);
    let mut reader = Reader::from_str(text);
    let mut tree = Tree {
        tags: Tags::new(),
        open: Vec::new(),
        nodes: Vec::new(),
        root: None,
        text: None,
        spare: String::new(),
        depth,
    };
    loop {
        // The tokenizer stands behind the markup that it read last. What comes before the next is
        // not left to it: it would make an event of every reference, and an escaped document has
        // little else.
        let at = position(reader.buffer_position());
        let left = text.get(at..).unwrap_or_default();
        let length = tree.content(left, at, budget).map_err(shift)?;
        reader.stream().consume(length);
        let at = at + length;
        refuse_doctype(text, at).map_err(shift)?;
        let checked = match reader.read_event() {
            Ok(Event::Start(tag)) => tree.open(written(text, at, tag.len()), at, budget),
            Ok(Event::Empty(tag)) => tree
                .open(written(text, at, tag.len()), at, budget)
                .and_then(|()| tree.close(at)),
            Ok(Event::End(_)) => tree.close(at),
            Ok(Event::CData(text)) => tree.cdata(&text, at, budget),
            Ok(Event::Comment(comment)) => comment_text(&comment, budget).map_err(|it| it.at(at)),
            Ok(Event::PI(_)) => Err(Problem::ProcessingInstruction.at(at)),
            Ok(Event::Decl(_)) => Err(Problem::MisplacedDeclaration.at(at)),
            Ok(Event::DocType(_)) => Err(Problem::Doctype.at(at)),
            // `content` has read these. That rests on how the tokenizer works inside, so should it
            // ever change, a stranger's bytes meet an error and not a panic.
            Ok(Event::Text(_) | Event::GeneralRef(_)) => Err(Problem::Markup.at(at)),
            Ok(Event::Eof) => return tree.finish(at).map_err(shift),
            Err(error) => Err(problem(&error).at(position(reader.error_position()))),
        };
        checked.map_err(shift)?;
    }
}

/// What a tag holds between its `<` and its end, borrowed from the document and not from the event.
fn written(text: &str, at: usize, length: usize) -> &str {
    text.get(at + 1..at + 1 + length).unwrap_or_default()
}

/// A document type declaration is refused at its first characters: its content is not even looked at.
fn refuse_doctype(text: &str, at: usize) -> Result<(), XmlError> {
    const START: &[u8] = b"<!DOCTYPE";
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    let found = rest.get(..START.len());
    if rest.starts_with(b"<!") && found.is_some_and(|found| found.eq_ignore_ascii_case(START)) {
        return Err(Problem::Doctype.at(at));
    }
    Ok(())
}

fn comment_text(comment: &str, budget: &mut Budget) -> Result<(), Problem> {
    budget.spend_node()?;
    if comment.contains("--") || comment.ends_with('-') {
        return Err(Problem::HyphensInComment);
    }
    Ok(())
}

/// The elements that are open, the innermost last.
struct Tree<'a> {
    tags: Tags<'a>,
    open: Vec<Open>,
    /// Their content so far, the innermost's last. An element takes its own when it is closed, in
    /// no more room than it needs.
    nodes: Vec<Node>,
    root: Option<Element>,
    /// The text being read, which references and comments cut in pieces.
    text: Option<String>,
    /// Room for the next one.
    spare: String,
    depth: usize,
}

/// An element without its content.
struct Open {
    element: Element,
    /// How many of the nodes were there before it.
    mark: usize,
}

impl<'a> Tree<'a> {
    fn open(&mut self, tag: &'a str, at: usize, budget: &mut Budget) -> Result<(), XmlError> {
        if self.open.is_empty() && self.root.is_some() {
            return Err(Problem::SecondRoot.at(at));
        }
        budget
            .check(Limit::Depth, self.depth + self.open.len() + 1)
            .map_err(|problem| problem.at(at))?;
        // The tag's text begins behind its `<`.
        let element = self.tags.open(tag, at + 1, budget)?;
        self.end_text();
        let mark = self.nodes.len();
        self.open.push(Open { element, mark });
        Ok(())
    }

    fn close(&mut self, at: usize) -> Result<(), XmlError> {
        // The tokenizer has matched the end tag with its start tag.
        self.end_text();
        let Open { mut element, mark } = self.open.pop().ok_or(Problem::EndTag.at(at))?;
        self.tags.close();
        element.set_children(self.nodes.drain(mark..).collect());
        if self.open.is_empty() {
            self.root = Some(element);
        } else {
            self.nodes.push(Node::Element(element));
        }
        Ok(())
    }

    /// Text and references by turns, up to the next markup or the end. Gives their length.
    fn content(&mut self, rest: &str, at: usize, budget: &mut Budget) -> Result<usize, XmlError> {
        let mut left = rest;
        loop {
            let end = left.bytes().position(|byte| matches!(byte, b'<' | b'&'));
            let (text, after) = left.split_at(end.unwrap_or(left.len()));
            if !text.is_empty() {
                self.text(text, at + rest.len() - left.len(), budget)?;
            }
            let Some(reference) = after.strip_prefix('&') else {
                return Ok(rest.len() - after.len());
            };
            let here = at + rest.len() - after.len();
            let (name, after) = reference
                .bytes()
                .position(|byte| byte == b';')
                .and_then(|end| Some((reference.get(..end)?, reference.get(end + 1..)?)))
                .ok_or(Problem::Reference.at(here))?;
            self.reference(name, here, budget)?;
            left = after;
        }
    }

    fn text(&mut self, text: &str, at: usize, budget: &mut Budget) -> Result<(), XmlError> {
        if self.open.is_empty() {
            if grammar::is_blank(text) {
                return Ok(());
            }
            return Err(Problem::TextOutsideRoot.at(at));
        }
        // Brackets are rare, so one look for them saves the search.
        if text.as_bytes().contains(&b']')
            && let Some(end) = text.find("]]>")
        {
            return Err(Problem::CdataEndInText.at(at + end));
        }
        let run = self.run(text.len(), budget);
        push_normalized(run.map_err(|problem| problem.at(at))?, text);
        Ok(())
    }

    fn cdata(&mut self, text: &str, at: usize, budget: &mut Budget) -> Result<(), XmlError> {
        self.end_text();
        if self.open.is_empty() {
            return Err(Problem::TextOutsideRoot.at(at));
        }
        budget
            .spend_node()
            .and_then(|()| budget.spend_text(text.len()))
            .map_err(|problem| problem.at(at))?;
        let mut kept = String::with_capacity(text.len());
        push_normalized(&mut kept, text);
        self.nodes.push(Node::CData(kept));
        Ok(())
    }

    fn reference(&mut self, name: &str, at: usize, budget: &mut Budget) -> Result<(), XmlError> {
        let referred = resolve(name).map_err(|problem| problem.at(at))?;
        if self.open.is_empty() {
            return Err(Problem::TextOutsideRoot.at(at));
        }
        let run = self.run("&;".len() + name.len(), budget);
        run.map_err(|problem| problem.at(at))?.push(referred);
        Ok(())
    }

    /// The text being read, to be continued by a piece of `length` bytes. A new one counts as a node.
    fn run(&mut self, length: usize, budget: &mut Budget) -> Result<&mut String, Problem> {
        if self.text.is_none() {
            budget.spend_node()?;
        }
        budget.spend_text(length)?;
        Ok(self.text.get_or_insert_with(|| mem::take(&mut self.spare)))
    }

    /// Makes a node of the text that was read, in no more room than it needs.
    fn end_text(&mut self) {
        if let Some(mut text) = self.text.take() {
            self.nodes.push(Node::Text(text.as_str().to_owned()));
            text.clear();
            self.spare = text;
        }
    }

    fn finish(self, at: usize) -> Result<Element, XmlError> {
        if !self.open.is_empty() {
            return Err(Problem::Truncated.at(at));
        }
        self.root.ok_or(Problem::NoRoot.at(at))
    }
}

/// Line ends become `\n`, as XML wants it; a carriage return survives only as `&#13;`.
fn push_normalized(kept: &mut String, text: &str) {
    if !text.as_bytes().contains(&b'\r') {
        kept.push_str(text);
        return;
    }
    let mut lines = text.split('\r');
    kept.push_str(lines.next().unwrap_or_default());
    for line in lines {
        kept.push('\n');
        kept.push_str(line.strip_prefix('\n').unwrap_or(line));
    }
}

/// The tokenizer's complaints in our words.
fn problem(error: &Error) -> Problem {
    match error {
        Error::Syntax(SyntaxError::InvalidBangMarkup) => Problem::Markup,
        Error::Syntax(_) => Problem::Truncated,
        Error::IllFormed(IllFormedError::DoubleHyphenInComment) => Problem::HyphensInComment,
        Error::IllFormed(IllFormedError::MissingDoctypeName) => Problem::Doctype,
        Error::IllFormed(
            IllFormedError::MissingDeclVersion(_) | IllFormedError::UnknownVersion,
        ) => Problem::MisplacedDeclaration,
        Error::InvalidAttr(_) => Problem::Attribute,
        Error::Namespace(_) => Problem::NamespaceDeclaration,
        Error::IllFormed(IllFormedError::UnclosedReference) | Error::Escape(_) => {
            Problem::Reference
        }
        Error::IllFormed(_) => Problem::EndTag,
        // The input is valid UTF-8 and lies in memory.
        Error::Encoding(_) | Error::Io(_) => Problem::InvalidUtf8,
    }
}

/// The tokenizer counts in `u64`; the input lies in memory, so it fits.
fn position(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}
