//! The page: a match from the name to the leaderboard, and again as a replay.

use support::MainPool;
use support::story::tell;

#[test]
fn one_person_and_two_bots_play_a_match_with_keys_and_pointer() {
    tell("match", &MainPool::open(12, 2).url);
}

#[test]
fn three_people_play_a_match() {
    tell("three", &MainPool::open(8, 0).url);
}

#[test]
fn a_phone_is_enough() {
    tell("phone", &MainPool::open(12, 2).url);
}

#[test]
fn a_match_is_watched_again_back_and_forth() {
    tell("replay", &MainPool::open(12, 2).url);
}
