//! The nearest right spelling of a mistyped word.

/// The candidate that `raw` was probably meant to be, if one is near.
///
/// Case, `-` and `_` count for nothing; else a third of the characters may be wrong, at most.
pub(crate) fn nearest<'a>(raw: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = folded(raw);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&wanted, &folded(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(3) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn folded(word: &str) -> String {
    // A longer word is near to nothing, and comparing it would take long.
    word.chars().take(80).map(|char| if char == '-' { '_' } else { char.to_ascii_lowercase() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_are_near() {
        for raw in ["eu-wset-1", "EU-WEST-1", "eu_west_1", "eu-west1", "eu-west-1a"] {
            assert_eq!(nearest(raw, ["us-east-1", "eu-west-1"]), Some("eu-west-1"), "{raw}");
        }
    }

    #[test]
    fn another_word_is_far() {
        assert_eq!(nearest("ireland", ["us-east-1", "eu-west-1"]), None);
        assert_eq!(nearest("", ["us-east-1"]), None);
        assert_eq!(nearest(&"x".repeat(100_000), ["us-east-1"]), None);
    }
}
