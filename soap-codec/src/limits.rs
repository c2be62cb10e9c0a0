//! How much one message may cost: `Limits` is the rule, `Budget` what is left of it while the
//! message and the document inside it are read.

use crate::error::{Limit, Problem};

/// How much one message may cost its reader.
///
/// `bytes`, `nodes` and `text` are sums over the whole message: the envelope and the result
/// document inside it draw from the same [`Budget`]. The rest holds for every element. The
/// constants follow the proposal of soap.md 4.3; [`Limits::default`] is [`Limits::RESPONSE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all documents of the message together.
    pub bytes: usize,
    /// Elements inside each other; the inner document counts from where it hangs.
    pub depth: usize,
    /// Elements, attributes, namespace declarations, comments and pieces of text together.
    pub nodes: usize,
    /// Attributes of one element, namespace declarations not counted.
    pub attributes: usize,
    /// Namespace declarations on one element.
    pub namespaces: usize,
    /// Namespace declarations in force at one place.
    pub bindings: usize,
    /// Bytes of one name, prefix and colon counted, or of one namespace.
    pub name: usize,
    /// Bytes of one attribute's value, as written.
    pub attribute_value: usize,
    /// Bytes of text and attribute values together, as written.
    pub text: usize,
}

impl Limits {
    /// For a server that reads requests: 256 KiB.
    pub const REQUEST: Self = Self {
        bytes: 256 * 1024,
        nodes: 10_000,
        text: 256 * 1024,
        ..Self::RESPONSE
    };

    /// For a client that reads responses: 8 MiB. A list of 1,000 buddies takes about 0.5 MB.
    pub const RESPONSE: Self = Self {
        bytes: 8 * 1024 * 1024,
        depth: 64,
        nodes: 200_000,
        attributes: 64,
        namespaces: 32,
        bindings: 128,
        name: 256,
        attribute_value: 64 * 1024,
        text: 8 * 1024 * 1024,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::RESPONSE
    }
}

/// What is left of the [`Limits`] while one message is read. Make one per message, and give the
/// same one to every step.
#[derive(Clone, Debug)]
pub struct Budget {
    limits: Limits,
    bytes: usize,
    nodes: usize,
    text: usize,
}

impl Budget {
    /// The whole of `limits`.
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            bytes: limits.bytes,
            nodes: limits.nodes,
            text: limits.text,
        }
    }

    /// What it was made of.
    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn spend_bytes(&mut self, count: usize) -> Result<(), Problem> {
        spend(&mut self.bytes, count, Limit::Bytes)
    }

    pub(crate) fn spend_node(&mut self) -> Result<(), Problem> {
        spend(&mut self.nodes, 1, Limit::Nodes)
    }

    pub(crate) fn spend_text(&mut self, count: usize) -> Result<(), Problem> {
        spend(&mut self.text, count, Limit::Text)
    }

    /// Whether `count` of something that does not add up over the message is too many.
    pub(crate) fn check(&self, limit: Limit, count: usize) -> Result<(), Problem> {
        let most = match limit {
            Limit::Bytes => self.bytes,
            Limit::Nodes => self.nodes,
            Limit::Text => self.text,
            Limit::Depth => self.limits.depth,
            Limit::Attributes => self.limits.attributes,
            Limit::Namespaces => self.limits.namespaces,
            Limit::Bindings => self.limits.bindings,
            Limit::Name => self.limits.name,
            Limit::AttributeValue => self.limits.attribute_value,
        };
        if count > most {
            return Err(Problem::Limit(limit));
        }
        Ok(())
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

fn spend(left: &mut usize, count: usize, limit: Limit) -> Result<(), Problem> {
    *left = left.checked_sub(count).ok_or(Problem::Limit(limit))?;
    Ok(())
}
