//! What a verdict proves: fifty good tries of fifty do not make a rate above 95 %.

use serde::Serialize;

use super::{
    reading::{Certainty, Reading, Tries, number},
    standing::Standing,
    statistics::{CONFIDENCE, chance_of_at_most, fewest_tries, proven_at_least, proven_at_most},
    tiers::{Bound, Tiers, Unit, percent},
};

/// What the tries behind a verdict prove about the rate behind them. It stands beside the standing and never changes
/// it: a tier can be met and not proven.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Proof {
    /// How many were counted.
    pub counted: usize,
    /// Of so many tries.
    pub tries: usize,
    /// What that shows of the rate, in percent.
    pub shown: Bound,
    /// How sure that is, in percent.
    pub confidence: f64,
    /// What the weakest tier that passes asks of the rate, in percent.
    pub asked: Bound,
    /// Whether what is shown is enough for what was asked.
    pub proven: bool,
    /// The fewest tries that could prove it, if none of them fails; absent where no number could, as for "always".
    pub fewest_tries: Option<usize>,
    /// How often a pipeline that should not pass does; absent where it would have to be better than what was asked.
    pub odds: Option<Odds>,
}

/// How often so many tries pass a pipeline of which the true rate is known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Odds {
    /// Its true rate, in percent, of what the criterion counts.
    pub rate: f64,
    /// How often it passes, in percent.
    pub passes: f64,
}

impl Proof {
    /// What a reading proves under these tiers; nothing where it is not one of tries.
    pub(crate) fn of(tiers: &Tiers, reading: &Reading) -> Option<Self> {
        let (counted, tries) = counted(tiers.unit, reading)?;
        let question = Question::of(tiers, tries)?;
        let shown = question.shown(counted);
        Some(Self {
            counted,
            tries,
            shown,
            confidence: CONFIDENCE * 100.0,
            asked: question.asked.bound(),
            proven: question.asked.is_proven_by(shown),
            fewest_tries: fewest_tries(0, question.asked.share_of_successes()),
            odds: question.odds(tiers),
        })
    }
}

/// How many of how many, where the reading is one of tries and complete.
fn counted(unit: Unit, reading: &Reading) -> Option<(usize, usize)> {
    let Reading::Value {
        value,
        n,
        certainty: Certainty::Exact,
        tries,
        ..
    } = reading
    else {
        return None;
    };
    let counted = match (tries, unit) {
        (Tries::WhereItIsAShare | Tries::Each, Unit::Percent) => value * number(*n) / 100.0,
        (Tries::Each, Unit::Count) => *value,
        (Tries::WhereItIsAShare | Tries::Each | Tries::None, _) => return None,
    };
    let counted = whole(counted)?;
    (*n > 0 && counted <= *n).then_some((counted, *n))
}

/// A share that does not come down to whole things is no share of things.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a whole number, not negative, and counts of rows stay far below 2^52"
)]
fn whole(value: f64) -> Option<usize> {
    let rounded = value.round();
    (rounded >= 0.0 && (value - rounded).abs() < ROUNDING).then_some(rounded as usize)
}

/// What turning a count into percent and back may add to it.
const ROUNDING: f64 = 1e-6;

/// What is asked of a rate: the criterion counts successes and wants many, or failures and wants few.
#[derive(Debug, Clone, Copy)]
enum Asked {
    Many(Bound),
    Few(Bound),
}

/// A tier as a question about a rate.
struct Question<'t> {
    asked: Asked,
    tiers: &'t Tiers,
    tries: usize,
}

impl<'t> Question<'t> {
    fn of(tiers: &'t Tiers, tries: usize) -> Option<Self> {
        let weakest = tiers.acceptable.unwrap_or(tiers.target);
        Some(Self {
            asked: Asked::of(as_rate(tiers.unit, weakest, tries))?,
            tiers,
            tries,
        })
    }

    fn shown(&self, counted: usize) -> Bound {
        match self.asked {
            Asked::Many(_) => Bound::AtLeast(proven_at_least(counted, self.tries) * 100.0),
            Asked::Few(_) => Bound::AtMost(proven_at_most(counted, self.tries) * 100.0),
        }
    }

