//! Applications on WorkSpaces images, from DescribeImageAssociations: one call for each image that the images' own
//! collector has found, a few at a time, at the pace of WorkSpaces calls.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_workspaces::types::{
    AssociationErrorCode, AssociationState, ImageAssociatedResourceType, ImageResourceAssociation,
};
use futures_util::{StreamExt as _, stream};
use tracing::info;

use super::objects::{Objects, unix_seconds};
use super::workspaces_images::WorkspacesImages;
use super::{Collector, Measure};
use crate::aws::{Aws, FetchError};
use crate::catalogue;
use crate::domain::{CollectorName, Operation, Service, Text};
use crate::exposition::Families;

/// Reads which applications are installed on which image.
#[derive(Debug)]
pub(super) struct WorkspacesImageAssociations;

/// How many images are asked about side by side.
const CALLS_IN_FLIGHT: usize = 4;

impl Collector for WorkspacesImageAssociations {
    const NAME: CollectorName = CollectorName("workspaces_image_associations");
    const HELP: &'static str =
        "Applications on WorkSpaces images, from DescribeImageAssociations, one call for each image.";
    const OPERATION: Operation = Operation { service: Service::Workspaces, name: "DescribeImageAssociations" };
    const ACTIONS: &'static [&'static str] = &["workspaces:DescribeImageAssociations"];
    const REFRESH_INTERVAL: Duration = Duration::from_mins(15);
    const NEEDS: Option<CollectorName> = Some(WorkspacesImages::NAME);
    type Snapshot = ImageApplications;

    async fn fetch(aws: &Aws, _: &[&'static str]) -> Result<ImageApplications, FetchError> {
        let images = aws.workspace_images().await?;
        let calls = (0..images.len()).map(|index| associations_of(aws, images[index].clone()));
        let mut answers = stream::iter(calls).buffer_unordered(CALLS_IN_FLIGHT);
        let mut applications = ImageApplications::default();
        while let Some((image, answer)) = answers.next().await {
            match answer {
                Ok(associations) => applications.insert(&image, &associations),
                Err(error) if is_about_the_image(&error) => applications.images_skipped += 1,
                Err(error) => return Err(error),
            }
        }
        applications.tell_skipped(aws);
        Ok(applications)
    }
}

async fn associations_of(aws: &Aws, image: String) -> (String, Result<Vec<ImageResourceAssociation>, FetchError>) {
    let operation = WorkspacesImageAssociations::OPERATION;
    let answer = aws
        .call(operation, |clients, meter| {
            let call = clients.workspaces.describe_image_associations().image_id(&image);
            let call = call.associated_resource_types(ImageAssociatedResourceType::Application);
            call.customize().interceptor(meter).send()
        })
        .await;
    let no_list = || FetchError::invalid(operation, "the answer has no list");
    (image, answer.and_then(|answer| answer.associations.ok_or_else(no_list)))
}

/// Deleted since it was listed, or of a kind that has no applications.
fn is_about_the_image(error: &FetchError) -> bool {
    matches!(error.code.as_deref(), Some("ResourceNotFoundException" | "OperationNotSupportedException"))
}

/// The applications of every image of one target.
#[derive(Debug, Default)]
pub(super) struct ImageApplications {
    by_image: BTreeMap<Text, Objects<Application>>,
    images_skipped: usize,
}

#[derive(Debug)]
struct Application {
    state: Option<Text>,
    error_code: Option<Text>,
    error_message: Option<String>,
    last_updated: Option<f64>,
}

impl ImageApplications {
    fn insert(&mut self, image: &str, associations: &[ImageResourceAssociation]) {
        let Some(image) = Text::new(image) else { return };
        let applications = self.by_image.entry(image).or_default();
        for association in associations {
            applications.insert(Text::maybe(association.associated_resource_id()), Application::from_wire(association));
        }
    }

