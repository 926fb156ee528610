//! Fills in a folder of nginx configuration: `@NAME@` becomes the value of the variable `NAME`.

use std::fs;
use std::path::Path;

/// The main file for nginx, in the folder that [`configuration`] writes.
pub const MAIN: &str = "nginx.conf";
/// The folder with a main file for each deployment, of which one is used.
const DEPLOYMENTS: &str = "deployments";

/// Writes the configuration of one deployment. `from` is the folder `nginx` of the repository; its
/// files are copied to `to`, filled in, and `deployments/<deployment>.conf` becomes [`MAIN`].
///
/// # Errors
/// Names the file that cannot be read or written, or the first variable that is not set.
pub fn configuration(
    from: &Path,
    deployment: &str,
    to: &Path,
    value: impl Fn(&str) -> Option<String>,
) -> Result<(), String> {
    folder(from, to, &value)?;
    let main = from.join(DEPLOYMENTS).join(format!("{deployment}.conf"));
    file(&main, &to.join(MAIN), &value)
}

fn folder(from: &Path, to: &Path, value: &impl Fn(&str) -> Option<String>) -> Result<(), String> {
    fs::create_dir_all(to).map_err(|error| describe(to, &error))?;
    for entry in fs::read_dir(from).map_err(|error| describe(from, &error))? {
        let path = entry.map_err(|error| describe(from, &error))?.path();
        let Some(name) = path.file_name().filter(|name| *name != DEPLOYMENTS) else {
            continue;
        };
        if path.is_dir() {
            folder(&path, &to.join(name), value)?;
        } else if path.extension().is_some_and(|kind| kind == "conf") {
            file(&path, &to.join(name), value)?;
        }
    }
    Ok(())
}

fn file(from: &Path, to: &Path, value: &impl Fn(&str) -> Option<String>) -> Result<(), String> {
    let template = fs::read_to_string(from).map_err(|error| describe(from, &error))?;
    let text = fill(&template, value).map_err(|error| describe(from, &error))?;
    fs::write(to, text).map_err(|error| describe(to, &error))
}

fn describe(path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("{}: {error}", path.display())
}

fn fill(template: &str, value: &impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('@') {
        filled.push_str(before);
        match after.split_once('@') {
            Some((name, behind)) if is_name(name) => {
                filled.push_str(&value(name).ok_or_else(|| format!("{name} is not set"))?);
                rest = behind;
            }
            _ => {
                filled.push('@');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    Ok(filled)
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn value(name: &str) -> Option<String> {
        match name {
            "LISTEN" => Some("8443".to_owned()),
            "APP_URL" => Some(String::new()),
            _ => None,
        }
    }

    fn check(template: &str, expected: &Expect) {
        let filled = fill(template, &value).unwrap_or_else(|error| format!("error: {error}"));
        expected.assert_eq(&filled);
    }

    #[test]
    fn a_deployment_gets_its_main_file_and_the_shared_ones() {
        let top = std::env::temp_dir().join(format!("skirmish-fill-{}", std::process::id()));
        let (from, to) = (top.join("nginx"), top.join("run"));
        for (name, text) in [
            ("README.md", "@GONE@"),
            (
                "deployments/one.conf",
                "include http/a.conf; listen @LISTEN@;",
            ),
            ("deployments/two.conf", "@GONE@"),
            ("http/a.conf", "root @APP_URL@;"),
        ] {
            let path = from.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        let write = |deployment| configuration(&from, deployment, &to, value);
        assert_eq!(write("one"), Ok(()));
        let read = |name| fs::read_to_string(to.join(name)).ok();
        let main = read(MAIN);
        assert_eq!(main.as_deref(), Some("include http/a.conf; listen 8443;"));
        assert_eq!(read("http/a.conf").as_deref(), Some("root ;"));
        assert_eq!(
            (read("README.md"), read("deployments/one.conf")),
            (None, None)
        );
        let error = write("two").expect_err("it has no value");
        assert!(error.ends_with("two.conf: GONE is not set"), "{error}");
        fs::remove_dir_all(top).expect("removed");
    }

    #[test]
    fn only_upper_case_names_between_at_signs_are_replaced() {
        check("listen @LISTEN@ ssl;", &expect!["listen 8443 ssl;"]);
        check(
            "a @@ b @x@LISTEN@@function",
            &expect!["a @@ b @x8443@function"],
        );
        check("\"@APP_URL@\"", &expect![[r#""""#]]);
        check("@LISTEN@ @GONE@", &expect!["error: GONE is not set"]);
        check(
            "location @internal { error_page 500 = @internal; }",
            &expect!["location @internal { error_page 500 = @internal; }"],
        );
    }
}
