//! Change detection of `up --watch`: compares the sources with what each half was last built from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};

use devstack::builds;

/// The source folders of the games and the page.
const FOLDERS: [&str; 10] = [
    "bots",
    "crates/game",
    "crates/netclient",
    "crates/protocol",
    "crates/room",
    "games",
    "relay/src",
    "web/demo",
    "web/sdk/src",
    "web/wasm",
];
/// Names in these folders that builds and tests write, or that no build reads.
const LEFT_OUT: [&str; 7] = [
    "node_modules",
    "dist",
    "dist.new",
    "tests",
    "target",
    // Generated from the registry.
    "games.ts",
    "engines.ts",
];
/// The list of games, a source of both halves.
const REGISTRY: &str = "games/registry/src/lib.rs";
/// Contains a folder for each game, with the game's name.
const GAMES: &str = "games";

/// The halves that are built separately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    /// The relay, the bots and the engines.
    Rust,
    /// The page.
    Page,
}

impl fmt::Display for Half {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Rust => "the Rust half",
            Self::Page => "the page",
        })
    }
}

impl Half {
    const ALL: [Self; 2] = [Self::Rust, Self::Page];

    /// Whether the file is a source of this half.
    fn is_made_of(self, file: &Path) -> bool {
        let extensions: &[&str] = match self {
            Self::Rust => &["rs", "toml"],
            Self::Page => &[
                "ts",
                "mjs",
                "css",
                "html",
                "svg",
                "png",
                "ico",
                "webmanifest",
                "txt",
            ],
        };
        let extension = file.extension().and_then(|text| text.to_str());
        extension.is_some_and(|extension| extensions.contains(&extension))
            || file.ends_with(REGISTRY)
    }
}

/// Each source file with its modification time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sources(BTreeMap<PathBuf, SystemTime>);

impl Sources {
    /// The current sources.
    pub(crate) fn now() -> Result<Self> {
        let mut sources = Self::default();
        for folder in FOLDERS {
            sources.add(&builds::workspace().join(folder))?;
        }
        Ok(sources)
    }

    fn add(&mut self, folder: &Path) -> Result<()> {
        let entries = std::fs::read_dir(folder)
            .with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if LEFT_OUT.iter().any(|name| path.ends_with(name)) {
                continue;
            }
            if path.is_dir() {
                self.add(&path)?;
            } else if Half::ALL.iter().any(|half| half.is_made_of(&path))
                && let Some(at) = builds::modified(&path)
            {
                self.0.insert(path, at);
            }
        }
        Ok(())
    }

    /// The files of a half that were added, removed or modified.
    fn differing(&self, other: &Self, half: Half) -> Vec<PathBuf> {
        let names = self.0.keys().chain(other.0.keys());
        let mut found: Vec<PathBuf> = names
            .filter(|file| half.is_made_of(file))
            .filter(|file| self.0.get(*file) != other.0.get(*file))
            .cloned()
            .collect();
        found.sort();
        found.dedup();
        found
    }
}

/// What must be built, and why.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) halves: Vec<Half>,
    /// The games whose engines must be built with the Rust half.
    pub(super) engines: Engines,
    /// The files that differ from the last attempt.
    pub(super) saved: Vec<PathBuf>,
}

/// The engines that depend on some files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Engines {
    /// The engines of all games.
    All,
    /// The engines of these games.
    Of(BTreeSet<String>),
}

impl Engines {
    fn made_of(files: &[PathBuf]) -> Self {
        let games: Option<BTreeSet<String>> = files.iter().map(|file| game_of(file)).collect();
        games.map_or(Self::All, Self::Of)
    }
}

/// The game whose folder contains the file.
fn game_of(file: &Path) -> Option<String> {
    let root = builds::workspace();
    let mut parts = file.strip_prefix(&root).ok()?.iter();
    let folder = parts.next()?;
    let game = parts.next()?.to_str()?;
    (folder == GAMES && game != "registry").then(|| game.to_owned())
}

/// The sources of the last builds.
#[derive(Debug)]
pub(super) struct Changes {
    /// The sources of the last attempt.
    tried: Sources,
    /// The sources of each half's last successful build.
    built: [Sources; 2],
}

impl Changes {
    /// Begins with both halves built from these sources.
    pub(super) fn begin(built: Sources) -> Self {
        Self {
            tried: built.clone(),
            built: [built.clone(), built],
        }
    }

