//! What AWS has in the simulator: accounts, their regions, the objects there. Data only; the shapes are AWS's own.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::domain::{AccountId, Region};

/// Everything that the simulator can tell of.
///
/// A world that is built in code may hold objects of any shape, also broken ones: a moment is then a number of Unix
/// seconds, and anything else goes out as it is.
///
/// ```
/// use euc_exporter::simulator::World;
/// use serde_json::json;
///
/// let world = World::new().account("111122223333", |account| {
///     account.role("euc-exporter", Some("shared secret")).region("eu-west-1", |region| {
///         region
///             .workspaces_image(json!({"ImageId": "wsi-0123456789", "State": "AVAILABLE", "Created": 1_791_202_381}))
///             .image_builder(json!({"Name": "win11-finance", "State": "RUNNING"}))
///     })
/// });
/// assert_eq!(world.get("111122223333", "eu-west-1").expect("just built").image_builders.len(), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct World {
    pub(super) accounts: BTreeMap<AccountId, Account>,
}

/// One account: its regions, and the roles that others may assume in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    pub(super) regions: BTreeMap<Region, Inventory>,
    pub(super) roles: BTreeMap<String, Role>,
}

/// A role, which anyone may assume who knows its external id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// What a caller must present; nothing when `None`.
    pub external_id: Option<String>,
}

/// What one account has in one region, each list in the order in which it is told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    /// `DescribeWorkspaceImages → Images[]`.
    pub workspaces_images: Vec<Value>,
    /// `DescribeImageAssociations → Associations[]`, of all images.
    pub associations: Vec<Value>,
    /// `DescribeImageBuilders → ImageBuilders[]`.
    pub image_builders: Vec<Value>,
    /// AppStream's `DescribeImages → Images[]`, with AWS's public ones.
    pub appstream_images: Vec<Value>,
}

impl World {
    /// A world without accounts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an account, or goes on with one that is there.
    ///
    /// # Panics
    /// If `id` is not an account id: worlds in code are written by hand.
    #[must_use]
    pub fn account(mut self, id: &str, build: impl FnOnce(Account) -> Account) -> Self {
        let id: AccountId = id.parse().expect("worlds in code have account ids of 12 digits");
        let account = self.accounts.remove(&id).unwrap_or_default();
        self.accounts.insert(id, build(account));
        self
    }

    /// What an account has in a region, if the world has both.
    pub fn get(&self, account: &str, region: &str) -> Option<&Inventory> {
        self.accounts.get(&account.parse().ok()?)?.regions.get(&region.parse().ok()?)
    }

    /// What an account has in a region, to be changed; both are added when missing.
    ///
    /// # Panics
    /// If either is malformed: worlds in code are written by hand.
    pub fn at(&mut self, account: &str, region: &str) -> &mut Inventory {
        let account = account.parse().expect("worlds in code have account ids of 12 digits");
        let region = region.parse().expect("worlds in code have regions of the form eu-west-1");
        self.accounts.entry(account).or_default().regions.entry(region).or_default()
    }

    /// The accounts, in order.
    pub fn account_ids(&self) -> impl Iterator<Item = &AccountId> {
        self.accounts.keys()
    }

    /// The regions in which the account has something, in order.
    pub fn regions(&self, account: &AccountId) -> impl Iterator<Item = &Region> {
        self.accounts.get(account).into_iter().flat_map(|account| account.regions.keys())
    }

    /// The world in the form that [`World::from_json`](super::World::from_json) reads.
    pub fn to_json(&self) -> Value {
        let accounts = self.accounts.iter().map(|(id, account)| (id.to_string(), account.to_json()));
        json!({ "accounts": accounts.collect::<Map<_, _>>() })
    }
}

impl Account {
    /// Adds a region, or goes on with one that is there.
    ///
    /// # Panics
    /// If `name` is not a region's code: worlds in code are written by hand.
    #[must_use]
    pub fn region(mut self, name: &str, build: impl FnOnce(Inventory) -> Inventory) -> Self {
        let region: Region = name.parse().expect("worlds in code have regions of the form eu-west-1");
        let inventory = self.regions.remove(&region).unwrap_or_default();
        self.regions.insert(region, build(inventory));
        self
    }

    /// Adds a role that can be assumed by whoever presents the external id, by anyone when there is none.
    #[must_use]
    pub fn role(mut self, name: &str, external_id: Option<&str>) -> Self {
        self.roles.insert(name.to_owned(), Role { external_id: external_id.map(str::to_owned) });
        self
    }

    fn to_json(&self) -> Value {
        let Self { regions, roles } = self;
        let mut members: Map<_, _> = regions.iter().map(|(name, place)| (name.to_string(), place.to_json())).collect();
        if !roles.is_empty() {
            let roles = roles.iter().map(|(name, Role { external_id })| {
                let role = external_id.as_ref().map_or_else(|| json!({}), |id| json!({ "ExternalId": id }));
                (name.clone(), role)
            });
            members.insert("roles".to_owned(), Value::Object(roles.collect()));
        }
        Value::Object(members)
    }
}

impl Inventory {
    /// Adds a WorkSpaces image.
    #[must_use]
    pub fn workspaces_image(mut self, image: Value) -> Self {
        self.workspaces_images.push(image);
        self
    }

    /// Adds an application on a WorkSpaces image.
    #[must_use]
    pub fn association(mut self, association: Value) -> Self {
        self.associations.push(association);
        self
    }

    /// Adds an AppStream image builder.
    #[must_use]
    pub fn image_builder(mut self, builder: Value) -> Self {
        self.image_builders.push(builder);
        self
    }

    /// Adds an AppStream image.
    #[must_use]
    pub fn appstream_image(mut self, image: Value) -> Self {
        self.appstream_images.push(image);
        self
    }

    fn to_json(&self) -> Value {
        let Self { workspaces_images, associations, image_builders, appstream_images } = self;
        json!({
            "workspaces": {"Images": workspaces_images, "Associations": associations},
            "appstream": {"ImageBuilders": image_builders, "Images": appstream_images},
        })
    }
}
