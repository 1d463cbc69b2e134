//! Many scrapes, many scopes, slow refreshes: who waits for whom.

use std::time::Duration;

use euc_exporter::simulator::{DESCRIBE_IMAGE_BUILDERS, Fault};
use futures_util::future::join_all;

use super::{BUILDER_INFO, BUILDERS, Exporter, INTERVAL, lines, many_regions, objects, outcome, simulator, small};
use crate::support::{calls, jump};

/// F01: as many as the cap on connections lets in.
#[tokio::test]
async fn a_cold_herd_costs_one_refresh_and_everybody_is_answered() {
    let aws = simulator(objects(60));
    let exporter = Exporter::start_with(&aws, |config| config.http.max_requests = 1_000).await;
    for scrape in join_all((0..400).map(|_| exporter.scrape())).await {
        assert_eq!(lines(&scrape, BUILDER_INFO, &[]).len(), 60);
    }
    assert_eq!(calls(&aws, DESCRIBE_IMAGE_BUILDERS), 3, "the pages of one refresh");
}

/// F03
#[tokio::test]
async fn a_refresh_slower_than_its_interval_is_not_overtaken_by_the_next() {
    let aws = small();
    let exporter = Exporter::start_with(&aws, |config| {
        config.aws.max_attempts = 1;
        config.aws.attempt_timeout = Duration::from_hours(1);
        config.aws.operation_timeout = Duration::from_hours(1);
        config.collectors.retain(|collector| collector.name.0 == BUILDERS);
    })
    .await;
    exporter.scrape().await;
    aws.inject(Fault::hang());
    aws.forget_requests();
    jump(INTERVAL - 10).await;
    exporter.scrape().await;
    for _ in 0..3 {
        jump(INTERVAL - 10).await;
        let scrape = exporter.scrape().await;
        assert_eq!(lines(&scrape, BUILDER_INFO, &[]).len(), 1);
    }
    assert_eq!(aws.count(DESCRIBE_IMAGE_BUILDERS), 1, "three intervals, one refresh");
}

/// F09
#[tokio::test]
async fn one_failing_scope_of_many_leaves_all_others_fresh() {
    let (aws, regions) = many_regions();
    let troubled = regions[6].parse().expect("a region");
    for fault in [
        Fault::internal_error(),
        Fault::reset(),
        Fault::null_list(),
        Fault::answer(200, "text/html", "<html>"),
        Fault::throttling(),
    ] {
        aws.clear_faults();
        aws.inject(fault.region(&troubled).on(DESCRIBE_IMAGE_BUILDERS));
        let exporter = Exporter::start_with(&aws, |config| config.aws.max_attempts = 1).await;
        let scrape = exporter.scrape().await;
        let failed = lines(&scrape, "euc_exporter_collector_success", &["} 0"]);
        assert_eq!(failed.len(), 1, "{failed:?}");
        assert!(failed[0].contains(&format!("\"{}\"", regions[6])) && failed[0].contains(BUILDERS));
        assert_eq!(lines(&scrape, "euc_exporter_collector_success", &["} 1"]).len(), 4 * regions.len() - 1);
        assert_eq!(lines(&scrape, BUILDER_INFO, &[]).len(), regions.len() - 1);
    }
}

/// F10
#[tokio::test]
async fn one_hanging_scope_of_many_leaves_all_others_on_time() {
    let (aws, regions) = many_regions();
    let troubled = regions[6].parse().expect("a region");
    aws.inject(Fault::hang().region(&troubled).on(DESCRIBE_IMAGE_BUILDERS));
    let exporter = Exporter::start_with(&aws, |config| {
        config.refresh.max_scrape_wait = Duration::from_secs(3);
        config.aws.attempt_timeout = Duration::from_hours(1);
        config.aws.operation_timeout = Duration::from_hours(1);
    })
    .await;
    let scrape = exporter.scrape().await;
    assert_eq!(lines(&scrape, "euc_exporter_collector_success", &["} 1"]).len(), 4 * regions.len() - 1);
    assert_eq!(lines(&scrape, BUILDER_INFO, &[]).len(), regions.len() - 1);
    jump(INTERVAL + 1).await;
    let scrape = exporter.scrape().await;
    let fresh = lines(&scrape, "euc_exporter_collector_success", &[BUILDERS, "} 1"]).len();
    assert_eq!(fresh, regions.len() - 1);
    assert_eq!(aws.count(DESCRIBE_IMAGE_BUILDERS), 2 * (regions.len() - 1) + 1, "read anew while one hangs");
    assert_eq!(
        outcome(
            &scrape.lines().filter(|line| line.contains(&format!("\"{}\"", regions[6]))).collect::<Vec<_>>().join("\n"),
            BUILDERS
        ),
        "none yet"
    );
}
