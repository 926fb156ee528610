//! Names the functions: one for each file of `functions/src/bin`.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../functions/src/bin");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        names.extend(
            path.file_stem()
                .map(|name| name.to_string_lossy().into_owned()),
        );
    }
    names.sort();
    println!("cargo::rerun-if-changed={}", folder.display());
    println!("cargo::rustc-env=FUNCTIONS={}", names.join(" "));
    Ok(())
}
