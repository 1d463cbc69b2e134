//! AppStream images, from DescribeImages: one call for each 25 images of each visibility.

use std::time::Duration;

use aws_sdk_appstream::types::{
    Image as WireImage, ImageState, ImageStateChangeReasonCode, ImageType, LatestAppstreamAgentVersion, PlatformType,
    VisibilityType,
};

use super::appstream::{agent_up_to_date, errors_from_wire, measure_errors};
use super::objects::{Errors, Objects, unix_seconds};
use super::{Collector, Filter, Measure};
use crate::aws::{Aws, FetchError, Page};
use crate::catalogue;
use crate::domain::{CollectorName, Operation, Service, Text};
use crate::exposition::Families;

/// Reads the account's images and those shared with it.
#[derive(Debug)]
pub(super) struct AppstreamImages;

impl Collector for AppstreamImages {
    const NAME: CollectorName = CollectorName("appstream_images");
    const HELP: &'static str = "AppStream images, from DescribeImages.";
    const OPERATION: Operation = Operation { service: Service::Appstream, name: "DescribeImages" };
    const ACTIONS: &'static [&'static str] = &["appstream:DescribeImages"];
    const REFRESH_INTERVAL: Duration = Duration::from_mins(5);
    const FILTER: Option<Filter> = Some(Filter {
        key: "visibility",
        allowed: &["PRIVATE", "SHARED", "PUBLIC"],
        default: &["PRIVATE", "SHARED"],
        help: "Which images to read: the account's own, those shared with it, AWS's public ones.",
    });
    type Snapshot = Images;

    async fn fetch(aws: &Aws, chosen: &[&'static str]) -> Result<Images, FetchError> {
        let mut images = Objects::default();
        for visibility in chosen {
            aws.list(
                Self::OPERATION,
                |clients, token, meter| async move {
                    let call = clients.appstream.describe_images().r#type(VisibilityType::from(*visibility));
                    let answer = call.max_results(25).set_next_token(token).customize().interceptor(meter).send().await;
                    answer.map(|answer| Page { items: answer.images, next_token: answer.next_token })
                },
                |image| images.insert(Text::maybe(image.arn()), Image::from_wire(&image)),
            )
            .await?;
        }
        Ok(Images(images))
    }
}

/// The images of one target.
#[derive(Debug)]
pub(super) struct Images(Objects<Image>);

#[derive(Debug)]
struct Image {
    name: Option<Text>,
    visibility: Option<Text>,
    platform: Option<Text>,
    image_type: Option<Text>,
    agent_version: Option<Text>,
    base_image_arn: Option<Text>,
    image_builder: Option<Text>,
    state: Option<Text>,
    reason: Option<Text>,
    reason_message: Option<String>,
    errors: Errors,
    latest_agent: Option<Text>,
    created: Option<f64>,
    base_image_released: Option<f64>,
}

impl Image {
    fn from_wire(image: &WireImage) -> Self {
        let reason = image.state_change_reason();
        Self {
            name: Text::maybe(image.name()),
            visibility: Text::maybe(image.visibility().map(VisibilityType::as_str)),
            platform: Text::maybe(image.platform().map(PlatformType::as_str)),
            image_type: Text::maybe(image.image_type().map(ImageType::as_str)),
            agent_version: Text::maybe(image.appstream_agent_version()),
            base_image_arn: Text::maybe(image.base_image_arn()),
            image_builder: Text::maybe(image.image_builder_name()),
            state: Text::maybe(image.state().map(ImageState::as_str)),
            reason: Text::maybe(reason.and_then(|reason| reason.code()).map(ImageStateChangeReasonCode::as_str)),
            reason_message: reason.and_then(|reason| reason.message()).map(str::to_owned),
            errors: errors_from_wire(image.image_errors()),
            latest_agent: Text::maybe(image.latest_appstream_agent_version().map(LatestAppstreamAgentVersion::as_str)),
            created: image.created_time().and_then(unix_seconds),
            base_image_released: image.public_base_image_released_date().and_then(unix_seconds),
        }
    }

