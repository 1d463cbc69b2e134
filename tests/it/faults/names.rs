//! Names and messages that want to be more than text, in the page and in the log.

use euc_exporter::logging::{Format, Level};
use euc_exporter::simulator::{DESCRIBE_IMAGE_BUILDERS, Fault};
use serde_json::{Value, json};

use super::{ACCOUNT, BUILDERS, Exporter, Log, credentials, impatient, lines, outcome, simulator, small, world};
use crate::support::jump;

/// Texts that somebody gets past a careless writer.
fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = [
        "\"",
        "\\",
        "\n",
        "\r",
        "\r\n",
        "\t",
        "\0",
        "\u{1b}[31mred",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "\u{2029}",
        "\u{202e}drow",
        "\u{200b}",
        "\u{feff}",
        "😀",
        "é",
        "e\u{301}",
        "\u{fffd}",
        "\u{10ffff}",
        "\u{e000}",
        " ",
        "  a  ",
        "\\n",
        "\\\\",
        "\\\"",
        "a\\",
        "\"a",
        "a\"",
        "{}",
        "},{\" fake_metric",
        "\"} 1\nfake_metric{x=\"y",
        "\n# TYPE fake_metric counter\nfake_metric 1\n",
        "# EOF\n",
        "\n# EOF",
        "a=\"b\",c=\"d\"",
        "1e9",
        "NaN",
        "a,b",
        "<script>",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push((0..32).filter_map(char::from_u32).collect());
    texts
}

/// Name, labels, value.
type Sample<'a> = (&'a str, Vec<(&'a str, String)>, f64);

/// Reads a sample line letter by letter: the name, the labels, the value. `None` for anything else than the format.
fn sample(line: &str) -> Option<Sample<'_>> {
    let is_name = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    let name_end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(name_end);
    let mut labels: Vec<(&str, String)> = Vec::new();
    if let Some(mut inside) = rest.strip_prefix('{') {
        loop {
            let (label, after) = inside.split_once("=\"")?;
            let (mut value, mut letters) = (String::new(), after.char_indices());
            let end = loop {
                match letters.next()? {
                    (at, '"') => break at,
                    (_, '\\') => value.push(match letters.next()?.1 {
                        'n' => '\n',
                        escaped @ ('\\' | '"') => escaped,
                        _ => return None,
                    }),
                    (_, letter) => value.push(letter),
                }
            };
            if !is_name(label) || labels.iter().any(|(known, _)| *known == label) {
                return None;
            }
            labels.push((label, value));
            let Some(more) = after[end + 1..].strip_prefix(',') else {
                rest = after[end + 1..].strip_prefix('}')?;
                break;
            };
            inside = more;
        }
    }
    let value = rest.strip_prefix(' ').filter(|value| !value.contains(' '))?;
    is_name(name).then_some((name, labels, value.parse().ok()?))
}

/// K01
#[tokio::test]
async fn any_name_comes_out_as_it_went_in() {
    let texts = hostile();
    assert!(texts.len() >= 40);
    let aws = simulator(world(|mut place| {
        let image = |(number, name): (usize, &String)| json!({"ImageId": format!("wsi-{number:09}"), "Name": name, "State": name, "ErrorCode": name});
        place.workspaces_images.extend(texts.iter().enumerate().map(image));
        place.image_builders.extend(texts.iter().map(|name| json!({"Name": name, "State": name})));
        place
    }));
    let exporter = Exporter::start_with(&aws, impatient).await;
    for accept in ["text/plain", "application/openmetrics-text;version=1.0.0"] {
        let answer = exporter.get("/metrics", &format!("Accept: {accept}\r\n")).await;
        let scrape = String::from_utf8(answer.body).expect("UTF-8");
        let (mut names, mut builders, mut series) = (Vec::new(), Vec::new(), std::collections::HashSet::new());
        // Only a line feed ends a line.
        for line in scrape.split('\n').filter(|line| !line.is_empty() && !line.starts_with("# ")) {
            let (name, labels, _) = sample(line).unwrap_or_else(|| panic!("{line:?}"));
            assert!(!name.starts_with("fake"), "{line}");
            assert!(
                series.insert((
                    name.to_owned(),
                    labels.clone().into_iter().map(|(label, value)| (label.to_owned(), value)).collect::<Vec<_>>()
                )),
                "twice: {line}"
            );
            let of = |wanted: &str| labels.iter().find(|(label, _)| *label == wanted).map(|(_, value)| value.clone());
            match name {
                "aws_workspaces_image_info" => names.push(of("image_name").expect("a name")),
                "aws_appstream_image_builder_info" => builders.push(of("image_builder").expect("a name")),
                _ => {}
            }
        }
        assert_eq!(names, texts);
        let mut sorted = texts.clone();
        sorted.sort();
        builders.sort();
        assert_eq!(builders, sorted);
    }
}

