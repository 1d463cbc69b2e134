//! Worlds from JSON text: a whole world, or what the `aws` command printed. Says all that is wrong with a text at once.

use std::fmt;

use serde_json::{Map, Value};

use super::time::{is_timestamp, parse_iso};
use super::world::{Account, Inventory, Role, World};
use crate::domain::{AccountId, Region};

/// Where a printed list belongs when nothing in the texts names an account.
const DEFAULT_ACCOUNT: &str = "123456789012";

impl World {
    /// Reads a whole world:
    /// `{"accounts": {"111122223333": {"eu-west-1": {"workspaces": {"Images": […], "Associations": […]},
    /// "appstream": {"ImageBuilders": […], "Images": […]}}, "roles": {"NAME": {"ExternalId": "…"}}}}}`, where every
    /// list, service and `roles` may be left out. Moments are ISO-8601 texts with an offset, or Unix seconds.
    ///
    /// # Errors
    /// All that is wrong, each with its place.
    pub fn from_json(text: &str) -> Result<Self, InvalidWorld> {
        let mut problems = Problems::default();
        let mut world = Self::new();
        if let Some(root) = problems.parse("world", text) {
            read_whole(&mut world, root, &mut problems);
        }
        problems.check(world)
    }

    /// Reads texts of either form, each with a name for the errors, into one world: whole worlds, and what
    /// `aws workspaces describe-workspace-images`, `aws workspaces describe-image-associations`,
    /// `aws appstream describe-image-builders` or `aws appstream describe-images` printed. The printed lists go to
    /// `region` of one account: the one that their ARNs name, else their `OwnerAccountId`, else 123456789012.
    ///
    /// # Errors
    /// All that is wrong with any of them, each with its place.
    pub fn from_texts(texts: &[(&str, &str)], region: &Region) -> Result<Self, InvalidWorld> {
        let mut problems = Problems::default();
        let mut world = Self::new();
        let mut printed = Vec::new();
        for (name, text) in texts {
            match problems.parse(name, text) {
                Some(root) if root.contains_key("accounts") => read_whole(&mut world, root, &mut problems),
                Some(root) => printed.push((*name, root)),
                None => {}
            }
        }
        if !printed.is_empty() {
            let account = account_of(printed.iter().map(|(_, root)| root));
            let place = world.accounts.entry(account).or_default().regions.entry(region.clone()).or_default();
            for (name, root) in printed {
                problems.at(name, |problems| read_printed(place, root, problems));
            }
        }
        problems.check(world)
    }
}

/// A text is no world.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct InvalidWorld {
    /// What is wrong, each as "place: what was expected".
    pub problems: Vec<String>,
}

impl fmt::Display for InvalidWorld {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.problems.join("; "))
    }
}

/// What was found wrong so far, and where the reader is.
#[derive(Default)]
struct Problems {
    path: Vec<String>,
    found: Vec<String>,
}

impl Problems {
    fn at<T>(&mut self, step: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step.to_owned());
        let result = read(self);
        self.path.pop();
        result
    }

    fn expected(&mut self, what: &str) {
        self.found.push(format!("{}: expected {what}", self.path.join(".")));
    }

    fn parse(&mut self, name: &str, text: &str) -> Option<Map<String, Value>> {
        self.at(name, |problems| match serde_json::from_str(text) {
            Ok(value) => problems.object(value),
            Err(error) => {
                problems.expected(&format!("JSON ({error})"));
                None
            }
        })
    }

    fn object(&mut self, value: Value) -> Option<Map<String, Value>> {
        let Value::Object(members) = value else {
            self.expected("an object");
            return None;
        };
        Some(members)
    }

    /// Reads each member of an object, with the path at it.
    fn members(&mut self, value: Value, mut read: impl FnMut(&mut Self, &str, Value)) {
        for (name, member) in self.object(value).into_iter().flatten() {
            self.at(&name, |problems| read(problems, &name, member));
        }
    }

    fn check(self, world: World) -> Result<World, InvalidWorld> {
        let Self { path: _, found: problems } = self;
        if problems.is_empty() { Ok(world) } else { Err(InvalidWorld { problems }) }
    }
}

