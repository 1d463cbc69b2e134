//! The simulator as the real SDK sees it.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::time::Duration;

use aws_sdk_appstream::Client as Appstream;
use aws_sdk_appstream::types::VisibilityType;
use aws_sdk_sts::Client as Sts;
use aws_sdk_workspaces::Client as Workspaces;
use aws_sdk_workspaces::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_workspaces::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_workspaces::primitives::DateTime;
use aws_sdk_workspaces::types::{ImageAssociatedResourceType, ImageType, WorkspaceImage};
use euc_exporter::simulator::{
    ASSUME_ROLE, DESCRIBE_IMAGE_BUILDERS, DESCRIBE_IMAGES, DESCRIBE_WORKSPACE_IMAGES, Fault, Fleet, Protocol,
    Simulator, World, credentials,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";
const HOSTILE: &str = "a\"b\\c\n\r\t\u{1}é漢😀</x>&{}\u{7f}\u{2028}";

fn start(world: World) -> Simulator {
    Simulator::start(world, "127.0.0.1:0".parse().expect("loopback")).expect("a free port")
}

fn own_keys() -> Credentials {
    let (access_key, secret) = credentials(&ACCOUNT.parse().expect("an account"));
    Credentials::new(access_key, secret, None, None, "test")
}

fn deadline() -> TimeoutConfig {
    TimeoutConfig::builder().operation_timeout(Duration::from_secs(2)).build()
}

/// A client that tries once.
macro_rules! client {
    ($crate_name:ident, $simulator:expr, $keys:expr) => {
        $crate_name::Client::from_conf(
            $crate_name::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(REGION))
                .endpoint_url($simulator.url())
                .credentials_provider($keys)
                .retry_config(RetryConfig::disabled())
                .timeout_config(deadline())
                .build(),
        )
    };
}

fn workspaces(simulator: &Simulator) -> Workspaces {
    client!(aws_sdk_workspaces, simulator, own_keys())
}

fn appstream(simulator: &Simulator) -> Appstream {
    client!(aws_sdk_appstream, simulator, own_keys())
}

fn sts(simulator: &Simulator) -> Sts {
    client!(aws_sdk_sts, simulator, own_keys())
}

/// A world with so many objects of each kind, and a role.
fn world(count: usize) -> World {
    World::new().account(ACCOUNT, |account| {
        account.role("reader", Some("secret")).region(REGION, |region| {
            (0..count).fold(region, |region, number| {
                region
                    .workspaces_image(json!({"ImageId": format!("wsi-{number:09}"), "Name": HOSTILE}))
                    .association(json!({"ImageId": format!("wsi-{number:09}"), "AssociatedResourceId": "wsa-1"}))
                    .image_builder(json!({"Name": format!("builder-{number}"), "CreatedTime": 1_791_202_381.123}))
                    .appstream_image(json!({"Name": HOSTILE, "Arn": format!("arn-{number}"), "Visibility": "PRIVATE"}))
            })
        })
    })
}

async fn list_images(client: &Workspaces, most: i32) -> Vec<WorkspaceImage> {
    let (mut images, mut token) = (Vec::new(), None);
    loop {
        let page = client.describe_workspace_images().max_results(most).set_next_token(token);
        let page = page.send().await.expect("a page");
        images.extend(page.images.expect("a list"));
        token = page.next_token;
        if token.is_none() {
            return images;
        }
    }
}

/// The error code that arrived.
fn code<T, E: ProvideErrorMetadata, R>(result: Result<T, SdkError<E, R>>) -> Option<String> {
    result.err()?.as_service_error()?.code().map(str::to_owned)
}

#[tokio::test]
async fn lists_of_every_length_come_whole() {
    for count in [0, 1, 25, 26, 1000] {
        let simulator = start(world(count));
        let images = list_images(&workspaces(&simulator), 25).await;
        assert_eq!(images.len(), count);
        assert_eq!(simulator.count(DESCRIBE_WORKSPACE_IMAGES), count.div_ceil(25).max(1));

        let mut ids: Vec<_> = images.iter().filter_map(|image| image.image_id()).collect();
        ids.dedup();
        assert_eq!(ids.len(), count);
        let mut pages = appstream(&simulator).describe_images().into_paginator().send();
        let mut found = 0;
        while let Some(page) = pages.next().await {
            let images = page.expect("a page").images.expect("a list");
            assert!(images.iter().all(|image| image.name() == Some(HOSTILE)));
            found += images.len();
        }
        assert_eq!(found, count);
    }
}

