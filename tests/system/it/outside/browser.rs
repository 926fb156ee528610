//! The page: a match from entering a name to the leaderboard, and its replay.

use support::MainPool;
use support::page::run;

#[test]
fn one_person_and_two_bots_play_a_match_with_keys_and_pointer() {
    run("match", &MainPool::open(12, 2).url);
}

#[test]
fn three_people_play_a_match() {
    run("three", &MainPool::open(8, 0).url);
}

#[test]
fn the_page_works_on_a_phone() {
    run("phone", &MainPool::open(12, 2).url);
}

#[test]
fn a_replay_plays_and_seeks() {
    run("replay", &MainPool::open(12, 2).url);
}