    /// The odds at the red flag; where that is what was asked, at the first round rate that passes at times.
    fn odds(&self, tiers: &Tiers) -> Option<Odds> {
        let allowed = self.allowed_failures()?;
        let odds = |failing: f64| Odds {
            rate: self.asked.rate(failing),
            passes: chance_of_at_most(allowed, self.tries, failing) * 100.0,
        };
        let asked = 1.0 - self.asked.share_of_successes();
        let at_red = Asked::of(as_rate(tiers.unit, tiers.red.opposite()?, self.tries))
            .map(|red| 1.0 - red.share_of_successes())
            .filter(|failing| *failing > asked + ROUNDING);
        if let Some(failing) = at_red {
            return Some(odds(failing));
        }
        ROUND_FAILING
            .into_iter()
            .filter(|failing| *failing > asked + ROUNDING)
            .map(odds)
            .find(|odds| odds.passes >= 1.0)
    }

    /// The most failures among the tries with which the tiers are still met.
    fn allowed_failures(&self) -> Option<usize> {
        let passes = |failures: &usize| {
            let counted = match self.asked {
                Asked::Many(_) => self.tries - failures,
                Asked::Few(_) => *failures,
            };
            let value = match self.tiers.unit {
                Unit::Percent => percent(counted, self.tries),
                _ => number(counted),
            };
            matches!(
                self.tiers.place(value),
                Standing::Target | Standing::Acceptable
            )
        };
        (0..=self.tries).take_while(passes).last()
    }
}

/// Where a plan's red flag is no rate of its own: how often a pipeline fails that nobody would call good.
const ROUND_FAILING: [f64; 4] = [0.1, 0.05, 0.01, 0.001];

/// A bound on a count of so many tries, as a bound on their rate in percent.
fn as_rate(unit: Unit, bound: Bound, tries: usize) -> Bound {
    match unit {
        Unit::Percent => bound,
        _ => bound.map(|count| count * 100.0 / number(tries)),
    }
}

impl Asked {
    /// What a bound in percent asks; nothing where it has two sides.
    fn of(bound: Bound) -> Option<Self> {
        match bound {
            Bound::AtLeast(_) | Bound::Above(_) => Some(Self::Many(bound)),
            Bound::AtMost(_) | Bound::Below(_) => Some(Self::Few(bound)),
            Bound::Exactly(rate) if rate >= 100.0 => Some(Self::Many(Bound::AtLeast(100.0))),
            Bound::Exactly(rate) if rate <= 0.0 => Some(Self::Few(Bound::AtMost(0.0))),
            Bound::Exactly(_) | Bound::Between(..) | Bound::Outside(..) => None,
        }
    }

    fn bound(self) -> Bound {
        match self {
            Self::Many(bound) | Self::Few(bound) => bound,
        }
    }

    fn share_of_successes(self) -> f64 {
        let share = self.bound().first() / 100.0;
        match self {
            Self::Many(_) => share,
            Self::Few(_) => 1.0 - share,
        }
    }

    /// A rate of failing as the percentage that the criterion counts.
    fn rate(self, failing: f64) -> f64 {
        match self {
            Self::Many(_) => (1.0 - failing) * 100.0,
            Self::Few(_) => failing * 100.0,
        }
    }

