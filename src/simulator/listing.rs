//! The four listing operations: what is asked for, what is refused, which objects of a region answer it.

use serde_json::{Map, Value, json};

use super::identity::Caller;
use super::input::Input;
use super::operation::list_member;
use super::paging::{Cuts, Position, Twist, Walk, hash, read_token};
use super::refusal::{Constraints, Refusal};
use super::world::{Inventory, World};
use crate::domain::Operation;

/// One call of a listing operation by someone who is known.
pub(super) struct Question<'a> {
    pub(super) operation: Operation,
    pub(super) caller: &'a Caller,
    pub(super) input: &'a Map<String, Value>,
    pub(super) cuts: &'a Cuts,
    pub(super) twist: Option<Twist>,
}

/// Answers with the operation's output.
pub(super) fn answer(world: &World, question: &Question<'_>) -> Result<Value, Refusal> {
    let nothing = Inventory::default();
    let Caller { account, region, .. } = question.caller;
    let place = world.accounts.get(account).and_then(|account| account.regions.get(region)).unwrap_or(&nothing);
    let list = list_member(question.operation).ok_or_else(Refusal::unknown_operation)?;
    let (items, next) = match question.operation.name {
        "DescribeWorkspaceImages" => workspaces_images(place, question)?,
        "DescribeImageAssociations" => (associations(place, question)?, None),
        "DescribeImageBuilders" => image_builders(place, question)?,
        _ => appstream_images(place, question)?,
    };
    let mut output = match question.twist {
        Some(Twist::MissingList) => return Ok(json!({})),
        Some(Twist::NullList) => json!({ list: null }),
        _ => json!({ list: items }),
    };
    if let Some(next) = next {
        output["NextToken"] = Value::String(next);
    }
    Ok(output)
}

type Page<'a> = (Vec<&'a Value>, Option<String>);

fn workspaces_images<'a>(place: &'a Inventory, question: &Question<'_>) -> Result<Page<'a>, Refusal> {
    let input = Input(question.input);
    let (ids, ownership) = (input.texts("ImageIds")?, input.text("ImageType")?);
    let mut constraints = Constraints::default();
    if input.has("ImageIds") {
        constraints.length(&format!("[{}]", ids.join(", ")), ids.len(), "imageIds", 1, 25);
    }
    if let Some(ownership) = ownership {
        constraints.word(ownership, "imageType", &["OWNED", "SHARED"]);
    }
    for id in &ids {
        check_image_id(place, id, "imageIds", &mut constraints);
    }
    let walk = Asked::read(input, &mut constraints, 1, Some(25))?.check(constraints, question)?;

    let account = question.caller.account.to_string();
    let is_shared = |image: &Value| image["OwnerAccountId"].as_str().is_some_and(|owner| owner != account);
    Ok(walk.page(&place.workspaces_images, |image| {
        ownership.is_none_or(|ownership| (ownership == "SHARED") == is_shared(image))
            && is_asked(image, "ImageId", &ids)
    }))
}

fn associations<'a>(place: &'a Inventory, question: &Question<'_>) -> Result<Vec<&'a Value>, Refusal> {
    let input = Input(question.input);
    let (id, kinds) = (input.text("ImageId")?, input.texts("AssociatedResourceTypes")?);
    let mut constraints = Constraints::default();
    match id {
        Some(id) => check_image_id(place, id, "imageId", &mut constraints),
        None => constraints.missing("imageId"),
    }
    if !input.has("AssociatedResourceTypes") {
        constraints.missing("associatedResourceTypes");
    }
    for kind in kinds {
        constraints.word(kind, "associatedResourceTypes", &["APPLICATION"]);
    }
    constraints.check()?;

    let id = id.unwrap_or_default();
    if !place.workspaces_images.iter().any(|image| image["ImageId"] == id) {
        return Err(Refusal::not_found(format!("The image {id} could not be found.")));
    }
    Ok(place.associations.iter().filter(|association| association["ImageId"] == id).collect())
}

fn image_builders<'a>(place: &'a Inventory, question: &Question<'_>) -> Result<Page<'a>, Refusal> {
    let input = Input(question.input);
    let names = input.texts("Names")?;
    let mut constraints = Constraints::default();
    let walk = Asked::read(input, &mut constraints, 0, None)?.check(constraints, question)?;
    check_known(&place.image_builders, "Name", &names, "ImageBuilder")?;
    Ok(walk.page(&place.image_builders, |builder| is_asked(builder, "Name", &names)))
}