#[tokio::test]
async fn texts_and_moments_arrive_as_they_were() {
    let simulator = start(world(1));
    simulator.change(|world| {
        world.at(ACCOUNT, REGION).workspaces_images[0]["Created"] = json!(1_791_202_381.123);
        world.at(ACCOUNT, REGION).image_builders.push(json!({"Name": "half", "CreatedTime": 1_791_202_381.5}));
        world.at(ACCOUNT, REGION).image_builders.push(json!({"Name": "whole", "CreatedTime": 1_791_202_381}));
    });
    let image = list_images(&workspaces(&simulator), 25).await.remove(0);
    assert_eq!(image.name(), Some(HOSTILE));
    assert_eq!(millis(image.created()), "1791202381123");

    let builders = appstream(&simulator).describe_image_builders().send().await.expect("a page");
    let moments: Vec<String> = builders.image_builders().iter().map(|one| millis(one.created_time())).collect();
    // The SDK cuts a CBOR moment to whole milliseconds, and the f64 nearest to .123 lies just below it. The exact
    // number is on the wire: boto3 reads it.
    assert_eq!(moments, ["1791202381122", "1791202381500", "1791202381000"]);
    let protocols: Vec<Protocol> = simulator.requests().iter().map(|request| request.protocol).collect();
    assert_eq!(protocols, [Protocol::Json, Protocol::Cbor]);
}

/// The nearest millisecond.
fn millis(moment: Option<&DateTime>) -> String {
    format!("{:.0}", moment.expect("a moment").as_secs_f64() * 1000.0)
}

#[tokio::test]
async fn lists_are_narrowed_as_asked() {
    let simulator = start(world(2));
    simulator.change(|world| {
        let place = world.at(ACCOUNT, REGION);
        place.workspaces_images.push(json!({"ImageId": "wsi-shared000", "OwnerAccountId": "444455556666"}));
        place.workspaces_images.push(json!({"ImageId": "wsi-owned0000", "OwnerAccountId": ACCOUNT}));
        place.appstream_images.push(json!({"Arn": "arn-public", "Visibility": "PUBLIC"}));
    });
    let client = workspaces(&simulator);
    for (kind, count) in [(ImageType::Owned, 3), (ImageType::Shared, 1)] {
        let page = client.describe_workspace_images().image_type(kind).send().await.expect("a page");
        assert_eq!(page.images().len(), count);
    }
    let page = client.describe_workspace_images().image_ids("wsi-shared000").send().await.expect("a page");
    assert_eq!(page.images().len(), 1);
    let ask = client.describe_image_associations().image_id("wsi-000000001");
    let ask = ask.associated_resource_types(ImageAssociatedResourceType::Application);
    assert_eq!(ask.send().await.expect("an answer").associations().len(), 1);

    let client = appstream(&simulator);
    for (kind, count) in [(VisibilityType::Private, 2), (VisibilityType::Public, 1), (VisibilityType::Shared, 0)] {
        let page = client.describe_images().r#type(kind).send().await.expect("a page");
        assert_eq!(page.images.expect("a list").len(), count);
    }
    let page = client.describe_image_builders().names("builder-1").send().await.expect("a page");
    assert_eq!(page.image_builders().len(), 1);
}

#[tokio::test]
async fn refusals_arrive_with_their_codes() {
    let simulator = start(world(30));
    let (one, two) = (workspaces(&simulator), appstream(&simulator));
    let validation = Some("ValidationException".to_owned());
    assert_eq!(code(one.describe_workspace_images().max_results(26).send().await), validation);
    assert_eq!(code(one.describe_workspace_images().max_results(0).send().await), validation);
    assert_eq!(code(one.describe_workspace_images().next_token("x").send().await), validation);
    assert_eq!(code(two.describe_images().max_results(26).send().await), validation);
    assert_eq!(code(two.describe_images().next_token("x").send().await), validation);
    let token = two.describe_images().send().await.expect("a page").next_token;
    assert_eq!(code(two.describe_image_builders().set_next_token(token).send().await), validation);

    let missing = Some("ResourceNotFoundException".to_owned());
    assert_eq!(code(two.describe_image_builders().names("nobody").send().await), missing);
    let ask = one.describe_image_associations().image_id("wsi-999999999");
    let ask = ask.associated_resource_types(ImageAssociatedResourceType::Application);
    assert_eq!(code(ask.send().await), missing);
    assert_eq!(code(one.describe_workspaces().send().await), Some("UnknownOperationException".to_owned()));

    let stranger = || Credentials::new("AKIAUNKNOWN", "x", None, None, "test");
    let unrecognized = Some("UnrecognizedClientException".to_owned());
    let client = client!(aws_sdk_workspaces, simulator, stranger());
    assert_eq!(code(client.describe_workspace_images().send().await), unrecognized);
    let client = client!(aws_sdk_appstream, simulator, stranger());
    assert_eq!(code(client.describe_images().send().await), unrecognized);
    let client = client!(aws_sdk_sts, simulator, stranger());
    assert_eq!(code(client.get_caller_identity().send().await), Some("InvalidClientTokenId".to_owned()));
}

