use crate::{
    Error, Result,
    request::{self, Change, Request, Source},
};
use lesson::kmod;
use nix::errno::Errno;

/// The sources of a kernel module, which [`load`](Module::load) builds on your machine and loads into the lab's kernel.
#[derive(Clone)]
pub struct Module(Source);

impl Module {
    /// The module of a chapter, `crossings_SLUG`, as it stands in `kmods/SLUG`.
    pub fn of(slug: &str) -> Self {
        Module(Source { slug: slug.into(), text: None, changes: Vec::new() })
    }

    /// A module of your own, `crossings_NAME`, from the C source `text`. Where the course has one of this name, yours takes
    /// its place for this notebook.
    pub fn new(name: &str, text: &str) -> Self {
        Module(Source { slug: name.into(), text: Some(text.into()), changes: Vec::new() })
    }

    /// The same module with one passage replaced. `from` must stand in the sources exactly once; that is checked when
    /// the module is built.
    #[must_use]
    pub fn replace(&self, from: &str, to: &str) -> Self {
        let mut source = self.0.clone();
        source.changes.push(Change { from: from.into(), to: to.into() });
        Module(source)
    }

    /// Builds the module and loads it; finit_module(2). One of this name that is loaded already, whoever has loaded it, is
    /// unloaded before. Err: what the compiler says, that the other one is in use, or the errno.
    pub fn load(&self) -> Result<()> {
        // A module that does not build must not cost the one that is loaded.
        let names = self.build()?;
        match self.remove() {
            Ok(()) | Err(Errno::ENOENT) => self.insert(&names),
            Err(Errno::EAGAIN) => Err(Error(format!(
                "{} is loaded and in use, so it cannot be replaced (EAGAIN): `drop` the variable that has it open, and run \
                 this cell again",
                self.name()
            ))),
            Err(errno) => Err(Error(format!("unload {}: {errno}", self.name()))),
        }
    }

    /// The same as [`load`](Module::load), for a cell that says that the module is loaded already.
    pub fn reload(&self) -> Result<()> {
        self.load()
    }

    /// Unloads the module; delete_module(2). Err: the errno; EAGAIN (also known as EWOULDBLOCK) means that it is in use.
    pub fn unload(&self) -> Result<()> {
        self.remove().map_err(|errno| Error(format!("unload {}: {errno}", self.name())))
    }

    fn build(&self) -> Result<Vec<String>> {
        request::ask(&format!("build {}", self.name()), &Request::Build(self.0.clone()))
    }

    /// Loads what was built, in this order.
    fn insert(&self, names: &[String]) -> Result<()> {
        names.iter().try_for_each(|name| match kmod::load(name) {
            // Another module may have needed it before.
            Err(Errno::EEXIST) if *name != self.name() => Ok(()),
            result => result.map_err(|errno| Error(format!("load {name}: {errno}"))),
        })
    }

    fn remove(&self) -> nix::Result<()> {
        kmod::unload(&self.name())
    }

    fn name(&self) -> String {
        format!("crossings_{}", self.0.slug)
    }
}
