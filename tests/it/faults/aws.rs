//! AWS answers, but with an error.

use std::time::Duration;

use euc_exporter::logging::{Format, Level};
use euc_exporter::simulator::{DESCRIBE_IMAGE_ASSOCIATIONS, DESCRIBE_IMAGE_BUILDERS, Fault};

use super::{BUILDER_INFO, BUILDERS, Exporter, INTERVAL, Log, impatient, lines, many_regions, outcome, small};
use crate::support::{jump, scrape_until};

/// A02: no more attempts than configured, the old snapshot served, and never more than a refresh an interval.
#[tokio::test]
async fn endless_throttling_costs_no_more_attempts_than_configured() {
    let aws = small();
    let exporter = Exporter::start_with(&aws, |config| config.aws.max_attempts = 2).await;
    exporter.scrape().await;
    aws.inject(Fault::throttling().on(DESCRIBE_IMAGE_BUILDERS));
    jump(INTERVAL - 20).await;
    exporter.scrape().await;
    for interval in 1..=2 {
        aws.forget_requests();
        jump(if interval == 1 { 21 } else { INTERVAL + 1 }).await;
        exporter.scrape().await;
        let scrape = scrape_until(&exporter, |scrape| outcome(scrape, BUILDERS) == "failed: throttling").await;
        scrape_until(&exporter, |_| aws.count(DESCRIBE_IMAGE_BUILDERS) >= 2).await;
        assert_eq!(aws.count(DESCRIBE_IMAGE_BUILDERS), 2, "interval {interval}");
        assert_eq!(lines(&scrape, BUILDER_INFO, &[]).len(), 1);
    }
}

/// A03
#[tokio::test]
async fn one_throttled_operation_leaves_the_other_families_fresh() {
    let aws = small();
    let exporter = Exporter::start_with(&aws, impatient).await;
    exporter.scrape().await;
    aws.inject(Fault::throttling().on(DESCRIBE_IMAGE_ASSOCIATIONS));
    jump(910).await;
    let scrape = exporter.scrape().await;
    assert_eq!(outcome(&scrape, "workspaces_image_associations"), "failed: throttling");
    for collector in ["workspaces_images", BUILDERS, "appstream_images"] {
        assert_eq!(outcome(&scrape, collector), "success");
        let read = super::value(
            &scrape,
            "euc_exporter_collector_last_success_timestamp_seconds",
            &[&format!("\"{collector}\"")],
        );
        assert!(read >= super::START, "{collector}");
    }
    assert_eq!(lines(&scrape, "aws_workspaces_image_application_state", &[]).len(), 1, "the last good data");
}

/// A04
#[tokio::test]
async fn the_operation_deadline_wins_over_what_aws_asks_to_wait() {
    let aws = small();
    aws.inject(Fault::throttling().retry_after(Duration::from_secs(30)).on(DESCRIBE_IMAGE_BUILDERS));
    let exporter = Exporter::start_with(&aws, |config| {
        config.aws.attempt_timeout = Duration::from_millis(400);
        config.aws.operation_timeout = Duration::from_millis(500);
    })
    .await;
    let scrape = exporter.scrape().await;
    assert_eq!(outcome(&scrape, BUILDERS), "failed: timeout");
    assert_eq!(aws.count(DESCRIBE_IMAGE_BUILDERS), 1);
}

/// A05
#[tokio::test]
async fn a_burst_of_500_is_retried_and_well() {
    let aws = small();
    aws.inject(Fault::internal_error().on(DESCRIBE_IMAGE_BUILDERS).times(2));
    let scrape = Exporter::start(&aws).await.scrape().await;
    assert_eq!(outcome(&scrape, BUILDERS), "success");
    assert_eq!(aws.count(DESCRIBE_IMAGE_BUILDERS), 3);
}

/// A06
#[tokio::test]
async fn after_endless_500_the_first_refresh_is_well() {
    let aws = small();
    let exporter = Exporter::start_with(&aws, impatient).await;
    exporter.scrape().await;
    aws.inject(Fault::internal_error().on(DESCRIBE_IMAGE_BUILDERS));
    for interval in 1..=5 {
        jump(INTERVAL + 1).await;
        let scrape = exporter.scrape().await;
        assert_eq!(outcome(&scrape, BUILDERS), "failed: server");
        assert_eq!(lines(&scrape, BUILDER_INFO, &[]).len(), usize::from(interval < 4), "interval {interval}");
    }
    aws.clear_faults();
    jump(INTERVAL + 1).await;
    let scrape = exporter.scrape().await;
    assert_eq!((outcome(&scrape, BUILDERS).as_str(), lines(&scrape, BUILDER_INFO, &[]).len()), ("success", 1));
}

/// A08
#[tokio::test]
async fn a_denied_operation_is_not_retried_and_logged_once() {
    let log = Log::of(Level::Info, Format::Logfmt);
    let aws = small();
    let exporter = Exporter::start(&aws).await;
    exporter.scrape().await;
    aws.inject(Fault::access_denied().on(DESCRIBE_IMAGE_BUILDERS));
    aws.forget_requests();
    for _ in 0..20 {
        jump(INTERVAL + 1).await;
        let scrape = exporter.scrape().await;
        assert_eq!(outcome(&scrape, BUILDERS), "failed: access_denied");
        assert_eq!(outcome(&scrape, "appstream_images"), "success");
    }
    assert_eq!(aws.count(DESCRIBE_IMAGE_BUILDERS), 20, "one attempt an interval");
    let told = log.about(BUILDERS);
    assert_eq!(told.len(), 2, "good, then failed: {told:#?}");
}

/// A09
#[tokio::test]
async fn a_scope_where_all_is_denied_leaves_the_others_alone() {
    let (aws, regions) = many_regions();
    let exporter = Exporter::start(&aws).await;
    exporter.scrape().await;
    let denied = regions[0].parse().expect("a region");
    aws.inject(Fault::access_denied().region(&denied));
    aws.forget_requests();
    jump(910).await;
    let scrape = exporter.scrape().await;
    assert_eq!(lines(&scrape, "euc_exporter_collector_success", &[&format!("\"{}\"", regions[0]), "} 0"]).len(), 4);
    assert_eq!(lines(&scrape, "euc_exporter_collector_success", &["} 1"]).len(), 4 * (regions.len() - 1));
    let asked = aws.requests().iter().filter(|request| request.region.as_ref() == Some(&denied)).count();
    assert!(asked <= 4, "one attempt for each operation: {asked}");
}
