//! Equality with trying everything, and the shape of plans.

use super::super::tests::Dice;
use super::*;

fn instances() -> u64 {
    let asked = std::env::var("KALENDS_INSTANCES").ok();
    asked.and_then(|it| it.parse().ok()).unwrap_or(3_000)
}

/// The best (most, total, changes) over every choice for every occurrence in turn.
fn exhaustive(series: &Series) -> (u64, u64, usize) {
    let choices = series.pain.len();
    let count = choices.pow(series.occurrences);
    let score = |mut code: usize| {
        let mut burdens = series.carried.clone();
        let mut last = None;
        let mut changes = 0;
        for _ in 0..series.occurrences {
            let pick = code % choices;
            code /= choices;
            changes += usize::from(last.is_some_and(|last| last != pick));
            last = Some(pick);
            for (burden, pain) in burdens.iter_mut().zip(&series.pain[pick]) {
                *burden += u64::from(*pain);
            }
        }
        (
            burdens.iter().copied().max().unwrap_or(0),
            burdens.iter().sum(),
            changes,
        )
    };
    (0..count).map(score).min().unwrap()
}

fn series(dice: &mut Dice) -> Series {
    let people = dice.between(0, 4);
    let most = [2, 10, 1000][dice.between(0, 2) as usize];
    let row = |dice: &mut Dice| (0..people).map(|_| dice.between(0, most) as u32).collect();
    let choices = dice.between(1, 5);
    let pain: Vec<Vec<u32>> = (0..choices).map(|_| row(dice)).collect();
    let carried = (0..people)
        .map(|_| dice.between(0, 2 * most) as u64)
        .collect();
    Series {
        occurrences: dice.between(0, 5) as u32,
        pain,
        carried,
    }
}

#[test]
fn plans_equal_trying_everything() {
    for seed in 0..instances() {
        let series = series(&mut Dice::new(seed));
        let plan = plan(&series, 400_000).unwrap();
        assert_eq!(plan.proof, Proof::Exact, "{series:?}");
        assert_eq!(plan.picks.len(), series.occurrences as usize);
        let mut burdens = series.carried.clone();
        for pick in &plan.picks {
            for (burden, pain) in burdens.iter_mut().zip(&series.pain[*pick]) {
                *burden += u64::from(*pain);
            }
        }
        assert_eq!(plan.burdens, burdens);
        let score = (plan.most(), plan.total(), plan.changes());
        assert_eq!(score, exhaustive(&series), "{series:?}");
    }
}

/// Whatever the budget, a plan is a plan, and its gap covers the best there is.
#[test]
fn a_gap_is_honest() {
    for seed in 0..instances() / 4 {
        let mut dice = Dice::new(seed);
        let series = series(&mut dice);
        let short = plan(&series, dice.between(0, 3_000) as u64).unwrap();
        let (most, total, _) = exhaustive(&series);
        let Proof::Gap {
            most: gap,
            total: total_gap,
        } = short.proof
        else {
            assert_eq!((short.most(), short.total()), (most, total));
            continue;
        };
        assert!(short.most() - gap <= most);
        if short.most() == most {
            assert!(short.total() - total_gap <= total);
        }
    }
}

#[test]
fn two_zones_take_turns() {
    let pain = vec![vec![0, 100], vec![100, 0], vec![60, 60]];
    let series = Series {
        occurrences: 6,
        pain,
        carried: vec![],
    };
    let plan = plan(&series, USUAL_BUDGET).unwrap();
    assert_eq!(plan.picks, [0, 0, 0, 1, 1, 1]);
    assert_eq!((plan.burdens, plan.proof), (vec![300, 300], Proof::Exact));
}

#[test]
fn who_bore_more_before_is_spared() {
    let pain = vec![vec![0, 100], vec![100, 0]];
    let series = Series {
        occurrences: 3,
        pain,
        carried: vec![250, 0],
    };
    assert_eq!(plan(&series, USUAL_BUDGET).unwrap().picks, [0, 0, 0]);
}

#[test]
fn pain_grows_with_the_distance_from_working_hours() {
    let berlin = Span::new(480, 1020);
    let tokyo = Span::new(1440, 1980);
    let weights = Weights::default();
    let table = pain(
        &[480, 1020, 1410],
        60,
        &[berlin, tokyo, Span::default()],
        &weights,
    );
    assert_eq!(
        table,
        [
            vec![0, 0, 0],
            vec![16, weights.night, 0],
            vec![weights.night, 4, 0]
        ]
    );
}

#[test]
fn what_cannot_be_planned_says_why() {
    let refused = |series: Series| plan(&series, 1).unwrap_err();
    assert_eq!(refused(Series::default()), Unplannable::NoCandidates);
    let ragged = Series {
        pain: vec![vec![1], vec![]],
        ..Series::default()
    };
    assert_eq!(refused(ragged), Unplannable::Ragged);
    let huge = Series {
        pain: vec![vec![u32::MAX]],
        ..Series::default()
    };
    assert_eq!(refused(huge), Unplannable::TooLarge);
    let nobody = Series {
        occurrences: 2,
        pain: vec![vec![], vec![]],
        carried: vec![],
    };
    assert_eq!(plan(&nobody, 1).unwrap().picks, [0, 0]);
}