#[tokio::test]
async fn a_role_gives_keys_that_end() {
    let simulator = start(world(1));
    let client = sts(&simulator);
    assert_eq!(client.get_caller_identity().send().await.expect("an identity").account(), Some(ACCOUNT));
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/reader");
    let ask = || client.assume_role().role_arn(&arn).role_session_name("tests");
    assert_eq!(code(ask().send().await), Some("AccessDenied".to_owned()));
    let given = ask().external_id("secret").send().await.expect("keys").credentials.expect("keys");

    let keys = |token: &str| {
        Credentials::new(given.access_key_id(), given.secret_access_key(), Some(token.to_owned()), None, "test")
    };
    let client = client!(aws_sdk_workspaces, simulator, keys(given.session_token()));
    client.describe_workspace_images().send().await.expect("the role's page");
    let forged = client!(aws_sdk_workspaces, simulator, keys("forged"));
    let unrecognized = Some("UnrecognizedClientException".to_owned());
    assert_eq!(code(forged.describe_workspace_images().send().await), unrecognized);
    simulator.expire_sessions();
    let expired = Some("ExpiredTokenException".to_owned());
    assert_eq!(code(client.describe_workspace_images().send().await), expired);

    let errors: Vec<Option<String>> = simulator.requests().into_iter().map(|request| request.error).collect();
    let denied = Some("AccessDenied".to_owned());
    assert_eq!(errors, [None, denied, None, None, unrecognized, expired]);
    assert_eq!(simulator.count(ASSUME_ROLE), 2);
}

#[tokio::test]
async fn each_error_fault_arrives_in_every_protocol() {
    let simulator = start(world(1));
    let faults = [
        (Fault::throttling(), "ThrottlingException", "Throttling"),
        (Fault::access_denied(), "AccessDeniedException", "AccessDenied"),
        (Fault::expired_token(), "ExpiredTokenException", "ExpiredToken"),
        (Fault::unrecognized_client(), "UnrecognizedClientException", "InvalidClientTokenId"),
        (Fault::internal_error(), "InternalServerException", "InternalServer"),
        (Fault::unavailable(), "ServiceUnavailableException", "ServiceUnavailable"),
    ];
    for (fault, elsewhere, in_sts) in faults {
        simulator.clear_faults();
        simulator.inject(fault.times(3));
        assert_eq!(code(workspaces(&simulator).describe_workspace_images().send().await).as_deref(), Some(elsewhere));
        assert_eq!(code(appstream(&simulator).describe_images().send().await).as_deref(), Some(elsewhere));
        assert_eq!(code(sts(&simulator).get_caller_identity().send().await).as_deref(), Some(in_sts));
        list_images(&workspaces(&simulator), 25).await;
    }
}

#[tokio::test]
async fn each_transport_fault_is_seen_by_the_sdk() {
    type Seen = fn(&SdkError<aws_sdk_appstream::operation::describe_images::DescribeImagesError>) -> bool;
    let timed_out: Seen = |error| matches!(error, SdkError::TimeoutError(_));
    let broken: Seen = |error| matches!(error, SdkError::DispatchFailure(_) | SdkError::ResponseError(_));
    let undecodable: Seen = |error| matches!(error, SdkError::ResponseError(_));
    let simulator = start(world(3));
    for (fault, seen) in [
        (Fault::hang(), timed_out),
        (Fault::hang_mid_body(), timed_out),
        (Fault::drip(Duration::from_millis(100)), timed_out),
        (Fault::delay(Duration::from_secs(5)), timed_out),
        (Fault::reset(), broken),
        (Fault::truncate(), broken),
        (Fault::answer(200, "text/html", "<html>sign in</html>"), undecodable),
        (Fault::output(json!({"Images": "none"})), undecodable),
    ] {
        simulator.clear_faults();
        simulator.inject(fault.clone().times(1));
        let error = appstream(&simulator).describe_images().send().await.expect_err("a fault");
        assert!(seen(&error), "{fault:?}: {error:?}");
        assert_eq!(appstream(&simulator).describe_images().send().await.expect("well again").images().len(), 3);
    }
}

