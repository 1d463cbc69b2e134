//! The one token walk, for every operation that answers in pages.
//!
//! The SDK has no paginator for half of the operations and takes a repeated token for a clean end, which would make
//! series vanish. Here a list is whole or an error.

use std::collections::HashSet;

use tracing::debug;

use super::error::FetchError;
use crate::domain::{Operation, Target};

/// One answer of a list operation.
#[derive(Debug)]
pub struct Page<T> {
    /// The items; `None` when the answer had no list at all, which is not an empty list.
    pub items: Option<Vec<T>>,
    /// Where the list goes on; absent or empty at its end.
    pub next_token: Option<String>,
}

/// No list of golden images is longer; whoever sends more pages sends them for ever.
const MAX_PAGES: usize = 10_000;

/// Follows the tokens from the first page to the last and hands every item to `keep`, in the order of the answers.
pub(super) async fn walk<T, Answer>(
    operation: Operation,
    target: &Target,
    page: impl Fn(Option<String>) -> Answer,
    mut keep: impl FnMut(T),
) -> Result<(), FetchError>
where
    Answer: Future<Output = Result<Page<T>, FetchError>>,
{
    let mut seen = HashSet::new();
    let mut token = None;
    for number in 1..=MAX_PAGES {
        let Page { items, next_token } = page(token).await?;
        let Some(items) = items else {
            return Err(FetchError::invalid(operation, "the answer has no list"));
        };
        debug!(
            account_id = target.account_label(),
            region = target.region_label(),
            operation = operation.name,
            page = number,
            items = items.len(),
            "read a page"
        );
        items.into_iter().for_each(&mut keep);
        let Some(next) = next_token.filter(|next| !next.is_empty()) else { return Ok(()) };
        if !seen.insert(next.clone()) {
            return Err(FetchError::invalid(operation, "the list repeats a page token"));
        }
        token = Some(next);
    }
    Err(FetchError::invalid(operation, "the list does not end"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ErrorClass, Service};
    use std::cell::RefCell;

    const LIST: Operation = Operation { service: Service::Appstream, name: "DescribeImages" };

    /// Walks scripted answers; says what was kept, how it ended, and with which tokens it asked.
    fn walked(answers: &[(Option<&[u32]>, Option<&str>)]) -> (Vec<u32>, Result<(), FetchError>, Vec<Option<String>>) {
        let (mut kept, asked) = (Vec::new(), RefCell::new(Vec::new()));
        let page = |token: Option<String>| {
            let (items, next) = answers[asked.borrow().len().min(answers.len() - 1)];
            asked.borrow_mut().push(token);
            std::future::ready(Ok(Page { items: items.map(<[u32]>::to_vec), next_token: next.map(str::to_owned) }))
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let end = runtime.block_on(walk(LIST, &Target::default(), page, |item| kept.push(item)));
        (kept, end, asked.into_inner())
    }

    fn fails_as_invalid(end: Result<(), FetchError>) -> bool {
        end.is_err_and(|error| error.class == ErrorClass::InvalidResponse)
    }

    #[test]
    fn pages_are_followed_to_the_end_and_empty_ones_go_on() {
        let (kept, end, asked) = walked(&[(Some(&[1, 2]), Some("a")), (Some(&[]), Some("b")), (Some(&[3]), None)]);
        assert!(end.is_ok());
        assert_eq!(kept, [1, 2, 3]);
        assert_eq!(asked, [None, Some("a".to_owned()), Some("b".to_owned())]);
    }

    #[test]
    fn an_empty_token_is_the_end_and_an_empty_list_is_empty() {
        let (kept, end, asked) = walked(&[(Some(&[]), Some(""))]);
        assert!(end.is_ok() && kept.is_empty());
        assert_eq!(asked.len(), 1);
    }

    #[test]
    fn a_repeated_token_ends_the_walk() {
        let (_, end, asked) = walked(&[(Some(&[1]), Some("a")), (Some(&[2]), Some("a"))]);
        assert!(fails_as_invalid(end));
        assert_eq!(asked.len(), 2);
        let (_, end, asked) = walked(&[(Some(&[1]), Some("a")), (Some(&[2]), Some("b")), (Some(&[3]), Some("a"))]);
        assert!(fails_as_invalid(end));
        assert_eq!(asked.len(), 3);
    }

    #[test]
    fn no_list_is_not_an_empty_list() {
        assert!(fails_as_invalid(walked(&[(None, None)]).1));
        assert!(fails_as_invalid(walked(&[(Some(&[1]), Some("a")), (None, None)]).1));
    }

    #[tokio::test]
    async fn a_list_that_does_not_end_is_cut() {
        let asked = RefCell::new(0_usize);
        let page = |_| {
            *asked.borrow_mut() += 1;
            let next_token = Some(asked.borrow().to_string());
            std::future::ready(Ok(Page { items: Some(vec![()]), next_token }))
        };
        assert!(fails_as_invalid(walk(LIST, &Target::default(), page, |()| {}).await));
        assert_eq!(asked.into_inner(), MAX_PAGES);
    }
}
