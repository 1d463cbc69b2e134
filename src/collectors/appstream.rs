//! What AppStream's images and image builders have in common: error entries, and whether their agent is the latest.

use aws_sdk_appstream::types::{FleetErrorCode, LatestAppstreamAgentVersion, ResourceError};

use super::objects::{Errors, unix_seconds};
use crate::catalogue::Metric;
use crate::domain::Text;
use crate::exposition::Families;

/// The error entries by code.
pub(super) fn errors_from_wire(entries: &[ResourceError]) -> Errors {
    let mut errors = Errors::default();
    for entry in entries {
        let code = Text::maybe(entry.error_code().map(FleetErrorCode::as_str));
        errors.insert(code, entry.error_timestamp().and_then(unix_seconds), entry.error_message().map(str::to_owned));
    }
    errors
}

/// Counts by code and the newest time of each.
pub(super) fn measure_errors(out: &mut Families, [count, newest]: [&'static Metric<4>; 2], id: &Text, errors: &Errors) {
    for (code, of_code) in errors.iter() {
        out.add(count, [id.as_str(), code.as_str()], f64::from(of_code.count));
        out.add_some(newest, [id.as_str(), code.as_str()], of_code.newest);
        out.check("ResourceError.ErrorCode", FleetErrorCode::values(), Some(code));
        out.note(id, Some(code), of_code.message.as_deref());
    }
    out.skipped("ResourceError.ErrorCode", errors.uncoded());
}

/// 1 for TRUE, 0 for FALSE, nothing for anything else.
pub(super) fn agent_up_to_date(out: &mut Families, field: &'static str, latest: Option<&Text>) -> Option<f64> {
    out.check(field, LatestAppstreamAgentVersion::values(), latest);
    match latest?.as_str() {
        "TRUE" => Some(1.0),
        "FALSE" => Some(0.0),
        _ => None,
    }
}