    fn tell_skipped(&self, aws: &Aws) {
        if self.images_skipped > 0 {
            let target = aws.target();
            info!(
                collector = WorkspacesImageAssociations::NAME.0,
                account_id = target.account_label(),
                region = target.region_label(),
                images = self.images_skipped,
                "AWS has no associations to tell for some images"
            );
        }
    }
}

impl Application {
    fn from_wire(association: &ImageResourceAssociation) -> Self {
        let reason = association.state_reason();
        Self {
            state: Text::maybe(association.state().map(AssociationState::as_str)),
            error_code: Text::maybe(reason.and_then(|reason| reason.error_code()).map(AssociationErrorCode::as_str)),
            error_message: reason.and_then(|reason| reason.error_message()).map(str::to_owned),
            last_updated: association.last_updated_time().and_then(unix_seconds),
        }
    }

    fn measure(&self, image: &Text, id: &Text, out: &mut Families) {
        let Self { state, error_code, error_message, last_updated } = self;
        let (image_id, application) = (image.as_str(), id.as_str());
        let current = state.as_ref().map_or("UNKNOWN", Text::as_str);
        out.add(&catalogue::WORKSPACES_IMAGE_APPLICATION_STATE, [image_id, application, current], 1.0);
        out.check("ImageResourceAssociation.State", AssociationState::values(), state.as_ref());
        if let Some(code) = error_code {
            let labels = [image_id, application, code.as_str()];
            out.add(&catalogue::WORKSPACES_IMAGE_APPLICATION_ERROR, labels, 1.0);
        }
        out.check("AssociationStateReason.ErrorCode", AssociationErrorCode::values(), error_code.as_ref());
        out.note(image, error_code.as_ref(), error_message.as_deref());
        let labels = [image_id, application];
        out.add_some(&catalogue::WORKSPACES_IMAGE_APPLICATION_LAST_UPDATED, labels, *last_updated);
    }
}

impl Measure for ImageApplications {
    fn measure(&self, out: &mut Families) {
        let Self { by_image, images_skipped: _ } = self;
        out.objects(by_image.values().map(Objects::len).sum());
        for (image, applications) in by_image {
            out.skipped("ImageResourceAssociation.AssociatedResourceId", applications.unnamed());
            for (id, application) in applications.iter() {
                application.measure(image, id, out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collectors::tests::measured;
    use aws_sdk_workspaces::primitives::DateTime;
    use aws_sdk_workspaces::types::AssociationStateReason;

    #[test]
    fn an_application_shows_its_current_state_alone() {
        let failed = ImageResourceAssociation::builder()
            .associated_resource_id("wsa-1")
            .state(AssociationState::Error)
            .state_reason(
                AssociationStateReason::builder()
                    .error_code(AssociationErrorCode::from("DeploymentError.WorkspaceUnreachable"))
                    .build(),
            )
            .last_updated_time(DateTime::from_secs(1_700_000_000))
            .build();
        let new = ImageResourceAssociation::builder().associated_resource_id("wsa-0").state("THINKING".into()).build();
        let mut applications = ImageApplications::default();
        applications.insert("wsi-1", &[failed, new, ImageResourceAssociation::builder().build()]);
        assert_eq!(
            measured(&applications),
            r#"aws_workspaces_image_application_state{image_id="wsi-1",application_id="wsa-0",state="THINKING"} 1
aws_workspaces_image_application_state{image_id="wsi-1",application_id="wsa-1",state="ERROR"} 1
aws_workspaces_image_application_error{image_id="wsi-1",application_id="wsa-1",error_code="DeploymentError.WorkspaceUnreachable"} 1
aws_workspaces_image_application_last_updated_timestamp_seconds{image_id="wsi-1",application_id="wsa-1"} 1700000000
unrecognized ImageResourceAssociation.AssociatedResourceId: none
unrecognized ImageResourceAssociation.State: THINKING
"#
        );
    }
}