    fn is_proven_by(self, shown: Bound) -> bool {
        self.bound().holds(shown.first())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COMPLETION: Tiers = Tiers::share(Bound::Above(95.0), 90.0);

    fn share(part: usize, whole: usize) -> Reading {
        Reading::value(percent(part, whole), whole, "")
    }

    fn proof(tiers: &Tiers, reading: &Reading) -> Proof {
        Proof::of(tiers, reading).unwrap()
    }

    fn rounded(value: f64) -> String {
        format!("{value:.1}")
    }

    #[test]
    fn a_perfect_run_of_fifty_meets_above_95_percent_and_does_not_prove_it() {
        let proof = proof(&COMPLETION, &share(50, 50));
        assert_eq!(rounded(proof.shown.first()), "94.2");
        assert_eq!(proof.asked, Bound::Above(95.0));
        assert!(!proof.proven);
        assert_eq!(proof.fewest_tries, Some(59));
    }

    #[test]
    fn a_perfect_run_of_59_proves_it_and_one_of_58_does_not() {
        assert!(proof(&COMPLETION, &share(59, 59)).proven);
        assert!(!proof(&COMPLETION, &share(58, 58)).proven);
    }

    #[test]
    fn the_odds_are_those_of_a_pipeline_at_the_red_flag() {
        let odds = proof(&COMPLETION, &share(50, 50)).odds.unwrap();
        assert_eq!(
            (rounded(odds.rate), rounded(odds.passes)),
            ("90.0".into(), "11.2".into())
        );
        let completed = Tiers {
            unit: Unit::Count,
            target: Bound::Exactly(50.0),
            acceptable: Some(Bound::AtLeast(47.0)),
            red: Bound::Below(45.0),
        };
        let odds = proof(&completed, &Reading::value(50.0, 50, "").counts_tries())
            .odds
            .unwrap();
        assert_eq!(
            (rounded(odds.rate), rounded(odds.passes)),
            ("90.0".into(), "25.0".into())
        );
    }

    #[test]
    fn where_the_red_flag_is_what_was_asked_the_odds_are_those_of_a_round_rate() {
        let odds = proof(&Tiers::all(), &share(50, 50)).odds.unwrap();
        assert_eq!(
            (rounded(odds.rate), rounded(odds.passes)),
            ("95.0".into(), "7.7".into())
        );
    }

    #[test]
    fn always_and_never_are_bounded_and_not_proven_by_any_number_of_tries() {
        let always = proof(&Tiers::all(), &share(5_000, 5_000));
        assert!(!always.proven && always.fewest_tries.is_none());
        assert!(always.shown.first() > 99.9);
        let never = proof(&Tiers::none(), &Reading::value(0.0, 50, "").counts_tries());
        assert!(!never.proven && never.fewest_tries.is_none());
        assert_eq!(rounded(never.shown.first()), "5.8");
    }

    #[test]
    fn failures_are_bounded_from_above() {
        let tiers = Tiers {
            unit: Unit::Percent,
            target: Bound::Exactly(0.0),
            acceptable: Some(Bound::Below(5.0)),
            red: Bound::Above(10.0),
        };
        let few = proof(&tiers, &share(0, 50));
        assert_eq!(
            (rounded(few.shown.first()), few.proven),
            ("5.8".into(), false)
        );
        assert_eq!(few.fewest_tries, Some(59));
        assert_eq!(rounded(few.odds.unwrap().rate), "10.0");
        assert!(proof(&tiers, &share(0, 59)).proven);
    }

    #[test]
    fn what_is_no_number_of_tries_proves_nothing() {
        let of = |reading: Reading| Proof::of(&COMPLETION, &reading);
        assert_eq!(of(Reading::value(61.37, 50, "")), None);
        assert_eq!(of(share(50, 50).no_tries()), None);
        assert_eq!(of(share(50, 50).at_least()), None);
        assert_eq!(of(share(50, 50).not_judgeable("simulated")), None);
        assert_eq!(of(Reading::no_data("nothing ran")), None);
        assert_eq!(of(Reading::value(100.0, 0, "")), None);
        let count = Reading::value(0.0, 50, "");
        assert_eq!(Proof::of(&Tiers::none(), &count), None);
        assert!(Proof::of(&Tiers::none(), &count.counts_tries()).is_some());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_count_survives_being_told_in_percent(
            (whole, part) in (1_usize..200_000).prop_flat_map(|whole| (Just(whole), 0..=whole)),
        ) {
            prop_assert_eq!(counted(Unit::Percent, &share(part, whole)), Some((part, whole)));
        }

        #[test]
        fn what_is_proven_is_met(
            (whole, part) in (1_usize..400).prop_flat_map(|whole| (Just(whole), 0..=whole)),
        ) {
            let proof = proof(&COMPLETION, &share(part, whole));
            let met = COMPLETION.place(percent(part, whole)).is_met();
            prop_assert!(met || !proof.proven);
        }
    }
}
