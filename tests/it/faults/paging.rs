//! Lists that move or end oddly while they are walked.

use std::time::Duration;

use euc_exporter::simulator::{DESCRIBE_IMAGE_BUILDERS, Fault};

use super::{ACCOUNT, BUILDER_INFO, BUILDERS, Exporter, LISTS, REGION, lines, objects, outcome, simulator};

/// D05, D13
#[tokio::test]
async fn an_empty_token_is_the_end_of_every_list() {
    let aws = simulator(objects(30));
    for (operation, ..) in LISTS {
        aws.inject(Fault::empty_token().on(operation));
    }
    let scrape = Exporter::start(&aws).await.scrape().await;
    for (operation, collector, family) in LISTS {
        assert_eq!((outcome(&scrape, collector).as_str(), lines(&scrape, family, &[]).len()), ("success", 30));
        let of_another_kind = usize::from(operation != DESCRIBE_IMAGE_BUILDERS);
        assert_eq!(aws.count(operation), 2 + of_another_kind, "{collector}");
    }
}

/// D06
#[tokio::test]
async fn an_object_deleted_between_pages_costs_at_most_one_other() {
    let aws = simulator(objects(60));
    aws.inject(Fault::delay(Duration::from_millis(300)).on(DESCRIBE_IMAGE_BUILDERS).page(1));
    let exporter = Exporter::start(&aws).await;
    let deleting = async {
        while aws.count(DESCRIBE_IMAGE_BUILDERS) < 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // The first page is decided by now and on its way.
        aws.change(|world| drop(world.at(ACCOUNT, REGION).image_builders.remove(0)));
    };
    let (scrape, ()) = tokio::join!(exporter.scrape(), deleting);
    assert_eq!(outcome(&scrape, BUILDERS), "success");
    let shown = lines(&scrape, BUILDER_INFO, &[]);
    assert_eq!(shown.len(), 59, "the deleted one was read before, one of the others fell between two pages");
}
