//! WorkSpaces images, from DescribeWorkspaceImages: one call for each 25 images of each ownership.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_workspaces::types::{
    ImageType, OperatingSystemType, WorkspaceImage, WorkspaceImageErrorDetailCode, WorkspaceImageRequiredTenancy,
    WorkspaceImageState,
};

use super::objects::{Errors, Objects, unix_seconds};
use super::{Collector, Filter, Measure};
use crate::aws::{Aws, FetchError, Page};
use crate::catalogue;
use crate::domain::{CollectorName, Operation, Service, Text};
use crate::exposition::Families;

/// Reads the images that the account owns and those shared with it.
#[derive(Debug)]
pub(super) struct WorkspacesImages;

impl Collector for WorkspacesImages {
    const NAME: CollectorName = CollectorName("workspaces_images");
    const HELP: &'static str = "WorkSpaces images, from DescribeWorkspaceImages.";
    const OPERATION: Operation = Operation { service: Service::Workspaces, name: "DescribeWorkspaceImages" };
    const ACTIONS: &'static [&'static str] = &["workspaces:DescribeWorkspaceImages"];
    const REFRESH_INTERVAL: Duration = Duration::from_mins(5);
    const FILTER: Option<Filter> = Some(Filter {
        key: "ownership",
        allowed: &["OWNED", "SHARED"],
        default: &["OWNED", "SHARED"],
        help: "Which images to read: the account's own, those shared with it, or both.",
    });
    type Snapshot = Images;

    async fn fetch(aws: &Aws, chosen: &[&'static str]) -> Result<Images, FetchError> {
        let images = list(aws, chosen).await;
        aws.publish_workspace_images(match &images {
            Ok(images) => Ok(images.ids.iter().cloned().collect::<Arc<[String]>>()),
            Err(error) => Err(error.clone()),
        });
        images
    }
}

