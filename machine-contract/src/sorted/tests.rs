use alloc::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

proptest! {
    /// A tree of the standard library gives the same answers.
    #[test]
    fn a_map_is_what_a_tree_is(steps in proptest::collection::vec((0..6_u8, 0..12_u8, 0..4_u32), 0..80)) {
        let mut map = SortedMap::new();
        let mut tree = BTreeMap::new();
        for (what, key, value) in steps {
            match what {
                0 | 1 => prop_assert_eq!(map.insert(key, value), tree.insert(key, value)),
                2 => prop_assert_eq!(map.remove(&key), tree.remove(&key)),
                3 => prop_assert_eq!(map.pop_first(), tree.pop_first()),
                4 => {
                    *map.get_or_default(key) += value;
                    *tree.entry(key).or_default() += value;
                }
                _ => {
                    map.retain(|_, it| *it != value);
                    tree.retain(|_, it| *it != value);
                }
            }
            prop_assert_eq!(map.get(&key), tree.get(&key));
            prop_assert_eq!(map.get_mut(&key), tree.get_mut(&key));
            prop_assert_eq!(map.contains_key(&key), tree.contains_key(&key));
            prop_assert_eq!(map.first_from(&key), tree.range(key..).next());
            prop_assert_eq!((map.len(), map.is_empty()), (tree.len(), tree.is_empty()));
            prop_assert!(map.iter().eq(tree.iter()));
            prop_assert!(map.iter_mut().rev().eq(tree.iter_mut().rev()));
            prop_assert!(map.keys().eq(tree.keys()));
            prop_assert!(map.values().rev().eq(tree.values().rev()));
        }
        prop_assert!(map.clone().into_keys().eq(tree.clone().into_keys()));
        prop_assert!(map.clone().into_values().eq(tree.clone().into_values()));
        prop_assert!(map.into_iter().eq(tree));
    }

    #[test]
    fn a_set_is_what_a_tree_is(steps in proptest::collection::vec((0..3_u8, 0..12_u8), 0..80)) {
        let mut set = SortedSet::new();
        let mut tree = BTreeSet::new();
        for (what, member) in steps {
            if what == 0 {
                prop_assert_eq!(set.remove(&member), tree.remove(&member));
            } else {
                prop_assert_eq!(set.insert(member), tree.insert(member));
            }
            prop_assert_eq!(set.contains(&member), tree.contains(&member));
            prop_assert_eq!(set.first(), tree.first());
            prop_assert_eq!((set.len(), set.is_empty()), (tree.len(), tree.is_empty()));
            prop_assert!(set.iter().eq(tree.iter()));
        }
        prop_assert!(set.into_iter().eq(tree));
    }
}

#[test]
fn what_is_collected_is_in_order_and_the_last_of_one_key_stays() {
    let map = SortedMap::from([(2, 'a'), (1, 'b'), (2, 'c')]);
    assert!(map.iter().eq([(&1, &'b'), (&2, &'c')]));
    let set: SortedSet<_> = [2, 1, 2].into_iter().collect();
    assert!((&set).into_iter().eq([&1, &2]));
}

#[test]
fn what_is_taken_and_what_is_left_are_in_order() {
    let mut map: SortedMap<_, _> = (0..6).map(|key| (key, key % 3)).collect();
    let taken = map.take(|key, value| *key > 1 && *value == 0);
    assert!(taken.into_keys().eq([3]));
    assert!(map.keys().eq(&[0, 1, 2, 4, 5]));
    map.clear();
    assert!(map.is_empty());
}
