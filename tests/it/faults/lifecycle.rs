//! The end of the process, whatever hangs.

use std::time::Duration;

use euc_exporter::simulator::Fault;
use futures_util::future::join_all;
use tokio::time::timeout;

use super::{Exporter, outcome, small};

/// I10
#[tokio::test]
async fn told_to_stop_while_aws_hangs_it_finishes_every_scrape_and_drops_the_refresh() {
    let aws = small();
    aws.inject(Fault::hang());
    let mut exporter = Exporter::start_with(&aws, |config| {
        config.refresh.max_scrape_wait = Duration::from_secs(2);
        config.aws.attempt_timeout = Duration::from_hours(1);
        config.aws.operation_timeout = Duration::from_hours(1);
    })
    .await;
    let stopping = async {
        while aws.requests().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        exporter.stop();
    };
    let (scrapes, ()) = tokio::join!(join_all((0..20).map(|_| exporter.get("/metrics", ""))), stopping);
    for answer in &scrapes {
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-length"), answer.body.len().to_string(), "whole");
        let text = String::from_utf8(answer.body.clone()).expect("UTF-8");
        assert_eq!(outcome(&text, "appstream_images"), "none yet");
    }
    timeout(Duration::from_secs(30), &mut exporter.serving).await.expect("it hangs").expect("it ends well");
}
