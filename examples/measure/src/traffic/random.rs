//! What the traffic is made of.

use machine_contract::Prng;

/// The words that texts are made of, with what makes readers stumble.
const WORDS: &str = "the of and to in is it you that he was for on are with as his they at be this have from or had \
    by hot word but what some we can out other were all there when up use your how said an each she which do their time if will way about \
    many then them write would like so these her long make thing see him two has look more day could go come did number sound no most \
    people my over know water than call first who may down café grüße ñandú да 日本 :-) <3 100% a&b";

const FIRST_NAMES: &str = "ana ben carla dmitri eva finn grace hugo ines jan kaya luis mia nils olga paul quinn rosa sam tina";

/// What the traffic is made of: the same seed, the same traffic.
#[derive(Debug)]
pub(super) struct Random {
    prng: Prng,
    words: Vec<&'static str>,
    names: Vec<&'static str>,
}

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            prng: Prng::from_number(seed),
            words: WORDS.split_whitespace().collect(),
            names: FIRST_NAMES.split_whitespace().collect(),
        }
    }

    pub(super) fn next(&mut self) -> u64 {
        self.prng.number()
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.prng.below(high - low + 1)
    }

    pub(super) fn bits(&mut self, bits: u32) -> u64 {
        self.next() >> (64 - bits)
    }

    /// True `percent` times in a hundred.
    pub(super) fn percent(&mut self, percent: u64) -> bool {
        self.between(1, 100) <= percent
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        // What is below the length fits.
        from[usize::try_from(self.prng.below(from.len() as u64)).unwrap_or(0)]
    }

    pub(super) fn text(&mut self, low: u64, high: u64) -> String {
        let count = self.between(low, high);
        let words: Vec<_> = (0..count).map(|_| self.pick_word()).collect();
        words.join(" ")
    }

    pub(super) fn pick_word(&mut self) -> &'static str {
        let at = self.prng.below(self.words.len() as u64);
        self.words[usize::try_from(at).unwrap_or(0)]
    }

    pub(super) fn pick_name(&mut self) -> &'static str {
        let at = self.prng.below(self.names.len() as u64);
        self.names[usize::try_from(at).unwrap_or(0)]
    }

    pub(super) fn guid(&mut self) -> String {
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            self.bits(32),
            self.bits(16),
            self.bits(12),
            self.bits(12),
            self.bits(48)
        )
    }

    /// An index into `weights`, each as likely as its weight.
    pub(super) fn weighted(&mut self, weights: &[u64]) -> usize {
        let mut at = self.prng.below(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            if at < *weight {
                return index;
            }
            at -= weight;
        }
        0
    }
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
