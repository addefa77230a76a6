//! That every text of the page can be read by whoever sees little of colours: WCAG 2 AA, in both schemes.

use std::collections::BTreeMap;

const STYLE: &str = include_str!("style.css");

/// Texts that stand on the page's ground or on a section's.
const TEXTS: [&str; 8] = [
    "ink",
    "muted",
    "accent",
    "target",
    "acceptable",
    "gap",
    "red",
    "unjudged",
];
/// What is drawn and means something: it has to be told from its ground.
const MARKS: [&str; 13] = [
    "z-target",
    "z-red",
    "k-extract",
    "k-grade",
    "k-rework",
    "k-format",
    "k-skills",
    "k-ihl",
    "k-script",
    "k-other",
    "bad",
    "load",
    "resident",
];
const FOR_TEXT: f64 = 4.5;
const FOR_MARKS: f64 = 3.0;

/// The colours of a scheme, by name. The first block of the style sheet is the light one, the second the dark one.
fn colours(scheme: usize) -> BTreeMap<&'static str, [f64; 3]> {
    let block = STYLE.split(":root {").nth(scheme + 1).unwrap();
    let (block, _) = block.split_once('}').unwrap();
    block
        .lines()
        .filter_map(|line| {
            let (name, value) = line.trim().strip_prefix("--")?.split_once(": #")?;
            let value = u32::from_str_radix(value.trim_end_matches(';'), 16).unwrap();
            let part = |shift: u32| f64::from(value >> shift & 0xff) / 255.0;
            Some((name, [part(16), part(8), part(0)]))
        })
        .collect()
}

fn luminance(colour: [f64; 3]) -> f64 {
    let [red, green, blue] = colour.map(|part| {
        if part <= 0.040_45 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn contrast_is_measured_as_the_standard_has_it() {
    let (black, white) = ([0.0; 3], [1.0; 3]);
    assert!((contrast(black, white) - 21.0).abs() < 1e-9);
    assert!((contrast(white, white) - 1.0).abs() < 1e-9);
}

#[test]
fn every_text_is_told_from_its_ground_in_both_schemes() {
    for scheme in 0..2 {
        let colours = colours(scheme);
        for ground in ["paper", "card"] {
            for text in TEXTS {
                let found = contrast(colours[text], colours[ground]);
                assert!(
                    found >= FOR_TEXT,
                    "{text} on {ground}, scheme {scheme}: {found:.2}"
                );
            }
        }
        // What is told of a mark stands on ink.
        assert!(contrast(colours["paper"], colours["ink"]) >= FOR_TEXT);
    }
}

#[test]
fn every_mark_is_told_from_the_section_that_it_lies_on() {
    for scheme in 0..2 {
        let colours = colours(scheme);
        for mark in MARKS {
            let found = contrast(colours[mark], colours["card"]);
            assert!(found >= FOR_MARKS, "{mark}, scheme {scheme}: {found:.2}");
        }
    }
}
