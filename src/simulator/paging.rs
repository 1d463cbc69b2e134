//! Cuts a list into pages and makes the tokens between them. A token is opaque, good for one question, and carries its
//! place itself, so that nothing is kept between calls.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::Operation;

/// What a page holds when nobody says otherwise.
const DEFAULT_SIZE: usize = 25;

/// How lists are cut, where a test wants it otherwise than by `MaxResults`.
#[derive(Debug, Default)]
pub(super) struct Cuts {
    pub(super) page_size: Option<usize>,
    pub(super) splits: BTreeMap<Operation, Vec<usize>>,
}

impl Cuts {
    fn size(&self, operation: Operation, page: u32, asked: Option<usize>) -> usize {
        if let Some(sizes) = self.splits.get(&operation) {
            return sizes.get(index(page)).copied().unwrap_or(usize::MAX);
        }
        let most = self.page_size.unwrap_or(DEFAULT_SIZE);
        asked.filter(|asked| *asked > 0).map_or(most, |asked| asked.min(most))
    }

    /// Whether a page follows even when no object is left for it.
    fn goes_on(&self, operation: Operation, page: u32) -> bool {
        self.splits.get(&operation).is_some_and(|sizes| index(page) + 1 < sizes.len())
    }
}

fn index(page: u32) -> usize {
    usize::try_from(page.saturating_sub(1)).unwrap_or(usize::MAX)
}

/// A place in a listing: the number of the page, from 1, and how many objects of the whole list lie before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) page: u32,
    pub(super) offset: usize,
}

impl Position {
    pub(super) const START: Self = Self { page: 1, offset: 0 };

    fn after(self, offset: usize) -> Self {
        Self { page: self.page.saturating_add(1), offset }
    }
}

/// Writes a token for a place in the answers to one question, which `binding` stands for.
fn write_token(binding: u64, position: Position) -> String {
    let Position { page, offset } = position;
    let plain = format!("{binding:016x}{page:08x}{offset:016x}");
    let seal = hash(&plain);
    format!("{plain}{seal:016x}")
}

/// Reads a token: the question it is good for, and the place. `None` if the simulator never wrote it.
pub(super) fn read_token(token: &str) -> Option<(u64, Position)> {
    let (plain, seal) = token.split_at_checked(40)?;
    if seal != format!("{:016x}", hash(plain)) {
        return None;
    }
    let part = |from, to| u64::from_str_radix(plain.get(from..to)?, 16).ok();
    let position = Position { page: part(16, 24)?.try_into().ok()?, offset: part(24, 40)?.try_into().ok()? };
    Some((part(0, 16)?, position))
}

/// FNV-1a: stable, and enough to tell tokens apart.
pub(super) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// How a listing misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Twist {
    RepeatToken,
    CycleTokens,
    EndlessTokens,
    EmptyPage,
    EmptyToken,
    NullList,
    MissingList,
}

/// One page asked for.
pub(super) struct Walk<'a> {
    pub(super) cuts: &'a Cuts,
    pub(super) operation: Operation,
    pub(super) binding: u64,
    pub(super) token: Option<&'a str>,
    pub(super) position: Position,
    pub(super) asked: Option<usize>,
    pub(super) twist: Option<Twist>,
}

