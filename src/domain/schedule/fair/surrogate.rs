//! Weights with which many limits add up to one that is as tight as the relaxation allows.
//!
//! Solves the linear relaxation (fractions of occurrences) with the primal simplex method in floating
//! point. Nothing depends on its accuracy: any weights make a valid limit, good ones a tight one.

/// Steps after which the weights at hand are used.
const MOST_PIVOTS: usize = 400;
const TINY: f64 = 1e-9;

/// The solution of the relaxation.
pub(super) struct Relaxed {
    /// Of each limit, not negative.
    pub weights: Vec<f64>,
    /// Of each candidate, not negative; only the proportions matter.
    pub shares: Vec<f64>,
}

/// Maximises the sum of shares with `rows[limit] · shares <= 1` for each limit; values not negative.
pub(super) fn relax(rows: &[Vec<f64>], candidates: usize) -> Relaxed {
    let mut table = Table::new(rows, candidates);
    for _ in 0..MOST_PIVOTS {
        let Some((row, column)) = table.pivot() else {
            break;
        };
        table.turn(row, column);
    }
    table.solution()
}

/// Rows of `candidates`, then one slack column a limit, then the right-hand side.
struct Table {
    rows: Vec<Vec<f64>>,
    goal: Vec<f64>,
    basis: Vec<usize>,
    candidates: usize,
}

impl Table {
    fn new(limits: &[Vec<f64>], candidates: usize) -> Self {
        let slack = |at: usize| (0..limits.len()).map(move |it| f64::from(u8::from(it == at)));
        let row = |(at, limit): (usize, &Vec<f64>)| {
            limit
                .iter()
                .copied()
                .chain(slack(at))
                .chain([1.0])
                .collect()
        };
        let mut goal = vec![-1.0; candidates];
        goal.resize(candidates + limits.len() + 1, 0.0);
        Self {
            rows: limits.iter().enumerate().map(row).collect(),
            goal,
            basis: (candidates..candidates + limits.len()).collect(),
            candidates,
        }
    }

    /// The column that gains most and the row that limits it first; None at the optimum.
    fn pivot(&self) -> Option<(usize, usize)> {
        let last = self.goal.len() - 1;
        let gains = self.goal.iter().take(last).enumerate();
        let (column, gain) = gains.min_by(|a, b| a.1.total_cmp(b.1))?;
        if *gain > -TINY {
            return None;
        }
        let ratio = |row: &Vec<f64>| {
            let by = row.get(column).copied().filter(|by| *by > TINY)?;
            Some(row.last()? / by)
        };
        let ratios = self.rows.iter().enumerate();
        let ratios = ratios.filter_map(|(at, row)| Some((at, ratio(row)?)));
        let (row, _) = ratios.min_by(|a, b| a.1.total_cmp(&b.1))?;
        Some((row, column))
    }

    fn turn(&mut self, row: usize, column: usize) {
        let Some(chosen) = self.rows.get_mut(row) else {
            return;
        };
        let by = chosen.get(column).copied().unwrap_or(1.0);
        chosen.iter_mut().for_each(|value| *value /= by);
        let chosen = chosen.clone();
        let others = self.rows.iter_mut().enumerate();
        let others = others.filter_map(|(at, other)| (at != row).then_some(other));
        for other in others.chain([&mut self.goal]) {
            let times = other.get(column).copied().unwrap_or(0.0);
            if times == 0.0 {
                continue;
            }
            for (value, chosen) in other.iter_mut().zip(&chosen) {
                *value -= times * chosen;
            }
        }
        if let Some(basis) = self.basis.get_mut(row) {
            *basis = column;
        }
    }

    fn solution(&self) -> Relaxed {
        let slack = self.goal.iter().skip(self.candidates).take(self.rows.len());
        let mut shares = vec![0.0; self.candidates];
        for (row, column) in self.rows.iter().zip(&self.basis) {
            if let (Some(share), Some(value)) = (shares.get_mut(*column), row.last()) {
                *share = value.max(0.0);
            }
        }
        Relaxed {
            weights: slack.map(|weight| weight.max(0.0)).collect(),
            shares,
        }
    }
}
