//! Joins the ready lines of all slots, family by family, under one header each.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::gzip::{Deflated, deflate};
use crate::catalogue::{ALL, Row};

/// The ready sample lines of one slot, by family name.
#[derive(Debug, Default)]
pub struct SlotText {
    families: Vec<(&'static str, String)>,
}

impl SlotText {
    /// Takes lines that were made for one target.
    pub fn new(mut families: Vec<(&'static str, String)>) -> Self {
        for (_, lines) in &mut families {
            lines.shrink_to_fit();
        }
        Self { families }
    }

    fn lines(&self, family: &str) -> Option<&str> {
        self.families.iter().find(|(name, _)| *name == family).map(|(_, lines)| lines.as_str())
    }
}

/// The joined text of every target: what a scrape copies.
#[derive(Debug)]
pub struct Inventory {
    parts: Vec<Arc<SlotText>>,
    text: Bytes,
    deflated: OnceLock<Deflated>,
}

impl Inventory {
    /// Joins the parts in the order given. A family without a line gets no header.
    pub fn join(parts: Vec<Arc<SlotText>>) -> Self {
        let mut lines_by_family: Vec<(&Row, Vec<&str>)> = Vec::new();
        let mut length = 0;
        for row in ALL {
            let lines: Vec<&str> = parts.iter().filter_map(|part| part.lines(row.name)).collect();
            if !lines.is_empty() {
                length += header_length(row) + lines.iter().map(|text| text.len()).sum::<usize>();
                lines_by_family.push((row, lines));
            }
        }
        let mut text = String::with_capacity(length);
        for (row, lines) in lines_by_family {
            write_header(&mut text, row);
            for lines in lines {
                text.push_str(lines);
            }
        }
        Self { parts, text: Bytes::from(text), deflated: OnceLock::new() }
    }

    /// Whether joining these parts would give the same text: the same parts in the same order.
    pub fn is_made_of(&self, parts: &[Arc<SlotText>]) -> bool {
        self.parts.len() == parts.len() && self.parts.iter().zip(parts).all(|(mine, theirs)| Arc::ptr_eq(mine, theirs))
    }

    /// The text, valid in both formats but for OpenMetrics' last line.
    pub fn text(&self) -> &Bytes {
        &self.text
    }

    /// The text as the first half of a gzip member, if it has been compressed.
    pub fn deflated_if_ready(&self) -> Option<&Deflated> {
        self.deflated.get()
    }

    /// The text as the first half of a gzip member. Compresses it the first time, on the caller's thread; whoever else
    /// asks meanwhile waits for that.
    pub fn deflated(&self) -> &Deflated {
        self.deflated.get_or_init(|| deflate(&self.text))
    }
}

fn write_header(out: &mut String, row: &Row) {
    for part in ["# HELP ", row.name, " ", row.help, "\n# TYPE ", row.name, " ", row.kind.as_str(), "\n"] {
        out.push_str(part);
    }
}

fn header_length(row: &Row) -> usize {
    "# HELP  \n# TYPE  \n".len() + 2 * row.name.len() + row.help.len() + row.kind.as_str().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;

    fn part(families: &[(&'static str, &str)]) -> Arc<SlotText> {
        Arc::new(SlotText::new(families.iter().map(|(name, lines)| (*name, (*lines).to_owned())).collect()))
    }

    #[test]
    fn families_are_contiguous_whatever_the_order_of_the_parts() {
        let (state, created) = (&catalogue::WORKSPACES_IMAGE_STATE, &catalogue::WORKSPACES_IMAGE_CREATED);
        let inventory = Inventory::join(vec![
            part(&[(created.name, "c1\n"), (state.name, "s1\n")]),
            part(&[]),
            part(&[(state.name, "s2\n"), (created.name, "c2\n")]),
        ]);
        let expected = format!(
            "# HELP {s} {sh}\n# TYPE {s} gauge\ns1\ns2\n# HELP {c} {ch}\n# TYPE {c} gauge\nc1\nc2\n",
            s = state.name,
            sh = state.help,
            c = created.name,
            ch = created.help
        );
        assert_eq!(inventory.text(), &expected);
    }

    #[test]
    fn an_inventory_knows_its_parts() {
        let (one, two) = (part(&[]), part(&[]));
        let inventory = Inventory::join(vec![one.clone(), two.clone()]);
        assert!(inventory.is_made_of(&[one.clone(), two.clone()]));
        assert!(!inventory.is_made_of(&[two, one.clone()]));
        assert!(!inventory.is_made_of(&[one]));
    }
}