impl Walk<'_> {
    /// The objects of the page, and the token of the next one.
    pub(super) fn page<'v>(
        &self,
        items: &'v [Value],
        keep: impl Fn(&Value) -> bool,
    ) -> (Vec<&'v Value>, Option<String>) {
        let (page, next) = self.cut(items, &keep, self.position);
        let token = |position| write_token(self.binding, position);
        let next_or_past_the_end = || token(next.unwrap_or(self.position.after(items.len())));
        match self.twist {
            Some(Twist::EmptyPage) => (Vec::new(), Some(token(self.position.after(self.position.offset)))),
            Some(Twist::RepeatToken) => (page, Some(self.token.map_or_else(next_or_past_the_end, str::to_owned))),
            Some(Twist::CycleTokens) if self.position.page > 2 => {
                let second = self.cut(items, &keep, Position::START).1;
                (page, Some(token(second.unwrap_or(Position::START.after(items.len())))))
            }
            Some(Twist::CycleTokens | Twist::EndlessTokens) => (page, Some(next_or_past_the_end())),
            Some(Twist::EmptyToken) => (page, Some(next.map(token).unwrap_or_default())),
            Some(Twist::NullList | Twist::MissingList) | None => (page, next.map(token)),
        }
    }

    fn cut<'v>(
        &self,
        items: &'v [Value],
        keep: &impl Fn(&Value) -> bool,
        from: Position,
    ) -> (Vec<&'v Value>, Option<Position>) {
        let mut left = items.iter().enumerate().skip(from.offset).filter(|(_, item)| keep(item));
        let size = self.cuts.size(self.operation, from.page, self.asked);
        let page = left.by_ref().take(size).map(|(_, item)| item).collect();
        let forced = || self.cuts.goes_on(self.operation, from.page).then_some(items.len());
        let next = left.next().map(|(offset, _)| offset).or_else(forced);
        (page, next.map(|offset| from.after(offset)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::operation::DESCRIBE_IMAGES;
    use serde_json::json;

    /// Walks at most ten pages and tells the size of each.
    fn walk(count: usize, cuts: &Cuts, asked: Option<usize>, twist: Option<Twist>) -> (Vec<usize>, Vec<String>) {
        let items = vec![json!({}); count];
        let (mut sizes, mut tokens): (Vec<usize>, Vec<String>) = (Vec::new(), Vec::new());
        while sizes.len() < 10 {
            let token = tokens.last().map(String::as_str);
            let position = token.map_or(Position::START, |token| read_token(token).expect("our own token").1);
            let walk = Walk { cuts, operation: DESCRIBE_IMAGES, binding: 7, token, position, asked, twist };
            let (page, next) = walk.page(&items, |_| true);
            sizes.push(page.len());
            match next {
                Some(next) if !next.is_empty() => tokens.push(next),
                _ => break,
            }
        }
        (sizes, tokens)
    }

    #[test]
    fn a_list_is_cut_by_the_callers_limit_and_by_ours() {
        let cuts = Cuts::default();
        assert_eq!(walk(0, &cuts, None, None).0, [0]);
        assert_eq!(walk(25, &cuts, None, None).0, [25]);
        assert_eq!(walk(26, &cuts, None, None).0, [25, 1]);
        assert_eq!(walk(3, &cuts, Some(2), None).0, [2, 1]);
        assert_eq!(walk(26, &cuts, Some(0), None).0, [25, 1]);
        let cuts = Cuts { page_size: Some(2), ..Cuts::default() };
        assert_eq!(walk(5, &cuts, Some(25), None).0, [2, 2, 1]);
    }

    #[test]
    fn a_split_may_have_empty_pages_anywhere() {
        let cuts = Cuts { splits: [(DESCRIBE_IMAGES, vec![0, 2, 0, 0, 1, 0])].into(), ..Cuts::default() };
        assert_eq!(walk(3, &cuts, None, None).0, [0, 2, 0, 0, 1, 0]);
        assert_eq!(walk(5, &cuts, None, None).0, [0, 2, 0, 0, 1, 0, 2], "the rest comes on one more page");
    }

    #[test]
    fn a_repeated_token_is_the_one_given_before() {
        let (_, tokens) = walk(60, &Cuts::default(), None, Some(Twist::RepeatToken));
        assert!(tokens.len() == 10 && tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
    }

    #[test]
    fn cycling_tokens_come_back_every_second_page() {
        for count in [0, 30, 60, 100] {
            let (_, tokens) = walk(count, &Cuts::default(), None, Some(Twist::CycleTokens));
            assert_eq!(tokens.len(), 10);
            assert_ne!(tokens[0], tokens[1]);
            assert!(tokens.iter().zip(&tokens[2..]).all(|(one, two)| one == two), "{tokens:?}");
        }
    }

    #[test]
    fn endless_tokens_are_all_new() {
        let (_, mut tokens) = walk(30, &Cuts::default(), None, Some(Twist::EndlessTokens));
        tokens.sort();
        tokens.dedup();
        assert_eq!(tokens.len(), 10);
    }

    #[test]
    fn an_empty_token_ends_a_whole_list() {
        assert_eq!(walk(30, &Cuts::default(), None, Some(Twist::EmptyToken)).0, [25, 5]);
    }

    #[test]
    fn a_token_that_was_tampered_with_is_none_of_ours() {
        let token = write_token(7, Position { page: 2, offset: 25 });
        assert_eq!(read_token(&token), Some((7, Position { page: 2, offset: 25 })));
        for tampered in [&token[1..], &token.replace('7', "8"), "", "x", "é", &format!("{token}0")] {
            assert_eq!(read_token(tampered), None, "{tampered}");
        }
    }
}
