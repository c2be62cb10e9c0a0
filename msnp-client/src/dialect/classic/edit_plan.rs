//! The steps of a change of the lists, as each dialect knows them (msnp8-18.md 7.3, 7.4).

use std::collections::VecDeque;

use msnp_proto::Dialect;
use msnp_proto::classic::List;

use crate::contacts::Lists;

/// One thing to be done.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// By the notification server alone: MSNP7 to MSNP12.
    Add(List),
    Remove(List),
    /// In the address book.
    AddContact,
    DeleteContact,
    /// In the other service.
    Member {
        list: List,
        is_on: bool,
    },
    /// Telling the notification server, which keeps to what it is told.
    Announce(Lists),
    Withdraw(Lists),
    /// The one step of a change of the groups.
    Groups,
    /// Whether others are let in: by the notification server, and for later sign-ins in the address book.
    Privacy,
    PrivacyInBook,
}

/// What is to be done, in an order in which nobody is allowed and blocked at once.
pub(super) fn plan(dialect: Dialect, before: Lists, after: Lists) -> VecDeque<Step> {
    let has = |lists: Lists, list: List| lists.contains(Lists::from_bits(list.bit()));
    let own = [List::Forward, List::Allow, List::Block];
    let gone: Vec<List> = own
        .into_iter()
        .filter(|list| has(before, *list) && !has(after, *list))
        .collect();
    let come: Vec<List> = own
        .into_iter()
        .filter(|list| !has(before, *list) && has(after, *list))
        .collect();
    if !dialect.has_address_book() {
        let removed = gone.into_iter().map(Step::Remove);
        return removed.chain(come.into_iter().map(Step::Add)).collect();
    }
    let sum = |lists: &[List]| lists.iter().fold(0, |sum, list| sum | list.bit());
    let mut steps = VecDeque::new();
    for (lists, is_on) in [(&gone, false), (&come, true)] {
        for list in lists {
            steps.push_back(match (list, is_on) {
                (List::Forward, true) => Step::AddContact,
                (List::Forward, false) => Step::DeleteContact,
                _ => Step::Member { list: *list, is_on },
            });
        }
    }
    if !gone.is_empty() {
        steps.push_back(Step::Withdraw(Lists::from_bits(sum(&gone))));
    }
    if !come.is_empty() {
        steps.push_back(Step::Announce(Lists::from_bits(sum(&come))));
    }
    steps
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::request::ListChange;

    fn applied(steps: &VecDeque<Step>, before: Lists) -> (Lists, Lists) {
        let of = |list: List| Lists::from_bits(list.bit());
        // What is kept, and what the notification server was told.
        let (mut kept, mut told) = (before, before);
        for step in steps {
            match *step {
                Step::Add(list) => (kept, told) = (kept.with(of(list)), told.with(of(list))),
                Step::Remove(list) => {
                    (kept, told) = (kept.without(of(list)), told.without(of(list)));
                }
                Step::AddContact => kept = kept.with(Lists::FORWARD),
                Step::DeleteContact => kept = kept.without(Lists::FORWARD),
                Step::Member { list, is_on: true } => kept = kept.with(of(list)),
                Step::Member { list, is_on: false } => kept = kept.without(of(list)),
                Step::Announce(lists) => told = told.with(lists),
                Step::Withdraw(lists) => told = told.without(lists),
                Step::Groups | Step::Privacy | Step::PrivacyInBook => {
                    unreachable!("no list is changed so")
                }
            }
            let both = Lists::ALLOW.with(Lists::BLOCK);
            assert!(!kept.contains(both) && !told.contains(both), "{steps:?}");
        }
        (kept, told)
    }

    proptest! {
        #[test]
        fn every_plan_leads_where_it_should(bits in 0u32..32, change in 0usize..4, dialect in 7u8..19) {
            let both = Lists::ALLOW.with(Lists::BLOCK);
            let before = Lists::from_bits(bits);
            prop_assume!(!before.contains(both));
            let change = [ListChange::Add, ListChange::Remove, ListChange::Block, ListChange::Unblock][change];
            let after = change.apply(before);
            let dialect = Dialect::new(dialect).expect("it is known");
            prop_assert_eq!(applied(&plan(dialect, before, after), before), (after, after));
        }
    }

    #[test]
    fn nothing_is_done_where_nothing_changes() {
        assert!(plan(Dialect::MSNP18, Lists::ALLOW, Lists::ALLOW).is_empty());
    }
}
