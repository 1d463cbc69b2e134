//! AppStream image builders, from DescribeImageBuilders: one call for each page, whose length is AWS's choice.

use std::time::Duration;

use aws_sdk_appstream::types::{
    ImageBuilder, ImageBuilderState, ImageBuilderStateChangeReasonCode, LatestAppstreamAgentVersion, PlatformType,
};

use super::appstream::{agent_up_to_date, errors_from_wire, measure_errors};
use super::objects::{Errors, Objects, unix_seconds};
use super::{Collector, Measure};
use crate::aws::{Aws, FetchError, Page};
use crate::catalogue;
use crate::domain::{CollectorName, Operation, Service, Text};
use crate::exposition::Families;

/// Reads the account's image builders.
#[derive(Debug)]
pub(super) struct AppstreamImageBuilders;

impl Collector for AppstreamImageBuilders {
    const NAME: CollectorName = CollectorName("appstream_image_builders");
    const HELP: &'static str = "AppStream image builders, from DescribeImageBuilders.";
    const OPERATION: Operation = Operation { service: Service::Appstream, name: "DescribeImageBuilders" };
    const ACTIONS: &'static [&'static str] = &["appstream:DescribeImageBuilders"];
    const REFRESH_INTERVAL: Duration = Duration::from_mins(2);
    type Snapshot = Builders;

    async fn fetch(aws: &Aws, _: &[&'static str]) -> Result<Builders, FetchError> {
        let mut builders = Objects::default();
        aws.list(
            Self::OPERATION,
            |clients, token, meter| async move {
                let call = clients.appstream.describe_image_builders().set_next_token(token);
                let answer = call.customize().interceptor(meter).send().await;
                answer.map(|answer| Page { items: answer.image_builders, next_token: answer.next_token })
            },
            |builder| builders.insert(Text::maybe(builder.name()), Builder::from_wire(&builder)),
        )
        .await?;
        Ok(Builders(builders))
    }
}

/// The builders of one target.
#[derive(Debug)]
pub(super) struct Builders(Objects<Builder>);

#[derive(Debug)]
struct Builder {
    agent_version: Option<Text>,
    image_arn: Option<Text>,
    instance_type: Option<Text>,
    platform: Option<Text>,
    state: Option<Text>,
    reason: Option<Text>,
    reason_message: Option<String>,
    errors: Errors,
    latest_agent: Option<Text>,
    created: Option<f64>,
    root_volume_gib: Option<i32>,
}

impl Builder {
    fn from_wire(builder: &ImageBuilder) -> Self {
        let reason = builder.state_change_reason();
        Self {
            agent_version: Text::maybe(builder.appstream_agent_version()),
            image_arn: Text::maybe(builder.image_arn()),
            instance_type: Text::maybe(builder.instance_type()),
            platform: Text::maybe(builder.platform().map(PlatformType::as_str)),
            state: Text::maybe(builder.state().map(ImageBuilderState::as_str)),
            reason: Text::maybe(reason.and_then(|reason| reason.code()).map(ImageBuilderStateChangeReasonCode::as_str)),
            reason_message: reason.and_then(|reason| reason.message()).map(str::to_owned),
            errors: errors_from_wire(builder.image_builder_errors()),
            latest_agent: Text::maybe(
                builder.latest_appstream_agent_version().map(LatestAppstreamAgentVersion::as_str),
            ),
            created: builder.created_time().and_then(unix_seconds),
            root_volume_gib: builder
                .root_volume_config()
                .and_then(aws_sdk_appstream::types::VolumeConfig::volume_size_in_gb),
        }
    }

    fn measure(&self, id: &Text, out: &mut Families) {
        let Self {
            agent_version,
            image_arn,
            instance_type,
            platform,
            state,
            reason,
            reason_message,
            errors,
            latest_agent,
            created,
            root_volume_gib,
        } = self;
        let builder = id.as_str();
        let properties = [agent_version, image_arn, instance_type, platform].map(|text| Text::label(text.as_ref()));
        let [agent_version, image_arn, instance_type, platform_label] = properties;
        out.add(
            &catalogue::APPSTREAM_IMAGE_BUILDER_INFO,
            [builder, agent_version, image_arn, instance_type, platform_label],
            1.0,
        );
        out.check("ImageBuilder.Platform", PlatformType::values(), platform.as_ref());
        let states = ImageBuilderState::values();
        out.add_states(&catalogue::APPSTREAM_IMAGE_BUILDER_STATE, id, "ImageBuilder.State", states, state.as_ref());
        if let Some(code) = reason {
            out.add(&catalogue::APPSTREAM_IMAGE_BUILDER_STATE_CHANGE_REASON, [builder, code.as_str()], 1.0);
        }
        let reasons = ImageBuilderStateChangeReasonCode::values();
        out.check("ImageBuilderStateChangeReason.Code", reasons, reason.as_ref());
        out.note(id, reason.as_ref(), reason_message.as_deref());
        let metrics = [&catalogue::APPSTREAM_IMAGE_BUILDER_ERRORS, &catalogue::APPSTREAM_IMAGE_BUILDER_LAST_ERROR];
        measure_errors(out, metrics, id, errors);
        let up_to_date = agent_up_to_date(out, "ImageBuilder.LatestAppstreamAgentVersion", latest_agent.as_ref());
        out.add_some(&catalogue::APPSTREAM_IMAGE_BUILDER_AGENT_UP_TO_DATE, [builder], up_to_date);
        out.add_some(&catalogue::APPSTREAM_IMAGE_BUILDER_CREATED, [builder], *created);
        let bytes = root_volume_gib.map(|gib| f64::from(gib) * f64::from(1 << 30));
        out.add_some(&catalogue::APPSTREAM_IMAGE_BUILDER_ROOT_VOLUME_SIZE, [builder], bytes);
    }
}

