//! The oldest Redis on which the scripts run.

use std::collections::HashMap;

use redis::{ErrorKind, FromRedisValue, RedisError, RedisResult, Value};

/// Major and minor version. Scripts declare flags (`#!lua flags=allow-oom`), which older servers do not support.
const MIN: (u32, u32) = (7, 0);

/// Checks a server's version in its answer to `HELLO`, which every user may send. Errors: it is too old, of kind
/// [`ErrorKind::InvalidClientConfig`].
pub(crate) fn check(hello: Value) -> RedisResult<()> {
    let fields = HashMap::<String, Value>::from_redis_value(hello)?;
    let text = fields.get("version").cloned().unwrap_or(Value::Nil);
    let text = String::from_redis_value(text).unwrap_or_default();
    match parse(&text) {
        Some(version) if version < MIN => Err(too_old(&format!("is version {text}"))),
        _ => Ok(()),
    }
}

/// Replaces the error of a server that does not support `HELLO` with one that names the cause.
pub(crate) fn explain(error: RedisError) -> RedisError {
    match error.kind() {
        ErrorKind::RESP3NotSupported => too_old("is older than 6.0"),
        _ => error,
    }
}

fn too_old(what: &str) -> RedisError {
    let text = format!("this Redis {what}; {}.{} or later is needed", MIN.0, MIN.1);
    (ErrorKind::InvalidClientConfig, "too old", text).into()
}

fn parse(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_accepted_from_version_7_0_on() {
        for (version, is_accepted) in [
            ("5.0.14", false),
            ("6.2.14", false),
            ("7.0.0", true),
            ("7.2.4", true),
            ("10.0.1", true),
            ("unstable", true),
        ] {
            let text = |text: &str| Value::SimpleString(text.to_owned());
            let answer = Value::Map(vec![
                (text("proto"), Value::Int(3)),
                (text("version"), text(version)),
            ]);
            assert_eq!(check(answer).is_ok(), is_accepted, "{version}");
        }
    }
}
