//! Cleaning of player names: Unicode's rules for text that is visible and stays within its line.

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{
    CanonicalCombiningClass, DefaultIgnorableCodePoint, Emoji, EmojiModifier, ExtendedPictographic,
    GeneralCategory, JoiningType,
};
use icu_properties::{CodePointMapData, CodePointSetData};

/// The longest name of a player, in characters.
pub const NAME_CHARS_MAX: usize = 24;

/// The most nonspacing marks on one letter (UTS #39, 5.4). Further marks and repeated marks are
/// dropped.
const MARKS_MAX: usize = 4;

/// Usually the second pass changes nothing.
const PASSES_MAX: usize = 8;

const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
const ZERO_WIDTH_JOINER: char = '\u{200d}';
/// Variation selectors, which choose an emoji's style.
const VARIATION: [char; 2] = ['\u{fe0e}', '\u{fe0f}'];
/// Characters that show nothing although no property says so: an empty braille pattern, a null
/// notehead, a Khitan filler, and the object replacement character.
const BLANK: [char; 4] = ['\u{2800}', '\u{1d159}', '\u{16fe4}', '\u{fffc}'];

/// A name without invisible characters and without marks that reach beyond its line: in NFC;
/// without control characters, unassigned characters, direction overrides, tags and other ignorable
/// ones (`Default_Ignorable_Code_Point`); with a single space for any run of spaces, and none at
/// the ends. Joiners stay where they change how letters or emoji look (RFC 5892, A.1 and A.2). None
/// if nothing is left.
pub fn clean(text: &str) -> Option<String> {
    let mut name = pass(text);
    // Characters that are adjacent now may compose or repeat.
    for _ in 0..PASSES_MAX {
        let next = pass(&name);
        if next == name {
            break;
        }
        name = next;
    }
    Some(name).filter(|name| !name.is_empty())
}

/// [`clean`], cut to the allowed length.
pub fn cut(text: &str) -> Option<String> {
    let name = clean(text)?;
    let cut: String = name.chars().take(NAME_CHARS_MAX).collect();
    // The last character kept may be a space or a joiner.
    clean(&cut)
}

fn pass(text: &str) -> String {
    let normalizer = ComposingNormalizerBorrowed::new_nfc();
    let text: Vec<char> = normalizer.normalize(text).chars().collect();
    let mut name = Name::default();
    for (at, &c) in text.iter().enumerate() {
        name.push(c, &text[at + 1..]);
    }
    let kept: String = name.kept.into_iter().collect();
    normalizer.normalize(kept.trim_end()).into_owned()
}

#[derive(Default)]
struct Name {
    kept: Vec<char>,
    /// Nonspacing marks at the end of `kept`.
    marks: usize,
}

impl Name {
    fn push(&mut self, c: char, rest: &[char]) {
        let last = self.kept.last().copied();
        let category = CodePointMapData::<GeneralCategory>::new().get(c);
        let keeps = match category {
            _ if c.is_whitespace() => return self.push_space(),
            _ if VARIATION.contains(&c) => last.is_some_and(is_emoji),
            _ if c == ZERO_WIDTH_JOINER => follows_virama(last) || joins_emoji(&self.kept, rest),
            _ if c == ZERO_WIDTH_NON_JOINER => {
                follows_virama(last) || parts_letters(&self.kept, rest)
            }
            _ if BLANK.contains(&c) || is_ignorable(c) => false,
            GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark => {
                return self.push_mark(c);
            }
            GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::Surrogate
            | GeneralCategory::PrivateUse
            | GeneralCategory::Unassigned => false,
            _ => true,
        };
        if keeps {
            self.kept.push(c);
            // A joiner does not carry marks.
            self.marks = if is_ignorable(c) { self.marks } else { 0 };
        }
    }

    fn push_space(&mut self) {
        if self.kept.last().is_some_and(|&last| last != ' ') {
            self.kept.push(' ');
            self.marks = 0;
        }
    }

    /// A mark needs a base character.
    fn push_mark(&mut self, mark: char) {
        let last = self.kept.last().copied();
        let has_base = last.is_some_and(|last| last != ' ');
        let repeats = self.marks > 0 && last == Some(mark);
        if has_base && !repeats && self.marks < MARKS_MAX {
            self.kept.push(mark);
            self.marks += 1;
        }
    }
}

fn is_ignorable(c: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

fn is_emoji(c: char) -> bool {
    CodePointSetData::new::<Emoji>().contains(c)
}

fn follows_virama(last: Option<char>) -> bool {
    let class = CodePointMapData::<CanonicalCombiningClass>::new();
    last.is_some_and(|last| class.get(last) == CanonicalCombiningClass::Virama)
}

/// An emoji, with any variation selector or skin tone, before another one.
fn joins_emoji(before: &[char], rest: &[char]) -> bool {
    let is_picture = |c: &char| CodePointSetData::new::<ExtendedPictographic>().contains(*c);
    let chooses =
        |c: &&char| VARIATION.contains(c) || CodePointSetData::new::<EmojiModifier>().contains(**c);
    before
        .iter()
        .rev()
        .find(|c| !chooses(c))
        .is_some_and(is_picture)
        && rest.first().is_some_and(is_picture)
}

/// Between two letters that would join without it, as in Persian.
fn parts_letters(before: &[char], rest: &[char]) -> bool {
    let joining = |c: &char| CodePointMapData::<JoiningType>::new().get(*c);
    let mut before = before.iter().rev().map(joining);
    let mut rest = rest.iter().map(joining);
    let shapes = |joining: &JoiningType| *joining != JoiningType::Transparent;
    matches!(
        before.find(shapes),
        Some(JoiningType::LeftJoining | JoiningType::DualJoining)
    ) && matches!(
        rest.find(shapes),
        Some(JoiningType::RightJoining | JoiningType::DualJoining)
    )
}
