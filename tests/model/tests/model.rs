//! Exhaustive exploration of the model of the lobby: it satisfies every invariant, and violates one with each
//! mutation.

use std::collections::BTreeSet;

use model::claims::Claims;
use model::codes::{Codes, Mistake};
use model::explore::{
    claims, codes, endless, explore, explore_small, groups, late, outbox, worlds,
};
use model::groups::{Groups, Mistake as GroupMistake};
use model::late::Late;
use model::outbox::Outbox;
use model::{Bounds, Mutation};

/// The configuration whose name begins with this word.
fn world(word: &str) -> Bounds {
    let mut worlds = worlds(false).into_iter();
    let found = worlds.find(|(name, _)| name.starts_with(word));
    found.expect("a world of that name").1
}

fn check_mutation(mutation: Mutation, word: &str, rules: &[&str]) {
    let explored = explore(world(word), mutation);
    let broken: Vec<&str> = explored.broken.iter().map(|(rule, _)| *rule).collect();
    assert!(
        broken.iter().any(|rule| rules.contains(rule)),
        "{mutation:?} breaks {broken:?}"
    );
    println!("{mutation:?}: {:#?}", explored.broken);
}

#[test]
fn every_configuration_satisfies_the_invariants() {
    let mut unmet: Option<BTreeSet<&str>> = None;
    for (name, bounds) in worlds(false) {
        let explored = explore(bounds, Mutation::None);
        println!("{name}: {} states", explored.states);
        assert!(explored.broken.is_empty(), "{name}: {:#?}", explored.broken);
        let here: BTreeSet<&str> = explored.unmet.into_iter().collect();
        unmet = Some(unmet.map_or(here.clone(), |unmet| &unmet & &here));
    }
    assert_eq!(
        unmet.unwrap_or_default(),
        BTreeSet::new(),
        "no world is large enough to meet these"
    );
}

#[test]
fn the_outbox_loses_nothing() {
    let explored = explore_small(outbox(false), false);
    assert!(explored.broken.is_empty(), "{:#?}", explored.broken);
    let broken = Outbox {
        acknowledges_first: true,
        ..outbox(false)
    };
    assert!(!explore_small(broken, true).broken.is_empty());
}

#[test]
fn a_player_is_never_live_in_two_pools() {
    let explored = explore_small(claims(false), false);
    assert!(explored.broken.is_empty(), "{:#?}", explored.broken);
    assert!(explored.unmet.is_empty(), "{:?}", explored.unmet);
    let broken = Claims {
        enqueues_late: true,
        ..claims(false)
    };
    let found = explore_small(broken, true).broken;
    assert!(
        found.iter().any(|(rule, _)| rule.starts_with('2')),
        "{found:#?}"
    );
}

#[test]
fn every_run_ends() {
    assert_eq!(endless(world("full")), None);
    let mut relays = world("relays");
    relays.budget.kills = 1;
    relays.budget.forfeits = 0;
    relays.budget.timeouts = 0;
    assert_eq!(endless(relays), None);
}

#[test]
fn seating_in_two_steps_loses_a_player() {
    check_mutation(
        Mutation::TwoStepSeating,
        "full",
        &[
            "1: queued is in the queue or aside, and nobody else",
            "10: at rest, every player is seated or notified",
        ],
    );
}

#[test]
fn a_second_expiry_is_found() {
    check_mutation(
        Mutation::SecondDecision,
        "full",
        &["6: one decision per generation, never early"],
    );
}

#[test]
fn a_write_with_an_old_epoch_is_found() {
    check_mutation(
        Mutation::NoEpochCheck,
        "relays",
        &["7: one owner per epoch, no write of another"],
    );
}

#[test]
fn a_code_names_one_live_room() {
    let explored = explore_small(codes(false), false);
    println!("codes: {} states", explored.states);
    assert!(explored.broken.is_empty(), "{:#?}", explored.broken);
    assert!(explored.unmet.is_empty(), "{:?}", explored.unmet);
}

fn check_code_mistake(mistake: Mistake) {
    let broken = Codes {
        mistake: Some(mistake),
        ..codes(false)
    };
    let found = explore_small(broken, true).broken;
    assert!(
        found.iter().any(|(rule, _)| rule.starts_with("11")),
        "{mistake:?}: {found:#?}"
    );
    println!("{mistake:?}: {found:#?}");
}

#[test]
fn a_code_that_is_released_without_its_nonce_is_found() {
    check_code_mistake(Mistake::ReleasesAny);
}

#[test]
fn a_room_that_is_written_long_after_its_code_was_taken_is_found() {
    check_code_mistake(Mistake::WritesLate);
}

#[test]
fn a_rematch_that_is_made_again_after_its_room_closed_is_found() {
    check_code_mistake(Mistake::GathersAgain);
}

#[test]
fn a_group_has_seats_together_and_gathers_again_in_its_own_room() {
    let mut unmet: Option<BTreeSet<&str>> = None;
    for world in groups(false) {
        let explored = explore_small(world, false);
        println!("groups: {} states, {:?}", explored.states, explored.elapsed);
        assert!(explored.broken.is_empty(), "{:#?}", explored.broken);
        let here: BTreeSet<&str> = explored.unmet.into_iter().collect();
        unmet = Some(unmet.map_or(here.clone(), |unmet| &unmet & &here));
    }
    assert_eq!(unmet.unwrap_or_default(), BTreeSet::new());
}

fn check_group_mistake(mistake: GroupMistake, rule: &str) {
    let broken = Groups {
        mistake: Some(mistake),
        ..groups(false)[0]
    };
    let found = explore_small(broken, true).broken;
    assert!(
        found.iter().any(|(broken, _)| *broken == rule),
        "{mistake:?}: {found:#?}"
    );
    println!("{mistake:?}: {found:#?}");
}

#[test]
fn a_group_that_is_split_is_found() {
    check_group_mistake(
        GroupMistake::Splits,
        "3: a group has seats together, or none",
    );
}

#[test]
fn a_group_that_does_not_gather_again_is_found() {
    check_group_mistake(
        GroupMistake::StaysMatched,
        "3: a group gathers again in its own room",
    );
}

#[test]
fn a_late_seat_has_one_player_and_belongs_to_this_epoch() {
    let explored = explore_small(late(false), false);
    println!("late: {} states", explored.states);
    assert!(explored.broken.is_empty(), "{:#?}", explored.broken);
    assert!(explored.unmet.is_empty(), "{:?}", explored.unmet);
    let broken = Late {
        ignores_epoch: true,
        ..late(false)
    };
    let found = explore_small(broken, true).broken;
    assert!(
        found.iter().any(|(rule, _)| rule.ends_with("old epoch")),
        "{found:#?}"
    );
    println!("late: {found:#?}");
}
