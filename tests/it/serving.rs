//! What a client gets: routes, methods, formats, encodings, deadlines, the end.

use std::io::Read as _;
use std::time::Duration;

use euc_exporter::simulator::{DESCRIBE_IMAGES, Fault, Simulator};
use flate2::read::GzDecoder;

use crate::support::{
    Exporter, appstream_image, builder, image, lines, outcome, resources, scrape_until, simulator, world,
};

fn small() -> Simulator {
    simulator(world(|place| {
        place.workspaces_image(image(1)).image_builder(builder(1)).appstream_image(appstream_image(1))
    }))
}

#[tokio::test]
async fn routes_methods_and_their_codes() {
    let aws = small();
    let exporter = Exporter::start(&aws).await;
    for (method, path, status) in [
        ("GET", "/", 200),
        ("GET", "/metrics", 200),
        ("HEAD", "/metrics", 200),
        ("HEAD", "/-/healthy", 200),
        ("GET", "/-/ready", 200),
        ("POST", "/metrics", 405),
        ("DELETE", "/", 405),
        ("FOO", "/-/ready", 405),
        ("GET", "/metrics/", 404),
        ("GET", "/debug/pprof", 404),
        ("POST", "/nowhere", 404),
    ] {
        let answer = exporter.send(method, path, "").await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert!(!answer.header("content-type").is_empty(), "{method} {path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("allow"), if status == 405 { "GET, HEAD" } else { "" });
        assert_eq!(method == "HEAD", answer.body.is_empty());
    }
    let scrape = exporter.scrape().await;
    assert_eq!(
        lines(&scrape, "euc_exporter_http_requests_total", &["handler=\"other\""]).len(),
        1,
        "strangers' paths are one"
    );
    assert_eq!(lines(&scrape, "euc_exporter_http_requests_in_flight", &["handler=\"/metrics\"} 1"]).len(), 1);
}

#[tokio::test]
async fn head_has_the_headers_of_get() {
    let aws = small();
    let exporter = Exporter::start(&aws).await;
    let (head, get) = (exporter.send("HEAD", "/-/healthy", "").await, exporter.get("/-/healthy", "").await);
    let without_date = |answer: &crate::support::Answer| {
        let mut headers = answer.headers.clone();
        headers.remove("date");
        headers
    };
    assert_eq!(without_date(&head), without_date(&get));
    let length = exporter.send("HEAD", "/metrics", "").await.header("content-length").parse::<usize>();
    assert!(length.is_ok_and(|length| length > 1_000));
}

#[tokio::test]
async fn both_formats_have_the_same_inventory() {
    let aws = small();
    let exporter = Exporter::start(&aws).await;
    let text = exporter.get("/metrics", "").await;
    let open = exporter.get("/metrics", "Accept: application/openmetrics-text;version=1.0.0\r\n").await;
    assert_eq!(text.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert_eq!(open.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let (text, open) = (String::from_utf8_lossy(&text.body), String::from_utf8_lossy(&open.body));
    assert_eq!(resources(&text), resources(&open));
    assert!(resources(&text).len() > 20);
    assert!(open.ends_with("\n# EOF\n") && !text.contains("# EOF"));
    assert!(text.contains("# TYPE process_cpu_seconds_total counter\n"));
    assert!(open.contains("# TYPE process_cpu_seconds counter\nprocess_cpu_seconds_total "));
    assert!(open.contains("le=\"1.0\"") && text.contains("le=\"1.0\""));
}

#[tokio::test]
async fn gzip_is_one_member_of_the_same_text() {
    let aws = small();
    let exporter = Exporter::start(&aws).await;
    let plain = exporter.scrape().await;
    let zipped = exporter.get("/metrics", "Accept-Encoding: gzip\r\n").await;
    assert_eq!(zipped.header("content-encoding"), "gzip");
    assert_eq!(zipped.header("vary"), "Accept, Accept-Encoding");
    let mut text = String::new();
    let mut decoder = GzDecoder::new(zipped.body.as_slice());
    decoder.read_to_string(&mut text).expect("one whole member");
    assert!(decoder.into_inner().is_empty(), "nothing follows the member");
    assert_eq!(resources(&text), resources(&plain));
    assert!(text.contains("process_open_fds "), "the exporter's own metrics are in the same member");
}

/// AWS hangs: health answers at once, a scrape by its deadline, and the refresh tells its own end.
#[tokio::test]
async fn a_hanging_aws_costs_a_scrape_its_deadline_and_no_more() {
    let aws = small();
    aws.inject(Fault::hang().on(DESCRIBE_IMAGES));
    let exporter = Exporter::start_with(&aws, |config| {
        config.aws.attempt_timeout = Duration::from_millis(900);
        config.aws.operation_timeout = Duration::from_millis(900);
    })
    .await;
    let answer = exporter.get("/metrics", "X-Prometheus-Scrape-Timeout-Seconds: 1\r\n").await;
    let scrape = String::from_utf8(answer.body).expect("UTF-8");
    assert_eq!(answer.status, 200);
    assert_eq!(outcome(&scrape, "appstream_images"), "none yet", "no success and no failure before the first end");
    assert_eq!(outcome(&scrape, "workspaces_images"), "success", "one slot's trouble is its own");
    assert_eq!(exporter.get("/-/ready", "").await.status, 200);
    scrape_until(&exporter, |scrape| outcome(scrape, "appstream_images") == "failed: timeout").await;
}

#[tokio::test]
async fn too_many_scrapes_are_told_to_come_again() {
    let aws = small();
    aws.inject(Fault::hang());
    let exporter = Exporter::start_with(&aws, |config| config.http.max_requests = 2).await;
    let patient = "X-Prometheus-Scrape-Timeout-Seconds: 3\r\n";
    let (first, second, third) =
        tokio::join!(exporter.get("/metrics", patient), exporter.get("/metrics", patient), async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            exporter.get("/metrics", patient).await
        });
    assert_eq!((first.status, second.status, third.status), (200, 200, 503));
    assert_eq!(third.header("retry-after"), "1");
}

#[tokio::test]
async fn draining_finishes_the_running_scrape() {
    let aws = small();
    aws.inject(Fault::delay(Duration::from_millis(600)).on(DESCRIBE_IMAGES));
    let mut exporter = Exporter::start(&aws).await;
    let (answer, ()) = tokio::join!(exporter.get("/metrics", ""), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        exporter.stop();
    });
    let scrape = String::from_utf8(answer.body).expect("UTF-8");
    assert_eq!(lines(&scrape, "aws_appstream_image_info", &[]).len(), 1, "it was waited for");
    (&mut exporter.serving).await.expect("it has ended by itself");
}