fn read_whole(world: &mut World, root: Map<String, Value>, problems: &mut Problems) {
    problems.members(Value::Object(root), |problems, name, accounts| match name {
        "accounts" => problems.members(accounts, |problems, id, account| match id.parse::<AccountId>() {
            Ok(id) => read_account(world.accounts.entry(id).or_default(), account, problems),
            Err(error) => problems.expected(error.expected),
        }),
        _ => problems.expected("only \"accounts\" here"),
    });
}

fn read_account(account: &mut Account, value: Value, problems: &mut Problems) {
    problems.members(value, |problems, name, member| match name {
        "roles" => problems.members(member, |problems, name, role| {
            account.roles.insert(name.to_owned(), read_role(role, problems));
        }),
        region => match region.parse::<Region>() {
            Ok(region) => read_region(account.regions.entry(region).or_default(), member, problems),
            Err(_) => problems.expected("a region code such as \"eu-west-1\", or \"roles\""),
        },
    });
}

fn read_role(value: Value, problems: &mut Problems) -> Role {
    let mut role = Role::default();
    problems.members(value, |problems, name, member| match (name, member) {
        ("ExternalId", Value::String(id)) => role.external_id = Some(id),
        ("ExternalId", _) => problems.expected("a text"),
        _ => problems.expected("only \"ExternalId\" here"),
    });
    role
}

fn read_region(place: &mut Inventory, value: Value, problems: &mut Problems) {
    problems.members(value, |problems, service, lists| {
        problems.members(lists, |problems, list, items| match (service, list) {
            ("workspaces", "Images") => read_items(&mut place.workspaces_images, items, problems),
            ("workspaces", "Associations") => read_items(&mut place.associations, items, problems),
            ("appstream", "ImageBuilders") => read_items(&mut place.image_builders, items, problems),
            ("appstream", "Images") => read_items(&mut place.appstream_images, items, problems),
            ("workspaces", _) => problems.expected("\"Images\" or \"Associations\""),
            ("appstream", _) => problems.expected("\"ImageBuilders\" or \"Images\""),
            _ => problems.expected("\"workspaces\" or \"appstream\""),
        });
    });
}

fn read_printed(place: &mut Inventory, root: Map<String, Value>, problems: &mut Problems) {
    problems.members(Value::Object(root), |problems, list, items| match list {
        "Images" if is_of_workspaces(&items) => read_items(&mut place.workspaces_images, items, problems),
        "Images" => read_items(&mut place.appstream_images, items, problems),
        "Associations" => read_items(&mut place.associations, items, problems),
        "ImageBuilders" => read_items(&mut place.image_builders, items, problems),
        "NextToken" => {}
        _ => problems.expected("\"accounts\", \"Images\", \"Associations\" or \"ImageBuilders\""),
    });
}

/// Both services call their list `Images`; only WorkSpaces' have an `ImageId`.
fn is_of_workspaces(items: &Value) -> bool {
    items.as_array().is_some_and(|items| items.iter().any(|item| item.get("ImageId").is_some()))
}

fn read_items(list: &mut Vec<Value>, items: Value, problems: &mut Problems) {
    let Value::Array(items) = items else {
        return problems.expected("a list");
    };
    for (index, mut item) in items.into_iter().enumerate() {
        problems.at(&index.to_string(), |problems| {
            if item.is_object() {
                read_moments(&mut item, problems);
                list.push(item);
            } else {
                problems.expected("an object");
            }
        });
    }
}

/// Turns the moments in a value into Unix seconds.
fn read_moments(value: &mut Value, problems: &mut Problems) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                problems.at(&index.to_string(), |problems| read_moments(item, problems));
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                problems.at(name, |problems| match member {
                    moment if is_timestamp(name) => read_moment(moment, problems),
                    member => read_moments(member, problems),
                });
            }
        }
        _ => {}
    }
}

fn read_moment(value: &mut Value, problems: &mut Problems) {
    match value {
        Value::Number(_) | Value::Null => {}
        Value::String(text) => match parse_iso(text) {
            Some(unix) => *value = Value::from(unix),
            None => problems.expected("a moment such as \"2026-10-05T14:13:01+02:00\", or Unix seconds"),
        },
        _ => problems.expected("a moment"),
    }
}