fn appstream_images<'a>(place: &'a Inventory, question: &Question<'_>) -> Result<Page<'a>, Refusal> {
    let input = Input(question.input);
    let (names, arns, visibility) = (input.texts("Names")?, input.texts("Arns")?, input.text("Type")?);
    let mut constraints = Constraints::default();
    if let Some(visibility) = visibility {
        constraints.word(visibility, "type", &["PUBLIC", "PRIVATE", "SHARED"]);
    }
    let walk = Asked::read(input, &mut constraints, 0, Some(25))?.check(constraints, question)?;
    if !names.is_empty() && !arns.is_empty() {
        let message = "Names and Arns cannot be given together.";
        return Err(Refusal::new(400, "InvalidParameterCombinationException", message));
    }
    check_known(&place.appstream_images, "Name", &names, "Image")?;
    check_known(&place.appstream_images, "Arn", &arns, "Image")?;
    Ok(walk.page(&place.appstream_images, |image| {
        // An image that does not say its visibility is the account's own: a broken object still reaches a caller.
        visibility.is_none_or(|asked| image["Visibility"].as_str().unwrap_or("PRIVATE") == asked)
            && is_asked(image, "Name", &names)
            && is_asked(image, "Arn", &arns)
    }))
}

fn is_asked(item: &Value, member: &str, asked: &[&str]) -> bool {
    asked.is_empty() || item[member].as_str().is_some_and(|value| asked.contains(&value))
}

fn check_known(items: &[Value], member: &str, asked: &[&str], kind: &str) -> Result<(), Refusal> {
    match asked.iter().find(|asked| !items.iter().any(|item| item[member] == **asked)) {
        Some(unknown) => Err(Refusal::not_found(format!("{kind} {unknown} could not be found."))),
        None => Ok(()),
    }
}

/// An id that the region has is good, whatever it looks like.
fn check_image_id(place: &Inventory, id: &str, member: &str, constraints: &mut Constraints) {
    let well_formed = id.strip_prefix("wsi-").is_some_and(|rest| {
        (9..=63).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
    });
    if !well_formed && !place.workspaces_images.iter().any(|image| image["ImageId"] == id) {
        constraints.broken(id, member, "satisfy regular expression pattern: wsi-[0-9a-z]{9,63}$");
    }
}

/// The members that every paged operation has.
struct Asked<'a> {
    token: Option<&'a str>,
    most: Option<usize>,
}

impl<'a> Asked<'a> {
    fn read(input: Input<'a>, constraints: &mut Constraints, least: i64, most: Option<i64>) -> Result<Self, Refusal> {
        let (token, size) = (input.text("NextToken")?, input.number("MaxResults")?);
        if let Some(token) = token {
            constraints.length(token, token.chars().count(), "nextToken", 1, 2048);
        }
        if let Some(size) = size {
            constraints.range(size, "maxResults", least, most);
        }
        Ok(Self { token, most: size.and_then(|size| usize::try_from(size).ok()) })
    }

    /// Refuses what is wrong with the input so far, then a token that is not for this question.
    fn check(self, constraints: Constraints, question: &Question<'a>) -> Result<Walk<'a>, Refusal> {
        constraints.check()?;
        let binding = binding(question);
        let position = match self.token {
            None => Position::START,
            Some(token) => read_token(token)
                .filter(|(of, _)| *of == binding)
                .map(|(_, position)| position)
                .ok_or_else(|| Refusal::validation("Invalid NextToken"))?,
        };
        let Question { operation, cuts, twist, .. } = question;
        let (operation, twist) = (*operation, *twist);
        Ok(Walk { cuts, operation, binding, token: self.token, position, asked: self.most, twist })
    }
}

/// Stands for a question without its page: the same for all the pages of one walk.
fn binding(question: &Question<'_>) -> u64 {
    let Question { operation, caller: Caller { account, region, .. }, input, .. } = question;
    let mut filters: Map<_, _> = (*input).clone();
    filters.retain(|member, _| !matches!(member.as_str(), "NextToken" | "MaxResults"));
    hash(&format!("{operation} {account} {region} {}", Value::Object(filters)))
}