async fn list(aws: &Aws, chosen: &[&'static str]) -> Result<Images, FetchError> {
    let (mut ids, mut images) = (BTreeSet::new(), Objects::default());
    for ownership in chosen {
        aws.list(
            WorkspacesImages::OPERATION,
            |clients, token, meter| async move {
                let call = clients.workspaces.describe_workspace_images().image_type(ImageType::from(*ownership));
                let answer = call.max_results(25).set_next_token(token).customize().interceptor(meter).send().await;
                answer.map(|answer| Page { items: answer.images, next_token: answer.next_token })
            },
            |image| {
                ids.extend(image.image_id().filter(|id| !id.is_empty()).map(str::to_owned));
                images.insert(Text::maybe(image.image_id()), Image::from_wire(&image));
            },
        )
        .await?;
    }
    Ok(Images { images, account: aws.target().account_label().to_owned(), ids })
}

/// The images of one target.
#[derive(Debug)]
pub(super) struct Images {
    images: Objects<Image>,
    /// The account that was asked.
    account: String,
    /// The identifiers in full, as AWS wants to be asked about them.
    ids: BTreeSet<String>,
}

#[derive(Debug)]
struct Image {
    name: Option<Text>,
    operating_system: Option<Text>,
    state: Option<Text>,
    required_tenancy: Option<Text>,
    owner_account_id: Option<Text>,
    error_code: Option<Text>,
    error_message: Option<String>,
    error_details: Errors,
    update_available: Option<bool>,
    created: Option<f64>,
}

impl Image {
    fn from_wire(image: &WorkspaceImage) -> Self {
        let mut error_details = Errors::default();
        for detail in image.error_details() {
            let code = Text::maybe(detail.error_code().map(WorkspaceImageErrorDetailCode::as_str));
            error_details.insert(code, None, detail.error_message().map(str::to_owned));
        }
        let system = image.operating_system().and_then(|system| system.r#type());
        Self {
            name: Text::maybe(image.name()),
            operating_system: Text::maybe(system.map(OperatingSystemType::as_str)),
            state: Text::maybe(image.state().map(WorkspaceImageState::as_str)),
            required_tenancy: Text::maybe(image.required_tenancy().map(WorkspaceImageRequiredTenancy::as_str)),
            owner_account_id: Text::maybe(image.owner_account_id()),
            error_code: Text::maybe(image.error_code()),
            error_message: image.error_message().map(str::to_owned),
            error_details,
            update_available: image.updates().and_then(aws_sdk_workspaces::types::UpdateResult::update_available),
            created: image.created().and_then(unix_seconds),
        }
    }
}

impl Measure for Images {
    fn measure(&self, out: &mut Families) {
        let Self { images, account, ids: _ } = self;
        out.objects(images.len());
        out.skipped("WorkspaceImage.ImageId", images.unnamed());
        for (id, image) in images.iter() {
            image.measure(id, account, out);
        }
    }
}

impl Image {
    fn measure(&self, id: &Text, account: &str, out: &mut Families) {
        let Self {
            name,
            operating_system,
            state,
            required_tenancy,
            owner_account_id,
            error_code,
            error_message,
            error_details,
            update_available,
            created,
        } = self;
        let image = id.as_str();
        let own = owner_account_id.as_ref().is_none_or(|owner| owner.as_str() == account);
        let ownership = if own { "OWNED" } else { "SHARED" };
        out.add(
            &catalogue::WORKSPACES_IMAGE_INFO,
            [
                image,
                Text::label(name.as_ref()),
                Text::label(operating_system.as_ref()),
                Text::label(owner_account_id.as_ref()),
                ownership,
                Text::label(required_tenancy.as_ref()),
            ],
            1.0,
        );
        out.check("OperatingSystem.Type", OperatingSystemType::values(), operating_system.as_ref());
        out.check("WorkspaceImage.RequiredTenancy", WorkspaceImageRequiredTenancy::values(), required_tenancy.as_ref());
        let states = WorkspaceImageState::values();
        out.add_states(&catalogue::WORKSPACES_IMAGE_STATE, id, "WorkspaceImage.State", states, state.as_ref());
        if let Some(code) = error_code {
            out.add(&catalogue::WORKSPACES_IMAGE_ERROR, [image, code.as_str()], 1.0);
        }
        out.note(id, error_code.as_ref(), error_message.as_deref());
        for (code, errors) in error_details.iter() {
            out.add(&catalogue::WORKSPACES_IMAGE_ERROR_DETAILS, [image, code.as_str()], f64::from(errors.count));
            out.check("ErrorDetails.ErrorCode", WorkspaceImageErrorDetailCode::values(), Some(code));
            out.note(id, Some(code), errors.message.as_deref());
        }
        out.skipped("ErrorDetails.ErrorCode", error_details.uncoded());
        let update_available = update_available.map(|available| f64::from(u8::from(available)));
        out.add_some(&catalogue::WORKSPACES_IMAGE_UPDATE_AVAILABLE, [image], update_available);
        out.add_some(&catalogue::WORKSPACES_IMAGE_CREATED, [image], *created);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collectors::tests::{measured, target};
    use aws_sdk_workspaces::primitives::DateTime;
    use aws_sdk_workspaces::types::{ErrorDetails, OperatingSystem, UpdateResult};

    fn text(images: &[WorkspaceImage]) -> String {
        let mut objects = Objects::default();
        for image in images {
            objects.insert(Text::maybe(image.image_id()), Image::from_wire(image));
        }
        measured(&Images { images: objects, account: target().account_label().to_owned(), ids: BTreeSet::new() })
    }

    #[test]
    fn an_image_that_says_everything() {
        let detail = |code: &str| ErrorDetails::builder().error_code(code.into()).error_message("why").build();
        let image = WorkspaceImage::builder()
            .image_id("wsi-1")
            .name("win11")
            .operating_system(OperatingSystem::builder().r#type(OperatingSystemType::Windows).build())
            .state(WorkspaceImageState::Error)
            .required_tenancy(WorkspaceImageRequiredTenancy::Dedicated)
            .owner_account_id("444455556666")
            .error_code("ValidationFailed")
            .error_details(detail("DomainJoined"))
            .error_details(detail("DomainJoined"))
            .error_details(detail("RestrictedDriveLetterInUse"))
            .updates(UpdateResult::builder().update_available(true).build())
            .created(DateTime::from_secs_f64(1_700_000_000.5))
            .build();
        assert_eq!(
            text(&[image]),
            r#"aws_workspaces_image_info{image_id="wsi-1",image_name="win11",operating_system="WINDOWS",owner_account_id="444455556666",ownership="SHARED",required_tenancy="DEDICATED"} 1
aws_workspaces_image_state{image_id="wsi-1",state="AVAILABLE"} 0
aws_workspaces_image_state{image_id="wsi-1",state="ERROR"} 1
aws_workspaces_image_state{image_id="wsi-1",state="PENDING"} 0
aws_workspaces_image_error{image_id="wsi-1",error_code="ValidationFailed"} 1
aws_workspaces_image_error_details{image_id="wsi-1",error_code="DomainJoined"} 2
aws_workspaces_image_error_details{image_id="wsi-1",error_code="RestrictedDriveLetterInUse"} 1
aws_workspaces_image_update_available{image_id="wsi-1"} 1
aws_workspaces_image_created_timestamp_seconds{image_id="wsi-1"} 1700000000.5
"#
        );
    }

    #[test]
    fn an_image_that_says_nothing_but_its_id_and_one_that_says_nothing() {
        let image = WorkspaceImage::builder().image_id("wsi-2").error_code("").owner_account_id("").build();
        assert_eq!(
            text(&[image, WorkspaceImage::builder().name("nobody").build()]),
            r#"aws_workspaces_image_info{image_id="wsi-2",image_name="",operating_system="",owner_account_id="",ownership="OWNED",required_tenancy=""} 1
aws_workspaces_image_state{image_id="wsi-2",state="AVAILABLE"} 0
aws_workspaces_image_state{image_id="wsi-2",state="ERROR"} 0
aws_workspaces_image_state{image_id="wsi-2",state="PENDING"} 0
aws_workspaces_image_state{image_id="wsi-2",state="UNKNOWN"} 1
unrecognized WorkspaceImage.ImageId: none
"#
        );
    }
}
