//! A server's text, as clients in Rust read it: no panic.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = protocol::decode_server(bytes);
});
