//! Credentials that are missing, over, refused or exhausted.

use std::cell::Cell;
use std::io::Read as _;
use std::net::TcpListener;
use std::time::Duration;

use euc_exporter::simulator::{DESCRIBE_IMAGE_BUILDERS, Fault, GET_CALLER_IDENTITY, World};
use tokio::time::timeout;

use super::{ACCOUNT, BUILDERS, Exporter, INTERVAL, builder, lines, outcome, simulator, small};
use crate::process::Running;
use crate::support::{jump, scrape_until};

/// Accepts whoever comes and never answers; the address is that of the metadata service.
fn hanging_metadata() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        let streams: Vec<_> = listener.incoming().map_while(Result::ok).collect();
        drop(streams);
    });
    format!("http://{address}")
}

/// E02
#[test]
fn a_hanging_metadata_service_does_not_keep_the_listener_down() {
    let metadata = hanging_metadata();
    let exporter = Running::start_in(
        &[],
        &[("AWS_EC2_METADATA_DISABLED", "false"), ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &metadata)],
    );
    assert!(exporter.get("/-/healthy").starts_with("HTTP/1.1 200"));
    assert!(exporter.get("/metrics").starts_with("HTTP/1.1 200"));
    exporter.signal("TERM");
    assert_eq!(exporter.end().0, Some(0));
}

/// E03
#[tokio::test]
async fn expired_credentials_are_looked_for_anew_and_it_is_well() {
    let aws = small();
    let exporter = Exporter::start(&aws).await;
    exporter.scrape().await;
    jump(INTERVAL + 1).await;
    aws.inject(Fault::expired_token().on(DESCRIBE_IMAGE_BUILDERS).times(1));
    aws.forget_requests();
    assert_eq!(outcome(&exporter.scrape().await, BUILDERS), "failed: credentials");
    jump(16).await;
    scrape_until(&exporter, |scrape| outcome(scrape, BUILDERS) == "success").await;
    assert_eq!(aws.count(GET_CALLER_IDENTITY), 1, "one new login");
}

/// E04
#[tokio::test]
async fn credentials_that_stay_refused_are_no_storm() {
    let aws = small();
    let exporter = Exporter::start(&aws).await;
    exporter.scrape().await;
    aws.inject(Fault::unrecognized_client());
    aws.forget_requests();
    for interval in 1..=10 {
        jump(INTERVAL + 1).await;
        assert_eq!(outcome(&exporter.scrape().await, BUILDERS), "failed: credentials");
        assert!(aws.count(GET_CALLER_IDENTITY) <= interval, "one login an interval");
        assert!(aws.count(DESCRIBE_IMAGE_BUILDERS) <= interval, "not tried twice");
    }
}

/// Lets the back-off of retries pass without waiting for it.
async fn hurried<T>(work: impl Future<Output = T>) -> T {
    let frozen = Cell::new(false);
    let hurry = async {
        loop {
            tokio::time::sleep(Duration::from_millis(10)).await;
            tokio::time::pause();
            frozen.set(true);
            tokio::time::advance(Duration::from_secs(5)).await;
            tokio::time::resume();
            frozen.set(false);
        }
    };
    let done = tokio::select! {
        done = work => done,
        () = hurry => unreachable!("it hurries for ever"),
    };
    if frozen.get() {
        tokio::time::resume();
    }
    done
}

/// E10: the SDK keeps one allowance of retries for each account, region and service.
#[tokio::test]
async fn a_region_that_has_used_up_its_retries_leaves_the_others_theirs() {
    let aws = simulator(World::new().account(ACCOUNT, |account| {
        account
            .region("eu-west-1", |place| place.image_builder(builder(1)))
            .region("eu-west-2", |place| place.image_builder(builder(2)))
    }));
    let exporter = Exporter::start_with(&aws, |config| {
        config.aws.max_attempts = 10;
        config.aws.operation_timeout = Duration::from_mins(10);
        config.refresh.max_scrape_wait = Duration::from_mins(5);
        config.collectors.retain(|collector| collector.name.0 == BUILDERS);
    })
    .await;
    exporter.scrape().await;
    let (troubled, other) = ("eu-west-1".parse().expect("a region"), "eu-west-2".parse().expect("a region"));
    aws.inject(Fault::internal_error().region(&troubled).on(DESCRIBE_IMAGE_BUILDERS));
    let mut attempts = usize::MAX;
    for _ in 0..40 {
        aws.forget_requests();
        jump(INTERVAL + 1).await;
        timeout(Duration::from_hours(10), hurried(exporter.scrape())).await.expect("it ends");
        attempts = aws.requests().iter().filter(|request| request.region.as_ref() == Some(&troubled)).count();
        if attempts == 1 {
            break;
        }
    }
    assert_eq!(attempts, 1, "the allowance never came to its end");

    aws.inject(Fault::internal_error().region(&other).on(DESCRIBE_IMAGE_BUILDERS).times(1));
    aws.forget_requests();
    jump(INTERVAL + 1).await;
    let scrape = hurried(exporter.scrape()).await;
    assert_eq!(lines(&scrape, "euc_exporter_collector_success", &["eu-west-2", "} 1"]).len(), 1);
    assert_eq!(lines(&scrape, "euc_exporter_collector_success", &["eu-west-1", "} 0"]).len(), 1);
    assert_eq!(aws.requests().iter().filter(|request| request.region.as_ref() == Some(&other)).count(), 2);
}

/// I12
#[test]
fn a_second_signal_ends_it_at_once_and_not_well() {
    let metadata = hanging_metadata();
    let exporter = Running::start_in(
        &["--log.level=debug"],
        &[("AWS_EC2_METADATA_DISABLED", "false"), ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &metadata)],
    );
    let mut waiting = std::net::TcpStream::connect(&exporter.address).expect("it listens");
    std::io::Write::write_all(&mut waiting, b"GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n").expect("sent");
    // Answered after the scrape has begun: connections are accepted in their order.
    exporter.get("/-/healthy");
    exporter.signal("TERM");
    std::thread::sleep(Duration::from_millis(100));
    exporter.signal("TERM");
    let (code, log) = exporter.end();
    assert_eq!(code, Some(1), "{log}");
    assert!(!log.contains("msg=stopped"), "{log}");
    let mut rest = Vec::new();
    let _ = waiting.read_to_end(&mut rest);
}
