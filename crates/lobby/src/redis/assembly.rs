//! Assembles a Lua script with the shared files that it includes.
//!
//! A line `--- @include "player"` stands for `lua/shared/player.lua`, which may include others. Each shared file is
//! inserted before the script once, in the order of the includes. Redis runs the complete text on each call, so a
//! shared file has few functions and a script includes only what it uses.
//!
//! A line `--- @defer "unseat"` is for code that few calls need. It stands for a function `unseat` that, when called,
//! runs the shared file and the files that only it includes, and then calls the file's own function `unseat`.

use super::script::shared;

/// The script with its shared files. The first line stays the first: `#!lua`.
pub(crate) fn assemble(text: &str) -> String {
    let (shebang, body) = text.split_once('\n').unwrap_or((text, ""));
    let mut assembly = Assembly {
        eager: Vec::new(),
        seen: Vec::new(),
        out: format!("{shebang}\n"),
    };
    reach(body, included, &mut assembly.eager);
    assembly.expand(body);
    assembly.out
}

/// A script during assembly.
struct Assembly<'a> {
    /// The files that are included at the top level of the script; others are deferred.
    eager: Vec<&'a str>,
    seen: Vec<&'a str>,
    out: String,
}

impl<'a> Assembly<'a> {
    /// Appends the included files, then the text without its include lines.
    fn expand(&mut self, text: &'a str) {
        for line in text.lines() {
            if let Some(name) = required(line) {
                self.include(name);
            }
        }
        for line in text.lines().filter(|line| required(line).is_none()) {
            self.line(line);
        }
    }

    fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    fn include(&mut self, name: &'a str) {
        if self.seen.contains(&name) {
            return;
        }
        self.seen.push(name);
        if self.eager.contains(&name) {
            self.expand(shared(name));
        } else {
            self.defer(name);
        }
    }

    /// Appends a function that runs the file. Files that other code also uses are included before it.
    fn defer(&mut self, name: &'a str) {
        let mut needed = vec![name];
        reach(shared(name), required, &mut needed);
        for other in &needed {
            if self.eager.contains(other) {
                self.include(other);
            }
        }
        let (eager, seen) = (self.eager.clone(), self.seen.clone());
        self.eager.append(&mut needed);
        self.line(&format!("local function {name}(...)"));
        self.expand(shared(name));
        self.line(&format!("return {name}(...)"));
        self.line("end");
        (self.eager, self.seen) = (eager, seen);
    }
}

/// Adds the files that the text needs, directly or indirectly, according to the lines that `named` recognizes.
fn reach<'a>(text: &'a str, named: fn(&str) -> Option<&str>, files: &mut Vec<&'a str>) {
    for name in text.lines().filter_map(named) {
        if !files.contains(&name) {
            files.push(name);
            reach(shared(name), named, files);
        }
    }
}

fn included(line: &str) -> Option<&str> {
    line.strip_prefix("--- @include \"")?.strip_suffix('"')
}

pub(super) fn deferred(line: &str) -> Option<&str> {
    line.strip_prefix("--- @defer \"")?.strip_suffix('"')
}

/// The file that the line includes, immediately or deferred.
pub(super) fn required(line: &str) -> Option<&str> {
    included(line).or_else(|| deferred(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_files_are_included_once_and_before_their_use() {
        let script = "#!lua\n--- @include \"deadlines\"\n--- @include \"clock\"\nreturn now\n";
        let text = assemble(script);
        assert!(text.starts_with("#!lua\n"), "{text}");
        assert!(text.ends_with("return now\n"), "{text}");
        assert!(!text.contains("@include"), "{text}");
        let at = |line: &str| {
            text.find(line)
                .unwrap_or_else(|| panic!("no {line} in {text}"))
        };
        assert!(at("local now =") < at("local function arm("));
        assert_eq!(text.matches("local now =").count(), 1);
    }

    #[test]
    fn a_deferred_file_is_in_a_function_and_shared_dependencies_precede_it() {
        let script = "#!lua\n--- @defer \"is_bot\"\n--- @defer \"seated\"\n--- @include \"pool\"\nreturn is_bot(POOL) or seated(POOL)\n";
        let text = assemble(script);
        let lines: Vec<&str> = text.lines().filter(|it| !it.starts_with("--")).collect();
        let text = lines.join("\n");
        let deferred_function = |name: &str, files: &str| {
            format!("local function {name}(...)\n{files}return {name}(...)\nend\n")
        };
        let code = |name: &str| {
            let lines = shared(name).split_inclusive('\n');
            lines.filter(|it| !it.starts_with("--")).collect::<String>()
        };
        let expected = format!(
            "#!lua\n{}{}{}return is_bot(POOL) or seated(POOL)",
            deferred_function("is_bot", &code("is_bot")),
            code("pool"),
            deferred_function("seated", &(code("keys") + &code("seated")))
        );
        assert_eq!(text, expected);
    }
}
