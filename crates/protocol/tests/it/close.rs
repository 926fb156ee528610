//! Close codes.

use protocol::{CloseCode, Encoding};

#[test]
fn codes_are_distinct_and_in_the_range_for_applications() {
    for code in CloseCode::ALL {
        assert!((4000..=4099).contains(&code.code()), "{code:?}");
        assert!((1..=123).contains(&code.reason().len()), "{code:?}");
        assert_eq!(CloseCode::from_code(code.code()), Some(code));
    }
    assert_eq!(CloseCode::from_code(1000), None);
}

#[test]
fn an_encoding_is_chosen_by_its_subprotocol() {
    let check = |offered: &[&str], expected| {
        assert_eq!(
            Encoding::choose(offered.iter().copied()),
            expected,
            "{offered:?}"
        );
    };
    check(&["skirmish.json.v1"], Some(Encoding::Json));
    check(&["skirmish.v1"], Some(Encoding::Binary));
    check(&["skirmish.json.v1", "skirmish.v1"], Some(Encoding::Binary));
    check(&["skirmish.json.v2", "skirmish.v2", ""], None);
    check(&[], None);
}
