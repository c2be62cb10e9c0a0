//! The groups into which the list is sorted: by number up to MSNP9, by GUID since (msnp8-18.md 7.1, 7.2, soap.md 5.4).

use crate::text::clip;

/// How many are kept, and in how many of them one person can be: more than any service allows (error-codes.tsv, 223).
const MOST: usize = 256;

/// What a service calls a group: letters are the same in upper and lower case.
#[derive(Clone, Debug)]
pub(super) struct GroupId(String);

impl GroupId {
    /// `None`: the group of those who are in none, which is one up to MSNP9 alone.
    pub(super) fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty() && text != "0").then(|| Self(text.to_owned()))
    }

    /// Those between commas behind somebody on the list.
    pub(super) fn all(text: &str) -> Vec<Self> {
        text.split(',').filter_map(Self::new).take(MOST).collect()
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialEq for GroupId {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

/// All of them, in the order in which they were told.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    known: Vec<(GroupId, String)>,
}

impl Groups {
    /// One is there, under this name.
    pub(super) fn put(&mut self, id: GroupId, name: &str, limit: usize) {
        let name = clip(name, limit);
        if let Some((_, known)) = self.known.iter_mut().find(|(known, _)| *known == id) {
            *known = name;
        } else if self.known.len() < MOST {
            self.known.push((id, name));
        }
    }

    pub(super) fn remove(&mut self, id: &GroupId) {
        self.known.retain(|(known, _)| known != id);
    }

    /// The one of this name.
    pub(super) fn named(&self, name: &str) -> Option<&GroupId> {
        let mut known = self.known.iter();
        known.find(|(_, known)| known == name).map(|(id, _)| id)
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.known.iter().map(|(_, name)| name.clone()).collect()
    }

    /// The names of these; one that was never told has none.
    pub(super) fn names_of(&self, ids: &[GroupId]) -> Vec<String> {
        let known = self.known.iter().filter(|(id, _)| ids.contains(id));
        known.map(|(_, name)| name.clone()).collect()
    }
}

/// Puts one group among those of a person, or takes it out.
pub(super) fn set(groups: &mut Vec<GroupId>, id: &GroupId, inside: bool) {
    groups.retain(|known| known != id);
    if inside && groups.len() < MOST {
        groups.push(id.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_in_group_zero_is_in_none() {
        assert!(GroupId::all("0").is_empty() && GroupId::all("").is_empty());
        let both = GroupId::all("0,3,12");
        let both: Vec<_> = both.iter().map(GroupId::as_str).collect();
        assert_eq!(both, ["3", "12"]);
    }

    #[test]
    fn ids_are_the_same_in_upper_and_lower_case() {
        let id = |text| GroupId::new(text).expect("a group");
        let mut groups = Groups::default();
        groups.put(id("d142e607-0C02"), "Friends", 99);
        groups.put(id("D142E607-0c02"), "Family", 99);
        assert_eq!(groups.names(), ["Family"]);
        assert_eq!(groups.names_of(&[id("d142e607-0c02")]), ["Family"]);
    }

    #[test]
    fn groups_are_bounded() {
        let mut groups = Groups::default();
        let mut own = Vec::new();
        for number in 1..=2 * MOST {
            let id = GroupId::new(&number.to_string()).expect("a group");
            groups.put(id.clone(), &"x".repeat(9), 4);
            set(&mut own, &id, true);
        }
        assert_eq!((groups.names().len(), own.len()), (MOST, MOST));
        assert_eq!(groups.names()[0], "xxxx");
    }
}