/// The account that printed lists are of.
fn account_of<'a>(roots: impl Iterator<Item = &'a Map<String, Value>> + Clone) -> AccountId {
    let items = roots.flat_map(|root| root.values().filter_map(Value::as_array).flatten());
    let in_arn = |item: &Value| {
        let owned = item["Visibility"].as_str().is_none_or(|visibility| visibility == "PRIVATE");
        item["Arn"].as_str().filter(|_| owned)?.split(':').nth(4)?.parse().ok()
    };
    let owner = |item: &Value| item["OwnerAccountId"].as_str()?.parse().ok();
    items
        .clone()
        .find_map(in_arn)
        .or_else(|| items.clone().find_map(owner))
        .unwrap_or_else(|| DEFAULT_ACCOUNT.parse().expect("twelve digits"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ireland() -> Region {
        "eu-west-1".parse().expect("a region")
    }

    #[test]
    fn a_whole_world_is_written_as_it_is_read() {
        let text = json!({"accounts": {"111122223333": {
            "eu-west-1": {
                "workspaces": {"Images": [{"ImageId": "wsi-1", "Created": 1.5}], "Associations": [{"ImageId": "wsi-1"}]},
                "appstream": {"ImageBuilders": [{"Name": "b"}], "Images": [{"Arn": "a"}]},
            },
            "roles": {"reader": {"ExternalId": "x"}, "open": {}},
        }}});
        assert_eq!(World::from_json(&text.to_string()).expect("a world").to_json(), text);
    }

    #[test]
    fn printed_lists_find_their_place_and_account() {
        let texts = [
            ("a", json!({"Images": [{"ImageId": "wsi-1", "Created": "2026-10-05T14:13:01.5+02:00"}]})),
            ("b", json!({"Associations": [{"ImageId": "wsi-1"}]})),
            ("c", json!({"ImageBuilders": [{"Arn": "arn:aws:appstream:eu-west-1:444455556666:image-builder/x"}]})),
            ("d", json!({"Images": [{"Arn": "arn:aws:appstream:eu-west-1::image/base", "Visibility": "PUBLIC"}]})),
        ]
        .map(|(name, text)| (name, text.to_string()));
        let texts = texts.each_ref().map(|(name, text)| (*name, text.as_str()));

        let world = World::from_texts(&texts, &ireland()).expect("four lists");
        let place = world.get("444455556666", "eu-west-1").expect("the account of the ARN");
        assert_eq!(place.workspaces_images[0]["Created"], json!(1_791_202_381.5));
        assert_eq!((place.associations.len(), place.image_builders.len(), place.appstream_images.len()), (1, 1, 1));
    }

    #[test]
    fn a_list_that_names_no_account_goes_to_the_default_one() {
        let world = World::from_texts(&[("a", r#"{"Associations": []}"#)], &ireland()).expect("a list");
        assert!(world.get("123456789012", "eu-west-1").is_some());
        let owned = r#"{"Images": [{"ImageId": "wsi-1", "OwnerAccountId": "777788889999"}]}"#;
        let world = World::from_texts(&[("a", owned)], &ireland()).expect("a list");
        assert!(world.get("777788889999", "eu-west-1").is_some());
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once_with_its_place() {
        let texts = [
            ("one.json", "{"),
            ("two.json", r#"{"Images": [{"ImageId": "x", "Created": "soon"}, 5], "Pictures": []}"#),
            (
                "three.json",
                r#"{"accounts": {"12": {}, "111122223333": {"Dublin": {}, "eu-west-1": {"ec2": {"x": 1}}}}}"#,
            ),
        ];
        let problems = World::from_texts(&texts, &ireland()).expect_err("much is wrong").problems;
        let places: Vec<&str> = problems.iter().map(|problem| problem.split(": ").next().expect("a place")).collect();
        assert_eq!(
            places,
            [
                "one.json",
                "accounts.111122223333.Dublin",
                "accounts.111122223333.eu-west-1.ec2.x",
                "accounts.12",
                "two.json.Images.0.Created",
                "two.json.Images.1",
                "two.json.Pictures",
            ]
        );
    }
}
