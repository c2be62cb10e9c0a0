//! `Packages`: which package depends on which, as cargo resolves it or as a test plants it.

use std::env;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The packages of a workspace and all below them.
#[derive(Clone, Debug, Default)]
pub struct Packages {
    /// In no order.
    pub all: Vec<Package>,
}

/// One package of one version.
#[derive(Clone, Debug, Default)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Where it lies in the workspace; `None` for what is not of it.
    pub folder: Option<String>,
    /// The SPDX expression of its manifest; empty if there is none.
    pub licence: String,
    /// Where cargo has it from; empty for what lies on this machine.
    pub source: String,
    /// Whether it may be published.
    pub published: bool,
    /// What its manifest asks for of the workspace.
    pub declared: Vec<Declared>,
    /// What it is built with: kinds, and indices into [`Packages::all`].
    pub built_with: Vec<(Kind, usize)>,
}

/// A dependency as a manifest has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Which package.
    pub name: String,
    /// What for.
    pub kind: Kind,
}

/// What a dependency is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The package itself.
    Normal,
    /// Its tests, benches and examples.
    Dev,
    /// Its build script.
    Build,
}

impl Packages {
    /// Asks cargo, without network and with the lock file as it is, for what this machine's builds need.
    ///
    /// # Errors
    ///
    /// What cargo says, for people to read.
    pub fn read(root: &Path) -> Result<Self, String> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let run = |arguments: &[&str]| {
            let output = Command::new(&cargo)
                .args(arguments)
                .current_dir(root)
                .output();
            let output = output.map_err(|error| format!("cargo cannot be run: {error}"))?;
            if output.status.success() {
                String::from_utf8(output.stdout).map_err(|error| error.to_string())
            } else {
                Err(String::from_utf8_lossy(&output.stderr).into_owned())
            }
        };
        let version = run(&["version", "--verbose"])?;
        // Packages for other systems may never have been fetched.
        let host = version
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
            .ok_or("cargo does not say what it runs on")?;
        let metadata = run(&[
            "metadata",
            "--format-version=1",
            "--offline",
            "--locked",
            "--filter-platform",
            host,
        ])?;
        let metadata = serde_json::from_str(&metadata).map_err(|error| error.to_string())?;
        Self::from_metadata(&metadata)
            .ok_or_else(|| "cargo's metadata has another form than is known here".into())
    }

    fn from_metadata(metadata: &Value) -> Option<Self> {
        let root = metadata["workspace_root"].as_str()?;
        let listed = metadata["packages"].as_array()?;
        let index = |id: &Value| listed.iter().position(|package| package["id"] == *id);
        let members = metadata["workspace_members"].as_array()?;
        let mut all = Vec::with_capacity(listed.len());
        // All first, since a package may be built with one that is listed behind it.
        for package in listed {
            let folder = members.contains(&package["id"]).then(|| {
                let manifest = package["manifest_path"].as_str()?;
                Some(
                    manifest
                        .strip_prefix(root)?
                        .strip_suffix("Cargo.toml")?
                        .trim_matches(['/', '\\'])
                        .replace('\\', "/"),
                )
            });
            let declared = package["dependencies"]
                .as_array()?
                .iter()
                .filter(|dependency| dependency["path"].is_string());
            all.push(Package {
                name: package["name"].as_str()?.into(),
                folder: folder.flatten(),
                licence: package["license"].as_str().unwrap_or_default().into(),
                source: package["source"].as_str().unwrap_or_default().into(),
                // No list is any registry, an empty one is none.
                published: package["publish"]
                    .as_array()
                    .is_none_or(|registries| !registries.is_empty()),
                declared: declared
                    .map(|dependency| {
                        Some(Declared {
                            name: dependency["name"].as_str()?.into(),
                            kind: kind(&dependency["kind"])?,
                        })
                    })
                    .collect::<Option<_>>()?,
                built_with: Vec::new(),
            });
        }
        for node in metadata["resolve"]["nodes"].as_array()? {
            let of = index(&node["id"])?;
            for dependency in node["deps"].as_array()? {
                let on = index(&dependency["pkg"])?;
                for use_ in dependency["dep_kinds"].as_array()? {
                    all[of].built_with.push((kind(&use_["kind"])?, on));
                }
            }
        }
        Some(Self { all })
    }

    /// The packages of the workspace itself, with where they lie.
    pub fn members(&self) -> impl Iterator<Item = (&Package, &str)> {
        self.all
            .iter()
            .filter_map(|package| Some((package, package.folder.as_deref()?)))
    }

    /// These packages of a workspace, for a test: name, what it needs, what its tests need. What is named and not listed
    /// is somebody else's.
    #[must_use]
    pub fn planted(members: &[(&str, &[&str], &[&str])]) -> Self {
        let mut all: Vec<Package> = members
            .iter()
            .map(|(name, ..)| Package {
                name: (*name).into(),
                folder: Some((*name).into()),
                published: true,
                ..Package::default()
            })
            .collect();
        for (of, (_, normal, dev)) in members.iter().enumerate() {
            let kinds = normal
                .iter()
                .map(|name| (Kind::Normal, *name))
                .chain(dev.iter().map(|name| (Kind::Dev, *name)));
            for (kind, name) in kinds {
                let on = all
                    .iter()
                    .position(|package| package.name == name)
                    .unwrap_or_else(|| {
                        all.push(Package {
                            name: name.into(),
                            ..Package::default()
                        });
                        all.len() - 1
                    });
                if all[on].folder.is_some() {
                    all[of].declared.push(Declared {
                        name: name.into(),
                        kind,
                    });
                }
                all[of].built_with.push((kind, on));
            }
        }
        Self { all }
    }
}

/// `null` is a normal dependency.
fn kind(value: &Value) -> Option<Kind> {
    match value {
        Value::Null => Some(Kind::Normal),
        Value::String(kind) if kind == "dev" => Some(Kind::Dev),
        Value::String(kind) if kind == "build" => Some(Kind::Build),
        _ => None,
    }
}