#[tokio::test]
async fn each_listing_fault_is_seen_by_the_sdk() {
    let simulator = start(world(60));
    let client = appstream(&simulator);
    for fault in [Fault::null_list(), Fault::missing_list(), Fault::answer(200, "application/cbor", "")] {
        simulator.inject(fault.times(1));
        assert_eq!(client.describe_images().send().await.expect("a page").images, None);
    }
    simulator.inject(Fault::empty_page().page(2));
    simulator.inject(Fault::empty_token());
    let (mut sizes, mut token) = (Vec::new(), None);
    while token != Some(String::new()) {
        let page = client.describe_image_builders().set_next_token(token).send().await.expect("a page");
        sizes.push(page.image_builders().len());
        token = page.next_token;
    }
    assert_eq!(sizes, [25, 0, 25, 10]);
    let pages: Vec<u32> = simulator.requests().iter().skip(3).map(|request| request.page).collect();
    assert_eq!(pages, [1, 2, 3, 4]);
    assert_eq!(simulator.count(DESCRIBE_IMAGE_BUILDERS), 4);
}

#[tokio::test]
async fn tokens_repeat_cycle_or_never_end_as_told() {
    let simulator = start(world(30));
    let client = workspaces(&simulator);
    for (fault, distinct) in [(Fault::repeat_token(), 1), (Fault::cycle_tokens(), 2), (Fault::endless_tokens(), 8)] {
        simulator.clear_faults();
        simulator.inject(fault);
        let mut tokens: Vec<Option<String>> = vec![None];
        for _ in 0..8 {
            let page = client.describe_workspace_images().set_next_token(tokens.last().cloned().flatten());
            tokens.push(page.send().await.expect("a page").next_token);
        }
        let distinct_tokens: BTreeSet<String> = tokens.into_iter().flatten().collect();
        assert_eq!(distinct_tokens.len(), distinct);
    }
}

#[tokio::test]
async fn a_list_is_split_as_told_with_empty_pages_between() {
    let simulator = start(world(3));
    simulator.split(DESCRIBE_WORKSPACE_IMAGES, vec![0, 2, 0, 1, 0]);
    assert_eq!(list_images(&workspaces(&simulator), 25).await.len(), 3);
    let pages: Vec<u32> = simulator.requests().iter().map(|request| request.page).collect();
    assert_eq!(pages, [1, 2, 3, 4, 5]);
    simulator.forget_requests();
    assert!(simulator.requests().is_empty());
}

#[tokio::test]
async fn a_reset_is_a_reset_and_a_page_is_served() {
    let simulator = start(world(0));
    simulator.publish("/prometheus.yml", "text/yaml", "scrape_configs: []\n");
    simulator.inject(Fault::reset());
    let page = exchange(&simulator, "GET /prometheus.yml HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(page.expect("a page").ends_with("scrape_configs: []\n"));
    let page = exchange(&simulator, "GET /else HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(page.expect("an answer").starts_with("HTTP/1.1 404"));
    let call = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(exchange(&simulator, call).await.expect_err("a reset").kind(), ErrorKind::ConnectionReset);
}

/// Sends these bytes and reads to the end of the connection.
async fn exchange(simulator: &Simulator, request: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(simulator.address()).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn a_dropped_simulator_lets_go_of_its_port() {
    let simulator = start(world(0));
    let address = simulator.address();
    drop(simulator);
    let gone = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), gone).await.expect("the listener ends with its owner");
}

#[tokio::test]
async fn a_fault_can_tell_when_to_come_again() {
    let simulator = start(world(1));
    simulator.inject(Fault::throttling().on(DESCRIBE_IMAGES).retry_after(Duration::from_secs(30)));
    let error = appstream(&simulator).describe_images().send().await.expect_err("throttled");
    let headers = error.raw_response().expect("an answer").headers();
    assert_eq!((headers.get("retry-after"), headers.get("x-amz-retry-after")), (Some("30"), Some("30000")));
    assert!(headers.get("x-amzn-requestid").is_some());
}

#[tokio::test]
async fn the_demos_world_reads_back_from_its_text() {
    let world = Fleet::new(1, 1_795_374_000.0).world();
    let text: Value = world.to_json();
    assert_eq!(World::from_json(&text.to_string()).expect("a world"), world);
}

#[tokio::test]
async fn a_stopped_simulator_answers_nobody_and_only_loopback_is_served() {
    let simulator = start(world(1));
    simulator.stop().await;
    assert!(TcpStream::connect(simulator.address()).await.is_err());
    assert!(Simulator::start(World::new(), "0.0.0.0:0".parse().expect("an address")).is_err());
}
