//! A small AWS on loopback, for the `demo` command, for tests and for benches.
//!
//! In goes a [`World`]: accounts, regions and their objects, in the shapes of the API's own output. Out comes a server
//! that answers `DescribeWorkspaceImages`, `DescribeImageAssociations`, `DescribeImageBuilders`, AppStream's
//! `DescribeImages`, `GetCallerIdentity` and `AssumeRole` in AWS's real wire protocols: AWS JSON 1.1 and Smithy RPC v2
//! CBOR for WorkSpaces and AppStream, the query protocol for STS. One address serves every service: the protocol names
//! the service, the access key the account ([`credentials`]), the signature's scope the region. [`Fault`]s make it
//! misbehave, [`Simulator::requests`] tells what it was asked. A [`Fleet`] is a world that lives.
//!
//! It differs from AWS where it must. Signatures are not verified: who knows an access key id is its owner. AWS does
//! not document the following, so nothing may be built on what the simulator does here:
//! - the order of lists (here: the world's), and how a token behaves when the list moves (here: it counts objects);
//! - `DescribeWorkspaceImages` without `ImageType` (here: owned and shared), or with unknown `ImageIds` (here: they
//!   are left out);
//! - `DescribeImages` with both `Names` and `Arns` (here: refused), or with a `MaxResults` of 0 (here: the default);
//! - the largest `MaxResults` of `DescribeImageBuilders` (here: none, a page has 25 at most);
//! - the code and words of the refusal of a bad token (here: `ValidationException`), and which of several faults of a
//!   request is told first;
//! - the statuses of refusals (here: 400, in STS 403 where the caller is at fault); clients go by the code.

mod body;
mod call;
mod cbor;
mod connection;
mod fault;
mod fleet;
mod identity;
mod input;
mod listing;
mod operation;
mod paging;
mod reading;
mod record;
mod refusal;
mod render;
mod state;
mod sts;
mod time;
mod world;
mod xml;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use call::Protocol;
pub use fault::Fault;
pub use fleet::{Fleet, live};
pub use identity::credentials;
pub use operation::{
    ASSUME_ROLE, DESCRIBE_IMAGE_ASSOCIATIONS, DESCRIBE_IMAGE_BUILDERS, DESCRIBE_IMAGES, DESCRIBE_WORKSPACE_IMAGES,
    GET_CALLER_IDENTITY, OPERATIONS,
};
pub use reading::InvalidWorld;
pub use record::RequestRecord;
pub use world::{Account, Inventory, Role, World};

use crate::clock::Clock;
use crate::domain::Operation;
use state::{Page, State};

/// How long [`Simulator::stop`] waits for its tasks.
const LONGEST_STOP: Duration = Duration::from_secs(5);

/// A running simulator. It ends when it is dropped, and in good order with [`Simulator::stop`].
pub struct Simulator {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// What the simulator and its connections share.
struct Shared(Mutex<State>);

impl Shared {
    /// The state, also after a panic elsewhere: a test that failed must not hang the others.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Simulator {
    /// Starts to serve a world at a loopback address; port 0 lets the system choose one. Needs a tokio runtime.
    ///
    /// # Errors
    /// If the address is not on loopback, or cannot be bound.
    pub fn start(world: World, address: SocketAddr) -> io::Result<Self> {
        if !address.ip().is_loopback() {
            let message = format!("{address} is not a loopback address");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared(Mutex::new(State::new(world, Clock::system()))));
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(connection::serve(listener, Arc::clone(&shared), stop.clone(), tasks.clone()));
        Ok(Self { address, shared, stop, tasks })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The endpoint URL of every service, such as `http://127.0.0.1:4566`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes the world. No request is answered meanwhile.
    pub fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut self.shared.lock().world)
    }

    /// A copy of the world as it is.
    pub fn world(&self) -> World {
        self.shared.lock().world.clone()
    }

    /// Every request since the start, or since they were forgotten, in the order of their arrival.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.shared.lock().records.clone()
    }

    /// How many requests of an operation came, each page and each retry.
    pub fn count(&self, operation: Operation) -> usize {
        self.shared.lock().records.iter().filter(|record| record.operation == Some(operation)).count()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        self.shared.lock().records.clear();
    }

    /// Lays a fault in wait.
    pub fn inject(&self, fault: Fault) {
        self.shared.lock().faults.push(fault);
    }

    /// Takes all faults away. What hangs already goes on hanging.
    pub fn clear_faults(&self) {
        self.shared.lock().faults.clear();
    }

    /// Holds every answer back for so long, on top of any fault.
    pub fn latency(&self, latency: Duration) {
        self.inject(Fault::delay(latency));
    }

    /// Sets how many objects a page has at most, in place of 25. `MaxResults` still counts.
    pub fn page_size(&self, size: usize) {
        self.shared.lock().cuts.page_size = Some(size);
    }

    /// Sets the size of each page of an operation, whatever `MaxResults` says. A 0 is an empty page with a token, and
    /// what is left after the last comes on one more page.
    pub fn split(&self, operation: Operation, sizes: Vec<usize>) {
        self.shared.lock().cuts.splits.insert(operation, sizes);
    }

    /// Ends all temporary credentials now.
    pub fn expire_sessions(&self) {
        self.shared.lock().sessions.expire();
    }

    /// Serves a page to whoever GETs the path, which starts with `/`.
    pub fn publish(&self, path: &str, content_type: &str, text: impl Into<Bytes>) {
        let page = Page { content_type: content_type.to_owned(), text: text.into() };
        self.shared.lock().published.insert(path.to_owned(), page);
    }

    /// Closes the listener and every connection, and waits for the tasks to end, five seconds at most.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        let _ = tokio::time::timeout(LONGEST_STOP, self.tasks.wait()).await;
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
