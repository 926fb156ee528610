//! Replaces each `@NAME@` of a template with the value of the variable `NAME`.

/// Returns the filled text. The error names the first variable that is not set.
pub(crate) fn fill(
    template: &str,
    value: impl Fn(&str) -> Option<String>,
) -> Result<String, String> {
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

    fn check(template: &str, expected: &Expect) {
        let value = |name: &str| match name {
            "LISTEN" => Some("8443".to_owned()),
            "APP_URL" => Some(String::new()),
            _ => None,
        };
        let filled = fill(template, value).unwrap_or_else(|error| format!("error: {error}"));
        expected.assert_eq(&filled);
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
