//! The settings that the tests need from a shared deployment, printed as environment variables for
//! its functions and relays.

fn main() {
    println!("{}", support::system::settings());
}
