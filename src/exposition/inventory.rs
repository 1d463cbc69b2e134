//! Joins the ready lines of all slots, family by family, under one header each, without copying a line.
//!
//! An inventory is a list of segments: each family's header, then each slot's lines of it. A family whose slots have not
//! changed is taken over from the inventory before, with its compressed form: a change costs its own families only.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::gzip::{Deflated, deflate};
use super::zstd::compress;
use super::{Encoding, gzip};
use crate::catalogue::{ALL, Row};

/// The ready sample lines of one slot, by family name.
#[derive(Debug, Default)]
pub struct SlotText {
    families: Vec<(&'static str, Bytes)>,
}

impl SlotText {
    /// Takes lines that were made for one target.
    pub fn new(families: Vec<(&'static str, String)>) -> Self {
        let exact = |(name, lines): (_, String)| (name, Bytes::from(lines.into_boxed_str().into_boxed_bytes()));
        Self { families: families.into_iter().map(exact).collect() }
    }

    fn lines(&self, family: &str) -> Option<&Bytes> {
        self.families.iter().find(|(name, _)| *name == family).map(|(_, lines)| lines)
    }
}

/// One family of all slots, and its compressed forms as far as somebody has asked for them.
#[derive(Debug)]
struct Family {
    name: &'static str,
    /// The header, then each slot's lines.
    segments: Vec<Bytes>,
    deflated: OnceLock<Deflated>,
    zstd: OnceLock<Bytes>,
}

impl Family {
    fn new(row: &Row, lines: Vec<Bytes>) -> Self {
        let header = format!("# HELP {name} {}\n# TYPE {name} {}\n", row.help, row.kind.as_str(), name = row.name);
        let segments = [Bytes::from(header)].into_iter().chain(lines).collect();
        Self { name: row.name, segments, deflated: OnceLock::new(), zstd: OnceLock::new() }
    }

    /// Whether these are its lines: the same memory, not only the same text.
    fn has(&self, lines: &[Bytes]) -> bool {
        let same = |(mine, theirs): (&Bytes, &Bytes)| (mine.as_ptr(), mine.len()) == (theirs.as_ptr(), theirs.len());
        self.segments.len() == lines.len() + 1 && self.segments[1..].iter().zip(lines).all(same)
    }
}

/// The text of every target: what a scrape sends. Valid in both formats but for OpenMetrics' last line.
#[derive(Debug, Default)]
pub struct Inventory {
    families: Vec<Arc<Family>>,
    plain: Arc<[Bytes]>,
    gzip: OnceLock<(Arc<[Bytes]>, gzip::Checksum)>,
    zstd: OnceLock<Arc<[Bytes]>>,
}

impl Inventory {
    /// Joins the slots' texts in the order given. A family without a line gets no header.
    pub fn join(parts: &[Arc<SlotText>], before: &Self) -> Self {
        let mut families = Vec::new();
        for row in ALL {
            let lines: Vec<Bytes> = parts.iter().filter_map(|part| part.lines(row.name).cloned()).collect();
            if lines.is_empty() {
                continue;
            }
            let known = before.families.iter().find(|family| family.name == row.name && family.has(&lines));
            families.push(known.cloned().unwrap_or_else(|| Arc::new(Family::new(row, lines))));
        }
        let plain = families.iter().flat_map(|family| family.segments.iter().cloned()).collect();
        Self { families, plain, gzip: OnceLock::new(), zstd: OnceLock::new() }
    }

    /// The answer that begins with the inventory and ends with `own`, in segments that are shared with every other
    /// answer but for the last.
    ///
    /// The first time it compresses on the caller's thread whatever has changed; whoever else asks meanwhile waits.
    pub fn with(&self, own: String, encoding: Encoding) -> (Arc<[Bytes]>, Bytes) {
        match encoding {
            Encoding::Identity => (self.plain.clone(), own.into()),
            Encoding::Gzip => {
                let (segments, checksum) = self.gzip();
                (segments.clone(), gzip::ending(checksum, own.as_bytes()))
            }
            Encoding::Zstd => (self.zstd().clone(), compress(&[own])),
        }
    }

