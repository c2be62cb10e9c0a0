//! `Wrong`: why a call or a configuration of the host's was not understood.

/// Why what the host has said was not understood; the host's fault. Nothing has happened.
///
/// It names a field and never says what stood in it, which may be a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{what}", before(at))]
pub struct Wrong {
    at: String,
    what: What,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum What {
    /// It is no JSON.
    #[error("not JSON, in line {line}, at column {column}")]
    NotJson {
        /// In which line of the text, from 1.
        line: usize,
        /// At which byte of the line, from 1.
        column: usize,
    },
    /// There is no such call.
    #[error("there is no such call")]
    NoSuchCall,
    /// A field is missing.
    #[error("is missing")]
    Missing,
    /// There is no field of this name here.
    #[error("there is no such field")]
    NoSuchField,
    /// It is something else than this.
    #[error("is not {0}")]
    NotA(&'static str),
    /// It cannot be, and why.
    #[error("{0}")]
    Unfit(String),
}

impl Wrong {
    pub(crate) fn new(at: impl Into<String>, what: What) -> Self {
        Self {
            at: at.into(),
            what,
        }
    }

    /// Where: `limits.text`, `members[2]`. Empty: the whole.
    pub fn at(&self) -> &str {
        &self.at
    }

    /// What is wrong there.
    pub const fn what(&self) -> &What {
        &self.what
    }

    /// A word for it that programs can rely on: the name of the variant of [`What`].
    pub const fn code(&self) -> &'static str {
        match self.what {
            What::NotJson { .. } => "NotJson",
            What::NoSuchCall => "NoSuchCall",
            What::Missing => "Missing",
            What::NoSuchField => "NoSuchField",
            What::NotA(_) => "NotA",
            What::Unfit(_) => "Unfit",
        }
    }
}

fn before(at: &str) -> String {
    if at.is_empty() {
        String::new()
    } else {
        format!("{at}: ")
    }
}
