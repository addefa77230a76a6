//! Where a value lies in its tiers, as a bar.
//!
//! Every zone has the same width, however far apart its bounds are: a target of 100 % above a red flag at 95 % would
//! otherwise be a line at the edge. Within its zone a value lies where it does between the zone's ends. Worse is to the left,
//! so that bars can be compared down a column; only a target with a red flag on either side stays in the order of values.

use crate::judge::reading::number;
use crate::judge::{Bound, Measured, Standing, Tiers, Unit};

/// A zone of the bar.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Zone {
    pub(crate) standing: Standing,
    /// The values from which to which it goes, in their own order; either may be infinite.
    pub(crate) from: f64,
    pub(crate) to: f64,
}

/// The bar.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TierBar {
    /// From left to right.
    pub(crate) zones: Vec<Zone>,
    /// Where the value lies, from 0 to 1; absent where nothing was measured.
    pub(crate) marker: Option<f64>,
}

impl TierBar {
    pub(crate) fn of(tiers: &Tiers, measured: Option<Measured>) -> Self {
        let mut zones = zones(tiers);
        let worst_is_greatest = zones
            .last()
            .is_some_and(|zone| zone.standing == Standing::Red);
        let worst_is_least = zones
            .first()
            .is_some_and(|zone| zone.standing == Standing::Red);
        let turned = worst_is_greatest && !worst_is_least;
        let marker = measured
            .filter(|it| it.value.is_finite())
            .and_then(|it| place(&zones, it.value))
            .map(|place| if turned { 1.0 - place } else { place });
        if turned {
            zones.reverse();
        }
        Self { zones, marker }
    }
}

/// The zones in the order of values. Tiers are asked at each bound and between each two.
fn zones(tiers: &Tiers) -> Vec<Zone> {
    let (least, greatest) = ends(tiers);
    let mut bounds: Vec<f64> = [Some(tiers.target), tiers.acceptable, Some(tiers.red)]
        .into_iter()
        .flatten()
        .flat_map(Bound::values)
        .filter(|value| (least..=greatest).contains(value))
        .collect();
    bounds.sort_by(f64::total_cmp);
    bounds.dedup();
    let mut zones: Vec<Zone> = Vec::new();
    let mut from = least;
    for bound in bounds.iter().copied().chain([f64::INFINITY]) {
        let to = bound.min(greatest);
        if from < to && can_be_reached(tiers.unit, from, to) {
            add(&mut zones, tiers.place(inner(from, to)), from, to);
        }
        if bound <= greatest && bound.is_finite() {
            add(&mut zones, tiers.place(bound), bound, bound);
        }
        from = bound;
    }
    zones
}

fn add(zones: &mut Vec<Zone>, standing: Standing, from: f64, to: f64) {
    match zones.last_mut() {
        Some(last) if last.standing == standing => last.to = to,
        _ => zones.push(Zone { standing, from, to }),
    }
}

/// The least and the greatest value that can be. Where nothing but one value is the target, and all that lies to one
/// side of it is worse, nothing lies on the other.
fn ends(tiers: &Tiers) -> (f64, f64) {
    let greatest = match tiers.unit {
        Unit::Percent => 100.0,
        _ => f64::INFINITY,
    };
    match (tiers.target, tiers.red) {
        (Bound::Exactly(target), Bound::Below(_) | Bound::AtMost(_)) => (0.0, target),
        (Bound::Exactly(target), Bound::Above(_) | Bound::AtLeast(_)) => (target, greatest),
        _ => (0.0, greatest),
    }
}

/// Between 47 and 48 there is no count.
fn can_be_reached(unit: Unit, from: f64, to: f64) -> bool {
    unit != Unit::Count || (from.floor() + 1.0) < to
}

/// A value strictly between two.
fn inner(from: f64, to: f64) -> f64 {
    if to.is_finite() {
        f64::midpoint(from, to)
    } else {
        from + 1.0
    }
}

