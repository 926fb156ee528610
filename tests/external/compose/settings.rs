//! What the tests want of a deployment that they share: lines for the environment of its functions and relays.

fn main() {
    println!("{}", support::system::settings());
}