    /// The job for these sources: None while they equal those of the last attempt; otherwise each half that differs
    /// from its last successful build. So a half that failed to build is retried when the next file is saved.
    pub(super) fn next(&mut self, now: &Sources) -> Option<Job> {
        let mut saved: Vec<PathBuf> = Half::ALL
            .iter()
            .flat_map(|half| now.differing(&self.tried, *half))
            .collect();
        saved.sort();
        saved.dedup();
        if saved.is_empty() {
            return None;
        }
        self.tried = now.clone();
        let differing = |half: Half| now.differing(&self.built[half as usize], half);
        let is_old = |half: &Half| !differing(*half).is_empty();
        Some(Job {
            halves: Half::ALL.into_iter().filter(is_old).collect(),
            engines: Engines::made_of(&differing(Half::Rust)),
            saved,
        })
    }

    /// Records that a half was built from the sources of the last attempt.
    pub(super) fn built(&mut self, half: Half) {
        self.built[half as usize] = self.tried.clone();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn sources(files: &[(&str, u64)]) -> Sources {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        Sources(
            files
                .iter()
                .map(|(name, seconds)| (PathBuf::from(name), at(*seconds)))
                .collect(),
        )
    }

    fn halves(job: Option<Job>) -> Vec<Half> {
        job.map(|job| job.halves).unwrap_or_default()
    }

    #[test]
    fn files_of_both_halves_that_are_saved_together_build_both() {
        let mut changes = Changes::begin(sources(&[("a.rs", 1), ("b.ts", 1)]));
        // The page's file is newer, but the older file was saved as well.
        let job = changes
            .next(&sources(&[("a.rs", 2), ("b.ts", 3)]))
            .expect("a job");
        assert_eq!(job.halves, [Half::Rust, Half::Page]);
        assert_eq!(job.saved, [PathBuf::from("a.rs"), PathBuf::from("b.ts")]);
    }

    #[test]
    fn a_game_that_is_added_to_the_registry_builds_programs_and_page() {
        let registry = "/repository/games/registry/src/lib.rs";
        let mut changes = Changes::begin(sources(&[(registry, 1)]));
        let job = changes.next(&sources(&[(registry, 2)])).expect("a job");
        assert_eq!(job.halves, [Half::Rust, Half::Page]);
        assert_eq!(job.saved, [PathBuf::from(registry)]);
    }

    #[test]
    fn a_saved_game_builds_its_own_engine_and_the_others_only_with_what_they_share() {
        let root = builds::workspace();
        let files = |names: &[&str], at: u64| {
            let paths: Vec<String> = (names.iter())
                .map(|name| root.join(name).display().to_string())
                .collect();
            let timed: Vec<(&str, u64)> = paths.iter().map(|path| (path.as_str(), at)).collect();
            sources(&timed)
        };
        let of = |games: &[&str]| Engines::Of(games.iter().map(ToString::to_string).collect());
        for (saved, engines) in [
            (vec!["games/tag/src/lib.rs"], of(&["tag"])),
            (
                vec!["games/tag/src/lib.rs", "games/arena/src/shot.rs"],
                of(&["arena", "tag"]),
            ),
            (
                vec!["games/tag/src/lib.rs", "crates/game/src/lib.rs"],
                Engines::All,
            ),
            (vec!["games/registry/src/lib.rs"], Engines::All),
            (vec!["games/registry/Cargo.toml"], Engines::All),
        ] {
            let mut changes = Changes::begin(files(&saved, 1));
            let job = changes.next(&files(&saved, 2)).expect("a job");
            assert_eq!(job.engines, engines, "{saved:?}");
        }
    }

    #[test]
    fn a_half_is_built_when_a_file_of_it_changed_in_any_way() {
        let first = [("a.rs", 5), ("b.ts", 5)];
        for (now, half) in [
            (vec![("a.rs", 5), ("b.ts", 6)], Half::Page),
            // Older than before, for example after a checkout.
            (vec![("a.rs", 4), ("b.ts", 5)], Half::Rust),
            (vec![("b.ts", 5)], Half::Rust),
            (vec![("a.rs", 5), ("b.ts", 5), ("c.toml", 1)], Half::Rust),
        ] {
            let mut changes = Changes::begin(sources(&first));
            assert_eq!(halves(changes.next(&sources(&now))), [half], "{now:?}");
        }
    }

    #[test]
    fn a_half_that_failed_to_build_is_retried_after_the_next_save_only() {
        let mut changes = Changes::begin(sources(&[("a.rs", 1), ("b.ts", 1)]));
        let broken = sources(&[("a.rs", 2), ("b.ts", 1)]);
        assert_eq!(halves(changes.next(&broken)), [Half::Rust]);
        assert_eq!(changes.next(&broken), None);
        let other = sources(&[("a.rs", 2), ("b.ts", 2)]);
        assert_eq!(halves(changes.next(&other)), [Half::Rust, Half::Page]);
        changes.built(Half::Page);
        let fixed = sources(&[("a.rs", 3), ("b.ts", 2)]);
        assert_eq!(halves(changes.next(&fixed)), [Half::Rust]);
        changes.built(Half::Rust);
        assert_eq!(changes.next(&fixed), None);
    }
}
