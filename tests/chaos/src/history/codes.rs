//! Codes as Redis executed them: each is released with its nonce.

use std::collections::BTreeMap;

use super::Seen;

/// The nonces of codes, by key.
#[derive(Default)]
pub(super) struct Codes(BTreeMap<String, String>);

impl Codes {
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    /// The violation, if this write is a wrong release.
    pub(super) fn judge(&self, seen: &Seen<'_>, write: &[String]) -> Option<String> {
        let [command, key, ..] = write else {
            return None;
        };
        let released = seen.arguments.first();
        let nonce = self.0.get(key).filter(|_| command == "DEL")?;
        (released != Some(nonce))
            .then(|| format!("{key} with nonce {nonce} is released with {released:?}"))
    }

    pub(super) fn learn(&mut self, write: &[String]) {
        let [command, key, rest @ ..] = write else {
            return;
        };
        if command == "DEL" {
            self.0.remove(key);
        }
        // With NX, a code that is taken does not change.
        let is_tried = rest.iter().any(|word| word == "NX") && self.0.contains_key(key);
        if let Some((_, nonce)) = rest.first().and_then(|text| text.rsplit_once(' '))
            && command == "SET"
            && !is_tried
        {
            self.0.insert(key.clone(), nonce.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{History, Seen};

    #[test]
    fn a_code_is_released_with_its_nonce() {
        let mut history = History::default();
        let take = |nonce: &str| {
            let words = ["SET", "code:B", &format!("a a.1 {nonce}"), "NX"];
            words.map(str::to_owned).to_vec()
        };
        let mut done = |arguments: &[&str], write: Vec<String>| {
            let arguments: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
            history.see(&Seen {
                at_ms: 1000.0,
                arguments: &arguments,
                done: &[write],
            });
            history.stale.len()
        };
        let release = || vec!["DEL".to_owned(), "code:B".to_owned()];
        done(&[], take("5"));
        // The code is taken, so nothing changes.
        done(&[], take("6"));
        assert_eq!(done(&["5"], release()), 0);
        done(&[], take("7"));
        assert_eq!(done(&["5"], release()), 1);
    }
}
