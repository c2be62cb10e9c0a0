//! `Weather`: where fates and delays come from, chance or a list.

use std::time::Duration;

use machine_contract::Prng;

use crate::fate::Fate;
use crate::faults::{Acknowledged, Faults, Plan};

/// What becomes of the next request.
#[derive(Debug)]
pub(crate) struct Weather {
    prng: Prng,
    forecast: Forecast,
    foretold: Option<Fate>,
    /// How much of a plan was used.
    fates: usize,
    delays: usize,
}

#[derive(Debug)]
enum Forecast {
    Chance(Faults),
    Plan(Plan),
}

impl Weather {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            prng: Prng::from_number(seed),
            forecast: Forecast::Chance(Faults::NONE),
            foretold: None,
            fates: 0,
            delays: 0,
        }
    }

    pub(crate) fn set_faults(&mut self, faults: Faults) {
        self.forecast = Forecast::Chance(faults);
    }

    pub(crate) fn set_plan(&mut self, plan: Plan) {
        self.forecast = Forecast::Plan(plan);
    }

    pub(crate) const fn acknowledged(&self) -> Acknowledged {
        match &self.forecast {
            Forecast::Chance(faults) => faults.acknowledged,
            Forecast::Plan(plan) => plan.acknowledged,
        }
    }

    /// What becomes of the next request.
    pub(crate) const fn foretell(&mut self, fate: Fate) {
        self.foretold = Some(fate);
    }

    pub(crate) fn fate(&mut self) -> Fate {
        if let Some(foretold) = self.foretold.take() {
            return foretold;
        }
        match &self.forecast {
            Forecast::Chance(faults) => faults.draw(&mut self.prng),
            Forecast::Plan(plan) => next(&plan.fates, &mut self.fates).unwrap_or(Fate::Fine),
        }
    }

    pub(crate) fn delay(&mut self) -> Duration {
        match &self.forecast {
            Forecast::Chance(faults) => faults.delay(&mut self.prng),
            Forecast::Plan(plan) => {
                let delay = next(&plan.delays, &mut self.delays);
                delay.unwrap_or(Duration::from_millis(1))
            }
        }
    }
}

fn next<T: Copy>(list: &[T], used: &mut usize) -> Option<T> {
    let next = list.iter().cycle().nth(*used % list.len().max(1));
    *used += 1;
    next.copied()
}