#[expect(
    clippy::float_cmp,
    reason = "a zone of one value is nothing but this value"
)]
fn place(zones: &[Zone], value: f64) -> Option<f64> {
    let first = zones.first()?;
    let last = zones.last()?;
    let value = value.clamp(first.from, last.to);
    // A value at the border of two zones belongs to the one that is nothing but this value, else to the first.
    let index = zones
        .iter()
        .position(|zone| zone.from == zone.to && zone.from == value)
        .or_else(|| {
            zones
                .iter()
                .position(|zone| (zone.from..=zone.to).contains(&value))
        })?;
    let zone = &zones[index];
    let within = if zone.to.is_infinite() {
        // Twice as far beyond the bound as the bound itself is two thirds of the way to the end.
        let beyond = value - zone.from;
        beyond / (beyond + zone.from.max(1.0))
    } else if zone.from < zone.to {
        (value - zone.from) / (zone.to - zone.from)
    } else {
        0.5
    };
    let width = 1.0 / number(zones.len());
    Some((number(index) + within) * width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Requirements, doctored, judge};

    const DURATION: Tiers = Tiers {
        unit: Unit::Hours,
        target: Bound::AtMost(3.6),
        acceptable: Some(Bound::AtMost(5.0)),
        red: Bound::Above(6.0),
    };

    fn standings(tiers: &Tiers) -> Vec<Standing> {
        let bar = TierBar::of(tiers, None);
        bar.zones.into_iter().map(|zone| zone.standing).collect()
    }

    fn marker(tiers: &Tiers, value: f64) -> f64 {
        TierBar::of(tiers, Some(tiers.measured(value)))
            .marker
            .unwrap()
    }

    #[test]
    fn worse_is_to_the_left_whether_more_is_better_or_less() {
        let all = [
            Standing::Red,
            Standing::Gap,
            Standing::Acceptable,
            Standing::Target,
        ];
        assert_eq!(standings(&DURATION), all);
        assert_eq!(standings(&Tiers::share(Bound::AtLeast(98.0), 95.0)), all);
        assert!(marker(&DURATION, 1.5) > marker(&DURATION, 3.5));
        let share = Tiers::share(Bound::AtLeast(98.0), 95.0);
        assert!(marker(&share, 100.0) > marker(&share, 99.0));
    }

    #[test]
    fn a_value_lies_in_the_zone_that_it_stands_in() {
        for tiers in [
            DURATION,
            Tiers::share(Bound::Above(95.0), 90.0),
            Tiers::none(),
            Tiers::all(),
            Tiers {
                unit: Unit::Points,
                target: Bound::Between(2.0, 5.0),
                acceptable: Some(Bound::Between(1.0, 7.0)),
                red: Bound::Outside(0.5, 9.0),
            },
        ] {
            for value in [
                0.0, 0.7, 1.5, 3.6, 4.9, 5.4, 6.5, 9.5, 60.0, 92.0, 95.0, 97.0, 100.0,
            ] {
                let bar = TierBar::of(&tiers, Some(tiers.measured(value)));
                let marker = bar.marker.unwrap();
                let width = 1.0 / number(bar.zones.len());
                let near = |zone: usize| {
                    let left = number(zone) * width;
                    (left - 1e-9..=left + width + 1e-9).contains(&marker)
                };
                let standing = tiers.place(value);
                let found =
                    (0..bar.zones.len()).any(|it| near(it) && bar.zones[it].standing == standing);
                assert!(found, "{value} stands {standing} in {bar:?}");
            }
        }
    }

    #[test]
    fn of_counts_there_is_nothing_between_two_that_follow_each_other() {
        let tiers = Tiers {
            unit: Unit::Count,
            target: Bound::Exactly(50.0),
            acceptable: Some(Bound::AtLeast(48.0)),
            red: Bound::Below(48.0),
        };
        let zones = standings(&tiers);
        assert_eq!(
            zones,
            [Standing::Red, Standing::Acceptable, Standing::Target]
        );
        assert_eq!(standings(&Tiers::none()), [Standing::Red, Standing::Target]);
    }

    #[test]
    fn every_criterion_has_a_bar_and_only_what_was_measured_a_marker() {
        for verdict in judge(&doctored::healthy(), &Requirements::none()).verdicts {
            let bar = TierBar::of(&verdict.tiers, verdict.measured);
            assert!(bar.zones.len() >= 2, "{verdict:?}");
            assert!(bar.marker.is_some());
            assert_eq!(TierBar::of(&verdict.tiers, None).marker, None);
        }
    }
}
