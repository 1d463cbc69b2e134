//! Moments as AWS's tools write them. Knows which members are moments; knows no clock.

/// The members that hold a moment, in every shape that the simulator answers with.
const MEMBERS: [&str; 5] =
    ["Created", "CreatedTime", "LastUpdatedTime", "ErrorTimestamp", "PublicBaseImageReleasedDate"];

/// Whether a member of an object holds a moment.
pub(super) fn is_timestamp(member: &str) -> bool {
    MEMBERS.contains(&member)
}

/// Unix seconds of an ISO-8601 moment such as `2026-10-05T14:13:01.123000+02:00`. It must have seconds and an offset
/// (or `Z`), else `None`.
pub(super) fn parse_iso(text: &str) -> Option<f64> {
    let (date, rest) = text.split_at_checked(10)?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, rest) = rest.split_at_checked(8)?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    let (fraction, offset) = split_fraction(rest)?;
    if !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let whole =
        days_since_epoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset_seconds(offset)?;
    // One number is parsed from both parts, so that the nearest f64 is found.
    format!("{}{whole_digits}{fraction}", if whole < 0 { "-" } else { "" }, whole_digits = whole.abs())
        .parse()
        .ok()
        .filter(|_| whole >= 0 || fraction.is_empty())
}

/// `2026-10-05T12:13:01Z`, to the second: how STS writes when credentials end.
pub(super) fn format_iso(unix: i64) -> String {
    let (days, second) = (unix.div_euclid(86_400), unix.rem_euclid(86_400));
    let (year, month, day) = date_of(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

fn numbers<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(separator);
    let mut found = [0; N];
    for (slot, width) in found.iter_mut().zip(widths) {
        *slot = digits(parts.next()?, width)?;
    }
    parts.next().is_none().then_some(found)
}

fn digits(text: &str, width: usize) -> Option<i64> {
    (text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn split_fraction(rest: &str) -> Option<(&str, &str)> {
    if !rest.starts_with('.') {
        return Some(("", rest));
    }
    let end = rest[1..].find(|digit: char| !digit.is_ascii_digit())? + 1;
    (end > 1).then(|| rest.split_at(end))
}

fn offset_seconds(offset: &str) -> Option<i64> {
    if matches!(offset, "Z" | "z") {
        return Some(0);
    }
    let sign = match offset.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let plain: String = offset[1..].split(':').collect();
    let (hours, minutes) = plain.split_at_checked(2)?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    (hours <= 18 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days before the first of January of a year, counted from the year 0.
fn days_before_year(year: i64) -> i64 {
    let past = year - 1;
    365 * year + past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400)
}

fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let months: i64 = (1..month).map(|month| days_in(year, month)).sum();
    days_before_year(year) - days_before_year(1970) + months + day - 1
}

fn date_of(days: i64) -> (i64, i64, i64) {
    let mut year = 1970 + days.div_euclid(366);
    while days_since_epoch(year + 1, 1, 1) <= days {
        year += 1;
    }
    let mut month = 1;
    while month < 12 && days_since_epoch(year, month + 1, 1) <= days {
        month += 1;
    }
    (year, month, days - days_since_epoch(year, month, 1) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_with_its_fraction_and_offset() {
        for (text, unix) in [
            ("1970-01-01T00:00:00Z", 0.0),
            ("2026-10-05T14:13:01.123000+02:00", 1_791_202_381.123),
            ("2026-10-05T12:13:01.123Z", 1_791_202_381.123),
            ("2024-02-29T23:59:59-0530", 1_709_270_999.0),
            ("2000-03-01 00:00:00+00:00", 951_868_800.0),
        ] {
            assert_eq!(parse_iso(text), Some(unix), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026-10-05",
            "2026-10-05T14:13:01",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-10-05T24:00:00Z",
            "2026-10-05T14:13:01.Z",
            "2026-10-05T14:13:01+2",
            "2026-10-05T14:13:01+02:00x",
            "２０２６-10-05T14:13:01Z",
        ] {
            assert_eq!(parse_iso(text), None, "{text}");
        }
    }

    #[test]
    fn writing_undoes_reading() {
        for unix in [0, 951_868_799, 951_868_800, 1_709_270_999, 1_791_202_381, 4_102_444_799] {
            let text = format_iso(unix);
            assert_eq!(parse_iso(&text).map(|read| format!("{read:.0}")), Some(unix.to_string()), "{text}");
        }
    }
}
