//! The engine: the catalogue over a node, with the identity that the people module supplies.

use crate::{Catalog, Error, Identity, Reader, Result, listing::Sheets};
use actors::Node;
use dashmap::DashMap;
use schema::{caller::Caller, id::UserId};
use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::Mutex;

/// Cheap to clone; all clones are one engine.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    node: Node,
    reader: Reader,
    catalog: Catalog,
    identity: Arc<dyn Identity>,
    parts: HashMap<TypeId, Box<dyn Any + Send + Sync>>,
    sheets: Sheets,
    running: DashMap<(UserId, String), Arc<Mutex<()>>>,
    draining: AtomicBool,
}

/// Parts that modules bring along for their own operations, by type.
#[derive(Default)]
pub struct Parts(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl Parts {
    /// Adds a part.
    pub fn add<T: Send + Sync + 'static>(&mut self, part: T) {
        self.0.insert(TypeId::of::<T>(), Box::new(part));
    }
}

impl Engine {
    /// Puts an engine together and shows it to the node's actors.
    #[must_use]
    pub fn new(node: Node, catalog: Catalog, identity: Arc<dyn Identity>, parts: Parts) -> Self {
        let reader = Reader::new(node.store().clone(), node.clock().clone());
        let engine = Self(Arc::new(Inner {
            reader,
            catalog,
            identity,
            parts: parts.0,
            sheets: Sheets::default(),
            running: DashMap::new(),
            draining: AtomicBool::new(false),
            node: node.clone(),
        }));
        node.attach(Arc::new(engine.clone()));
        engine
    }

    /// The node below.
    #[must_use]
    pub fn node(&self) -> &Node {
        &self.0.node
    }

    /// Typed reads.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.0.reader
    }

    /// The catalogue.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.0.catalog
    }

    /// Who people are.
    #[must_use]
    pub fn identity(&self) -> &Arc<dyn Identity> {
        &self.0.identity
    }

    /// Somebody did something just now, whatever it is.
    pub fn acted(&self, caller: &Caller) {
        self.identity().acted(self, caller);
    }

    /// From now on, calls are refused with `draining`.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Release);
    }

    /// True once [`Engine::drain`] was called.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::Acquire)
    }

    pub(crate) fn sheets(&self) -> &Sheets {
        &self.0.sheets
    }

    pub(crate) fn running(&self) -> &DashMap<(UserId, String), Arc<Mutex<()>>> {
        &self.0.running
    }

    /// A part that a module brought along.
    ///
    /// # Errors
    /// When no module brought it.
    pub fn part<T: Send + Sync + 'static>(&self) -> Result<&T> {
        let part = self.0.parts.get(&TypeId::of::<T>()).and_then(|part| part.downcast_ref());
        part.ok_or_else(|| Error::broken(std::any::type_name::<T>()))
    }
}