impl Measure for Builders {
    fn measure(&self, out: &mut Families) {
        let Self(builders) = self;
        out.objects(builders.len());
        out.skipped("ImageBuilder.Name", builders.unnamed());
        for (id, builder) in builders.iter() {
            builder.measure(id, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collectors::tests::measured;
    use aws_sdk_appstream::primitives::DateTime;
    use aws_sdk_appstream::types::{FleetErrorCode, ImageBuilderStateChangeReason, ResourceError, VolumeConfig};

    fn text(builders: &[ImageBuilder]) -> String {
        let mut objects = Objects::default();
        for builder in builders {
            objects.insert(Text::maybe(builder.name()), Builder::from_wire(builder));
        }
        measured(&Builders(objects))
    }

    /// The lines without the fourteen states' zeros.
    fn lines(text: &str) -> Vec<&str> {
        text.lines().filter(|line| !(line.contains("_state{") && line.ends_with(" 0"))).collect()
    }

    #[test]
    fn a_builder_that_says_everything() {
        let error = |code: FleetErrorCode, at: i64| {
            ResourceError::builder().error_code(code).error_timestamp(DateTime::from_secs(at)).build()
        };
        let text = text(&[ImageBuilder::builder()
            .name("cad")
            .appstream_agent_version("03-04-2026")
            .image_arn("arn:aws:appstream:eu-west-1::image/base")
            .instance_type("stream.graphics.g5.xlarge")
            .platform(PlatformType::WindowsServer2022)
            .state(ImageBuilderState::Failed)
            .state_change_reason(
                ImageBuilderStateChangeReason::builder()
                    .code(ImageBuilderStateChangeReasonCode::InternalError)
                    .message("it broke")
                    .build(),
            )
            .image_builder_errors(error(FleetErrorCode::SubnetNotFound, 20))
            .image_builder_errors(error(FleetErrorCode::SubnetNotFound, 10))
            .latest_appstream_agent_version(LatestAppstreamAgentVersion::False)
            .created_time(DateTime::from_secs(5))
            .root_volume_config(VolumeConfig::builder().volume_size_in_gb(200).build())
            .build()]);
        assert_eq!(text.matches("aws_appstream_image_builder_state{").count(), 14);
        assert_eq!(
            lines(&text),
            [
                r#"aws_appstream_image_builder_info{image_builder="cad",agent_version="03-04-2026",image_arn="arn:aws:appstream:eu-west-1::image/base",instance_type="stream.graphics.g5.xlarge",platform="WINDOWS_SERVER_2022"} 1"#,
                r#"aws_appstream_image_builder_state{image_builder="cad",state="FAILED"} 1"#,
                r#"aws_appstream_image_builder_state_change_reason{image_builder="cad",code="INTERNAL_ERROR"} 1"#,
                r#"aws_appstream_image_builder_errors{image_builder="cad",error_code="SUBNET_NOT_FOUND"} 2"#,
                r#"aws_appstream_image_builder_last_error_timestamp_seconds{image_builder="cad",error_code="SUBNET_NOT_FOUND"} 20"#,
                r#"aws_appstream_image_builder_agent_up_to_date{image_builder="cad"} 0"#,
                r#"aws_appstream_image_builder_created_timestamp_seconds{image_builder="cad"} 5"#,
                r#"aws_appstream_image_builder_root_volume_size_bytes{image_builder="cad"} 214748364800"#,
            ]
        );
    }

    #[test]
    fn a_builder_of_a_time_to_come() {
        let text = text(&[ImageBuilder::builder()
            .name("new")
            .state("DEPRECATED".into())
            .platform("WINDOWS_12".into())
            .latest_appstream_agent_version("MAYBE".into())
            .build()]);
        assert_eq!(
            lines(&text),
            [
                r#"aws_appstream_image_builder_info{image_builder="new",agent_version="",image_arn="",instance_type="",platform="WINDOWS_12"} 1"#,
                r#"aws_appstream_image_builder_state{image_builder="new",state="DEPRECATED"} 1"#,
                "unrecognized ImageBuilder.Platform: WINDOWS_12",
                "unrecognized ImageBuilder.State: DEPRECATED",
                "unrecognized ImageBuilder.LatestAppstreamAgentVersion: MAYBE",
            ]
        );
    }
}
