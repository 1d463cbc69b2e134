//! The nearest right spelling of a mistyped word.

/// The candidate that `raw` was probably meant to be, if one is near.
///
/// Case, `-` and `_` count for nothing; else a third of the characters may be wrong, at most, or the longer of the two
/// goes on where the shorter ends.
pub(crate) fn nearest<'a>(raw: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = folded(raw);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&wanted, &folded(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(3) / 3 || goes_on(&wanted, &folded(candidate)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn goes_on(one: &str, other: &str) -> bool {
    let (shorter, longer) = if one.len() < other.len() { (one, other) } else { (other, one) };
    longer.starts_with(shorter) && shorter.len() * 2 >= longer.len()
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
    fn a_word_cut_off_or_drawn_out_is_near() {
        assert_eq!(nearest("warning", ["warn", "error"]), Some("warn"));
        assert_eq!(nearest("err", ["warn", "error"]), Some("error"));
    }

    #[test]
    fn another_word_is_far() {
        assert_eq!(nearest("ireland", ["us-east-1", "eu-west-1"]), None);
        assert_eq!(nearest("", ["us-east-1"]), None);
        assert_eq!(nearest(&"x".repeat(100_000), ["us-east-1"]), None);
    }
}