    fn measure(&self, id: &Text, out: &mut Families) {
        let Self {
            name,
            visibility,
            platform,
            image_type,
            agent_version,
            base_image_arn,
            image_builder,
            state,
            reason,
            reason_message,
            errors,
            latest_agent,
            created,
            base_image_released,
        } = self;
        let arn = id.as_str();
        let [name, visibility_label, platform_label, type_label, agent_version, base_image_arn, image_builder] =
            [name, visibility, platform, image_type, agent_version, base_image_arn, image_builder]
                .map(|text| Text::label(text.as_ref()));
        out.add(
            &catalogue::APPSTREAM_IMAGE_INFO,
            [arn, name, visibility_label, platform_label, type_label, agent_version, base_image_arn, image_builder],
            1.0,
        );
        out.check("Image.Visibility", VisibilityType::values(), visibility.as_ref());
        out.check("Image.Platform", PlatformType::values(), platform.as_ref());
        out.check("Image.ImageType", ImageType::values(), image_type.as_ref());
        out.add_states(&catalogue::APPSTREAM_IMAGE_STATE, id, "Image.State", ImageState::values(), state.as_ref());
        if let Some(code) = reason {
            out.add(&catalogue::APPSTREAM_IMAGE_STATE_CHANGE_REASON, [arn, code.as_str()], 1.0);
        }
        out.check("ImageStateChangeReason.Code", ImageStateChangeReasonCode::values(), reason.as_ref());
        out.note(id, reason.as_ref(), reason_message.as_deref());
        measure_errors(out, [&catalogue::APPSTREAM_IMAGE_ERRORS, &catalogue::APPSTREAM_IMAGE_LAST_ERROR], id, errors);
        let up_to_date = agent_up_to_date(out, "Image.LatestAppstreamAgentVersion", latest_agent.as_ref());
        out.add_some(&catalogue::APPSTREAM_IMAGE_AGENT_UP_TO_DATE, [arn], up_to_date);
        out.add_some(&catalogue::APPSTREAM_IMAGE_CREATED, [arn], *created);
        out.add_some(&catalogue::APPSTREAM_IMAGE_BASE_IMAGE_RELEASED, [arn], *base_image_released);
    }
}

impl Measure for Images {
    fn measure(&self, out: &mut Families) {
        let Self(images) = self;
        out.objects(images.len());
        out.skipped("Image.Arn", images.unnamed());
        for (id, image) in images.iter() {
            image.measure(id, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collectors::tests::measured;
    use aws_sdk_appstream::primitives::DateTime;
    use aws_sdk_appstream::types::{ImageStateChangeReason, ResourceError};

    fn text(images: &[WireImage]) -> String {
        let mut objects = Objects::default();
        for image in images {
            objects.insert(Text::maybe(image.arn()), Image::from_wire(image));
        }
        measured(&Images(objects))
    }

    #[test]
    fn an_image_that_says_everything() {
        let image = WireImage::builder()
            .name("office")
            .arn("arn:1")
            .base_image_arn("arn:base")
            .visibility(VisibilityType::Private)
            .platform(PlatformType::WindowsServer2025)
            .image_type(ImageType::Custom)
            .appstream_agent_version("LATEST")
            .image_builder_name("office-builder")
            .state(ImageState::Failed)
            .state_change_reason(
                ImageStateChangeReason::builder().code(ImageStateChangeReasonCode::ImageCopyFailure).build(),
            )
            .image_errors(ResourceError::builder().error_code("MACHINE_ROLE_IS_MISSING".into()).build())
            .latest_appstream_agent_version(LatestAppstreamAgentVersion::True)
            .created_time(DateTime::from_secs(7))
            .public_base_image_released_date(DateTime::from_secs(3))
            .build();
        assert_eq!(
            text(&[image]),
            r#"aws_appstream_image_info{image_arn="arn:1",image_name="office",visibility="PRIVATE",platform="WINDOWS_SERVER_2025",image_type="CUSTOM",agent_version="LATEST",base_image_arn="arn:base",image_builder="office-builder"} 1
aws_appstream_image_state{image_arn="arn:1",state="AVAILABLE"} 0
aws_appstream_image_state{image_arn="arn:1",state="COPYING"} 0
aws_appstream_image_state{image_arn="arn:1",state="CREATING"} 0
aws_appstream_image_state{image_arn="arn:1",state="DELETING"} 0
aws_appstream_image_state{image_arn="arn:1",state="FAILED"} 1
aws_appstream_image_state{image_arn="arn:1",state="IMPORTING"} 0
aws_appstream_image_state{image_arn="arn:1",state="PENDING"} 0
aws_appstream_image_state{image_arn="arn:1",state="VALIDATING"} 0
aws_appstream_image_state_change_reason{image_arn="arn:1",code="IMAGE_COPY_FAILURE"} 1
aws_appstream_image_errors{image_arn="arn:1",error_code="MACHINE_ROLE_IS_MISSING"} 1
aws_appstream_image_agent_up_to_date{image_arn="arn:1"} 1
aws_appstream_image_created_timestamp_seconds{image_arn="arn:1"} 7
aws_appstream_image_base_image_released_timestamp_seconds{image_arn="arn:1"} 3
"#
        );
    }

    #[test]
    fn an_image_without_arn_is_skipped_and_one_error_without_code_too() {
        let nameless = WireImage::builder().name("lost").build();
        let image = WireImage::builder().arn("arn:2").image_errors(ResourceError::builder().build()).build();
        let text = text(&[nameless, image]);
        assert!(!text.contains("lost"));
        assert!(text.ends_with("unrecognized Image.Arn: none\nunrecognized ResourceError.ErrorCode: none\n"), "{text}");
    }
}
