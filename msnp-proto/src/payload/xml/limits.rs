//! How large a document may be.

/// How much a peer may make us build.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct XmlLimits {
    /// Bytes of the whole document.
    pub bytes: usize,
    /// Elements inside each other, the root being the first.
    pub depth: u8,
    /// Elements in all. One takes about 100 bytes of memory.
    pub elements: usize,
    /// Attributes of one element. Each is compared with those before it.
    pub attributes: usize,
}

impl XmlLimits {
    /// 1 MiB, 32 levels, 65,536 elements, 32 attributes: a full contact list fits many times over.
    pub const DEFAULT: Self = Self {
        bytes: 1 << 20,
        depth: 32,
        elements: 1 << 16,
        attributes: 32,
    };
}

impl Default for XmlLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