    /// Whether an answer in this encoding is a matter of the own metrics alone.
    pub fn is_ready_for(&self, encoding: Encoding) -> bool {
        match encoding {
            Encoding::Identity => true,
            Encoding::Gzip => self.gzip.get().is_some(),
            Encoding::Zstd => self.zstd.get().is_some(),
        }
    }

    /// Compresses what has changed in the encodings that were asked of the inventory before.
    pub fn prepare_like(&self, before: &Self) {
        if before.is_ready_for(Encoding::Gzip) {
            self.gzip();
        }
        if before.is_ready_for(Encoding::Zstd) {
            self.zstd();
        }
    }

    fn gzip(&self) -> &(Arc<[Bytes]>, gzip::Checksum) {
        self.gzip.get_or_init(|| {
            let deflated = self.families.iter().map(|family| family.deflated.get_or_init(|| deflate(&family.segments)));
            gzip::beginning(deflated)
        })
    }

    fn zstd(&self) -> &Arc<[Bytes]> {
        self.zstd.get_or_init(|| {
            let frame = |family: &Arc<Family>| family.zstd.get_or_init(|| compress(&family.segments)).clone();
            self.families.iter().map(frame).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;

    fn part(families: &[(&'static str, &str)]) -> Arc<SlotText> {
        Arc::new(SlotText::new(families.iter().map(|(name, lines)| (*name, (*lines).to_owned())).collect()))
    }

    fn join(parts: &[Arc<SlotText>]) -> Inventory {
        Inventory::join(parts, &Inventory::default())
    }

    #[test]
    fn families_are_contiguous_whatever_the_order_of_the_parts() {
        let (state, created) = (&catalogue::WORKSPACES_IMAGE_STATE, &catalogue::WORKSPACES_IMAGE_CREATED);
        let inventory = join(&[
            part(&[(created.name, "c1\n"), (state.name, "s1\n")]),
            part(&[]),
            part(&[(state.name, "s2\n"), (created.name, "c2\n")]),
        ]);
        let expected = format!(
            "# HELP {s} {sh}\n# TYPE {s} gauge\ns1\ns2\n# HELP {c} {ch}\n# TYPE {c} gauge\nc1\nc2\nown\n",
            s = state.name,
            sh = state.help,
            c = created.name,
            ch = created.help
        );
        let (segments, own) = inventory.with("own\n".to_owned(), Encoding::Identity);
        assert_eq!([segments.concat(), own.to_vec()].concat(), expected.as_bytes());
    }

    #[test]
    fn a_change_costs_its_own_families_only() {
        let (state, created) = (&catalogue::WORKSPACES_IMAGE_STATE, &catalogue::WORKSPACES_IMAGE_CREATED);
        let steady = part(&[(state.name, "s\n")]);
        let before = join(&[steady.clone(), part(&[(created.name, "c1\n")])]);
        before.with(String::new(), Encoding::Gzip);
        let after = Inventory::join(&[steady, part(&[(created.name, "c2\n")])], &before);
        assert!(Arc::ptr_eq(&before.families[0], &after.families[0]) && after.families[0].deflated.get().is_some());
        assert!(!Arc::ptr_eq(&before.families[1], &after.families[1]) && after.families[1].deflated.get().is_none());
        after.prepare_like(&before);
        assert!(after.is_ready_for(Encoding::Gzip) && !after.is_ready_for(Encoding::Zstd));
    }

    #[test]
    fn lines_are_shared_and_not_copied() {
        let slot = part(&[(catalogue::WORKSPACES_IMAGE_STATE.name, "s\n")]);
        let inventory = join(std::slice::from_ref(&slot));
        assert_eq!(inventory.plain[1].as_ptr(), slot.families[0].1.as_ptr());
    }
}
