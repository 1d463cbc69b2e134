//! AWS does not answer, or not to the end.

use std::time::Duration;

use euc_exporter::simulator::{DESCRIBE_IMAGE_BUILDERS, Fault};
use futures_util::future::join_all;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

use super::{
    BUILDER_INFO, BUILDERS, Exporter, INTERVAL, impatient, lines, many_regions, objects, outcome, simulator, small,
};
use crate::support::{jump, scrape_until};

/// B01
#[tokio::test]
async fn a_refused_connection_fails_and_keeps_the_old_data() {
    let aws = small();
    let exporter = Exporter::start_with(&aws, |config| config.aws.max_attempts = 1).await;
    exporter.scrape().await;
    aws.stop().await;
    jump(INTERVAL + 1).await;
    let scrape = exporter.scrape().await;
    assert_eq!(outcome(&scrape, BUILDERS), "failed: connection");
    assert_eq!(lines(&scrape, BUILDER_INFO, &[]).len(), 1);
}

/// B02
#[tokio::test]
async fn a_connection_that_nobody_accepts_ends_by_its_own_deadline() {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
    let full = socket.listen(0).expect("it listens");
    let address = full.local_addr().expect("an address");
    let mut waiting = Vec::new();
    while let Ok(Ok(stream)) = timeout(Duration::from_millis(200), TcpStream::connect(address)).await {
        waiting.push(stream);
        assert!(waiting.len() < 100, "the backlog never fills");
    }
    let exporter = Exporter::start_with(&small(), |config| {
        config.aws.endpoint_url = Some(format!("http://{address}"));
        config.aws.max_attempts = 1;
        config.aws.connect_timeout = Duration::from_millis(200);
        // Shorter than the SDK's own deadline, which must not be the one that ends it.
        config.refresh.max_scrape_wait = Duration::from_secs(2);
    })
    .await;
    let scrape = exporter.scrape().await;
    assert_eq!(outcome(&scrape, BUILDERS), "failed: timeout");
}

/// B06
#[tokio::test]
async fn a_reset_is_tried_as_often_as_configured_and_then_fails() {
    let aws = small();
    aws.inject(Fault::reset().on(DESCRIBE_IMAGE_BUILDERS));
    let exporter = Exporter::start(&aws).await;
    exporter.scrape().await;
    let scrape = scrape_until(&exporter, |scrape| outcome(scrape, BUILDERS) == "failed: connection").await;
    assert_eq!(aws.count(DESCRIBE_IMAGE_BUILDERS), 3);
    assert_eq!(outcome(&scrape, "appstream_images"), "success");
}

/// B09
#[tokio::test]
async fn a_name_that_does_not_resolve_fails_and_the_page_is_served() {
    let aws = small();
    let exporter = Exporter::start_with(&aws, |config| {
        config.aws.endpoint_url = Some("http://no-such-host.invalid".to_owned());
        config.aws.max_attempts = 1;
        config.aws.attempt_timeout = Duration::from_secs(3);
        config.aws.operation_timeout = Duration::from_secs(3);
    })
    .await;
    let scrape = exporter.scrape().await;
    let ended = outcome(&scrape, BUILDERS);
    assert!(["failed: connection", "failed: timeout"].contains(&ended.as_str()), "{ended}");
    assert!(lines(&scrape, BUILDER_INFO, &[]).is_empty());
}

/// B11
#[tokio::test]
async fn a_redirect_is_not_followed() {
    let trap = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = trap.local_addr().expect("an address");
    let aws = small();
    for status in [301, 302, 307, 308] {
        let elsewhere = format!("http://{address}/latest/meta-data/");
        aws.clear_faults();
        aws.inject(Fault::answer(status, "text/html", "").header("location", &elsewhere).on(DESCRIBE_IMAGE_BUILDERS));
        let scrape = Exporter::start_with(&aws, impatient).await.scrape().await;
        assert!(outcome(&scrape, BUILDERS).starts_with("failed: "), "{status}");
    }
    assert!(timeout(Duration::from_millis(50), trap.accept()).await.is_err(), "somebody came");
}

/// B13, F02: what is warm is served at once while everything hangs, and all scopes end by their deadlines.
#[tokio::test]
async fn while_all_scopes_hang_a_warm_scrape_waits_for_none() {
    let (aws, regions) = many_regions();
    let exporter = Exporter::start_with(&aws, |config| {
        config.http.max_requests = 100;
        config.aws.max_attempts = 1;
        config.aws.attempt_timeout = Duration::from_mins(2);
        config.aws.operation_timeout = Duration::from_mins(2);
        for collector in &mut config.collectors {
            collector.refresh_interval = Duration::from_secs(INTERVAL);
        }
    })
    .await;
    exporter.scrape().await;
    jump(INTERVAL - 20).await;
    exporter.scrape().await;
    aws.inject(Fault::hang());
    jump(30).await;
    // Far less than the deadlines of AWS's calls, and than the nine seconds of a cold scrape: only one that waits
    // for AWS is late.
    let scrapes = join_all((0..100).map(|_| exporter.scrape()));
    let scrapes = timeout(Duration::from_secs(8), scrapes).await.expect("a scrape waited for AWS");
    for scrape in &scrapes {
        assert_eq!(lines(scrape, BUILDER_INFO, &[]).len(), regions.len());
        assert_eq!(lines(scrape, "euc_exporter_collector_success", &["} 1"]).len(), 4 * regions.len());
    }
    jump(121).await;
    let failed = |scrape: &str| lines(scrape, "euc_exporter_collector_error", &["error=\"timeout\""]).len();
    // The associations' refresh hangs in no call: its image is known, so it asks once, as the others do.
    scrape_until(&exporter, |scrape| failed(scrape) == 4 * regions.len()).await;
}

/// B14
#[tokio::test]
async fn a_slow_list_completes_and_never_overlaps_itself() {
    let aws = simulator(objects(500));
    aws.inject(Fault::delay(Duration::from_millis(30)).on(DESCRIBE_IMAGE_BUILDERS));
    let exporter = Exporter::start_with(&aws, |config| {
        config.collectors.retain(|collector| collector.name.0 == BUILDERS);
    })
    .await;
    for scrape in join_all((0..20).map(|_| exporter.scrape())).await {
        assert_eq!(lines(&scrape, BUILDER_INFO, &[]).len(), 500);
    }
    assert_eq!(aws.count(DESCRIBE_IMAGE_BUILDERS), 20, "20 pages, one walk");
}

/// B14
#[tokio::test]
async fn a_list_slower_than_its_budget_is_given_up_and_that_is_said() {
    let aws = small();
    aws.inject(Fault::hang().on(DESCRIBE_IMAGE_BUILDERS));
    let exporter = Exporter::start_with(&aws, |config| {
        config.refresh.max_scrape_wait = Duration::from_millis(300);
        config.aws.attempt_timeout = Duration::from_hours(1);
        config.aws.operation_timeout = Duration::from_hours(1);
    })
    .await;
    assert_eq!(outcome(&exporter.scrape().await, BUILDERS), "none yet");
    jump(4 * INTERVAL + 1).await;
    scrape_until(&exporter, |scrape| outcome(scrape, BUILDERS) == "failed: timeout").await;
    let page = String::from_utf8(exporter.get("/", "").await.body).expect("UTF-8");
    assert!(page.contains("gave up after"), "{page}");
}
