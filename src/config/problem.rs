//! What is wrong with a configuration, and where: all of it at once, in a stable order.

use std::fmt;

/// Where a value came from. The order is that of the layers, the later one wins; files are read before all else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The configuration file.
    File {
        /// Its path as the user wrote it.
        path: String,
        /// The line, from 1; unknown when the whole file is meant.
        line: Option<usize>,
    },
    /// An environment variable, by its name.
    Variable(String),
    /// A flag of the command line, without its dashes.
    Flag(String),
    /// Nobody set it.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line: Some(line) } => write!(out, "{path}:{line}"),
            Self::File { path, line: None } => out.write_str(path),
            Self::Variable(name) => write!(out, "environment variable {name}"),
            Self::Flag(name) => write!(out, "flag --{name}"),
            Self::Default => out.write_str("default"),
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where the value came from.
    pub origin: Origin,
    /// The key, such as `web.max_requests`; empty when the whole file is meant.
    pub key: String,
    /// The value as it may be shown.
    pub value: Option<String>,
    /// What is wrong, what is expected.
    pub message: String,
    /// The nearest right spelling.
    pub suggestion: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, key, value, message, suggestion } = self;
        match (key.as_str(), value) {
            ("", _) => write!(out, "{origin}: {message}")?,
            (key, None) => write!(out, "{key} ({origin}): {message}")?,
            (key, Some(value)) => write!(out, "{key} = {value} ({origin}): {message}")?,
        }
        match suggestion {
            Some(suggestion) => write!(out, "; did you mean {suggestion}?"),
            None => Ok(()),
        }
    }
}

/// Everything that is wrong, at least one problem. `Display` writes a title and a line for each, without a last newline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// The problems in their order, those of one origin as they were found; `Ok` if there are none.
    pub(crate) fn none_of(mut problems: Vec<Problem>) -> Result<(), Self> {
        problems.sort_by(|one, other| one.origin.cmp(&other.origin));
        if problems.is_empty() { Ok(()) } else { Err(Self(problems)) }
    }

    /// The problems, in the order of the layers and of the file's lines.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        write!(out, "configuration: {count} problem{}", if count == 1 { "" } else { "s" })?;
        self.0.iter().try_for_each(|problem| write!(out, "\n{problem}"))
    }
}

impl std::error::Error for Problems {}
