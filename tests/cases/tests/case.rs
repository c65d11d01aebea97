//! A case as it is on disk, and what the generator makes of it.

use std::path::{Path, PathBuf};

use pgmutate_codegen::body::Bodies;
use pgmutate_codegen::catalog::{Catalog, FunctionId, QualifiedName};
use pgmutate_codegen::contract::{self, Contract, Mutation};
use pgmutate_codegen::diagnostic::render_plain;
use pgmutate_codegen::event_log;
use pgmutate_codegen::project::Project;
use pgmutate_codegen::shape::{self, Known, Shape, Shapes};
use serde_json::Value;

/// A case.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) schema: String,
    pub(crate) calls: Vec<Value>,
    pub(crate) catalog: Catalog,
    pub(crate) contract: Contract,
    pub(crate) event_log: String,
    /// Diagnostics of any level.
    pub(crate) complaints: String,
    pub(crate) shapes: Shapes,
}

/// `fixtures/cases`
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/cases")
}

impl Case {
    /// Every case, by name.
    pub(crate) fn all() -> Vec<Case> {
        let entries = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
        let mut folders = entries.filter(|path| path.is_dir()).collect::<Vec<_>>();
        folders.sort();
        folders.into_iter().map(Self::read).collect()
    }

    fn read(folder: PathBuf) -> Case {
        let mut project = Project { manifest: folder.join("mutations.json"), ..Project::default() };
        project.inputs.schema.push(folder.join("schema.sql"));
        let generated = project.generate();
        let complaints = generated.diagnostics.iter().map(|it| render_plain(it, &generated.sources) + "\n\n").collect();
        let manifest = generated.manifest.unwrap_or_else(|| panic!("{complaints}"));
        let bodies = Bodies::new(&generated.catalog, &generated.sources);
        let contract = contract::check(&bodies, &manifest).contract;
        let entities = event_log::entities(&manifest, &generated.catalog).unwrap();
        let settings = event_log::Settings { schema: manifest.log_schema.clone(), ..Default::default() };
        let called = manifest.mutations.iter().map(|mutation| id(&generated.catalog, &mutation.function.text));
        let shapes = shape::analyse(&bodies, &Known::of_log(&manifest.log_schema), called.collect::<Vec<_>>());
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        Case {
            name: folder.file_name().unwrap().to_str().unwrap().to_owned(),
            schema: read("schema.sql"),
            calls: serde_json::from_str(&read("calls.json")).unwrap(),
            event_log: event_log::script(&settings, &entities).unwrap()
                + &event_log::procedures(&manifest, &generated.catalog),
            catalog: generated.catalog,

            contract,
            complaints,
            shapes,
            folder,
        }
    }

    pub(crate) fn mutation(&self, name: &str) -> &Mutation {
        self.contract.mutations.iter().find(|mutation| mutation.name == name).unwrap()
    }

    pub(crate) fn shape(&self, mutation: &Mutation) -> &Shape {
        self.shapes.get(id(&self.catalog, &mutation.function)).unwrap()
    }
}

fn id(catalog: &Catalog, function: &str) -> FunctionId {
    let name = QualifiedName::parse(function).unwrap();
    catalog.overloads(&name.schema, &name.name)[0]
}