/// K02
#[tokio::test]
async fn a_long_name_is_cut_at_256_characters() {
    let aws = simulator(world(|place| {
        let long = |letter: &str| letter.repeat(65_536);
        place
            .workspaces_image(json!({"ImageId": "wsi-000000001", "Name": long("é"), "State": long("x")}))
            .image_builder(json!({"Name": long("😀")}))
    }));
    let scrape = Exporter::start_with(&aws, impatient).await.scrape().await;
    for line in scrape.lines() {
        let labels = sample(line).map(|(_, labels, _)| labels).unwrap_or_default();
        assert!(labels.iter().all(|(_, value)| value.chars().count() <= 256), "{line:.300}");
    }
    for (family, kept) in [("aws_workspaces_image_info", "é"), ("aws_appstream_image_builder_info", "😀")] {
        let kept = format!("\"{}\"", kept.repeat(256));
        assert_eq!(lines(&scrape, family, &[&kept]).len(), 1, "{family}");
    }
}

/// K04
#[tokio::test]
async fn a_hostile_text_is_one_event_on_one_line() {
    let log = Log::of(Level::Debug, Format::Json);
    let texts = hostile();
    for text in &texts {
        let aws = simulator(world(|place| {
            let reason = json!({"Code": text, "Message": text});
            place.image_builder(json!({"Name": text, "State": text, "StateChangeReason": reason}))
        }));
        let exporter = Exporter::start_with(&aws, impatient).await;
        exporter.scrape().await;
        aws.inject(Fault::error(400, "BadThingException", text).on(DESCRIBE_IMAGE_BUILDERS));
        jump(121).await;
        assert_eq!(outcome(&exporter.scrape().await, BUILDERS), "failed: other");
    }
    let mut failures = 0;
    for line in log.text().split_terminator('\n') {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        assert!(!line.chars().any(char::is_control), "{line:?}");
        failures += usize::from(event["collector"] == BUILDERS && event["class"] == "other");
    }
    assert_eq!(failures, texts.len());
}

/// K05: the keys and the token; there are no other secrets yet.
#[tokio::test]
async fn no_key_and_no_token_is_in_the_log_or_on_a_page() {
    let token = "canary-of-a-session-token";
    let (access_key, secret) = credentials(&ACCOUNT.parse().expect("an account"));
    for format in [Format::Logfmt, Format::Json] {
        let log = Log::of(Level::Debug, format);
        let aws = small();
        let exporter = Exporter::start_with_token(&aws, Some(token), impatient).await;
        let mut seen = vec![exporter.scrape().await];
        for fault in [Fault::expired_token(), Fault::unrecognized_client(), Fault::hang(), Fault::reset()] {
            aws.clear_faults();
            aws.inject(fault);
            jump(910).await;
            seen.push(exporter.scrape().await);
            seen.push(String::from_utf8(exporter.get("/", "").await.body).expect("UTF-8"));
        }
        for path in ["/config", "/debug", "/env"] {
            seen.push(String::from_utf8(exporter.get(path, "").await.body).expect("UTF-8"));
        }
        assert!(aws.requests().iter().any(|request| request.access_key.as_ref() == Some(&access_key)), "it was used");
        assert!(log.text().contains("read a page"), "the log is as talkative as it can be");
        seen.push(log.text());
        for secret in [access_key.as_str(), secret.as_str(), token] {
            assert!(seen.iter().all(|text| !text.contains(secret)), "{secret}");
        }
    }
}

/// K07
#[tokio::test]
async fn an_hour_of_failures_a_second_apart_is_a_few_lines() {
    let log = Log::of(Level::Info, Format::Logfmt);
    let aws = small();
    let exporter = Exporter::start_with(&aws, |config| {
        impatient(config);
        config.collectors.retain(|collector| collector.name.0 == BUILDERS);
        for collector in &mut config.collectors {
            collector.refresh_interval = std::time::Duration::from_secs(1);
        }
    })
    .await;
    exporter.scrape().await;
    aws.inject(Fault::internal_error().on(DESCRIBE_IMAGE_BUILDERS));
    aws.forget_requests();
    for _ in 0..300 {
        jump(2).await;
        exporter.scrape().await;
    }
    assert!(aws.count(DESCRIBE_IMAGE_BUILDERS) > 200, "it did fail");
    let told = log.about(BUILDERS);
    assert!(told.len() <= 3, "{told:#?}");
}
