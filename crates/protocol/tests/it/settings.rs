//! Settings in the form that an operator writes.

use game::Game;
use protocol::parse_settings;

use crate::toy::Toy;

fn check(text: &str, expected: Result<i32, &str>) {
    let parsed = parse_settings(Toy::SETTINGS, text);
    let shown = parsed
        .map(|settings| settings.0[0])
        .map_err(|error| error.to_string());
    assert_eq!(shown, expected.map_err(str::to_string), "{text}");
}

#[test]
fn settings_are_one_object_of_whole_numbers() {
    const SHAPE: &str =
        r#"settings are a JSON object of whole numbers, such as {"match_seconds":180}"#;
    check("", Ok(2));
    check("{}", Ok(2));
    check(r#"{"balls": 9}"#, Ok(9));
    check(r#"{"balls": 10}"#, Err("setting `balls` is 0 to 9, not 10"));
    check(r#"{"bals": 1}"#, Err("unknown setting `bals`"));
    check(r#"{"balls": 1.5}"#, Err(SHAPE));
    check(r#"{"balls": "1"}"#, Err(SHAPE));
    check("[1]", Err(SHAPE));
    check("{", Err(SHAPE));
}
