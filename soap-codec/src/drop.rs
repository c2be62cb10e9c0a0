//! Copying, comparing and dropping whole trees, without recursion: no depth of nesting can exhaust
//! the stack.

use crate::element::{Element, Node};

impl Clone for Element {
    fn clone(&self) -> Self {
        // Each step copies one node into the innermost open copy.
        let mut open = vec![(self.shell(), self.children().iter())];
        loop {
            let Some((copy, left)) = open.last_mut() else {
                unreachable!("the outermost copy returns when it is complete");
            };
            match left.next() {
                Some(Node::Element(child)) => open.push((child.shell(), child.children().iter())),
                Some(Node::Text(text)) => copy.push_node(Node::Text(text.clone())),
                Some(Node::CData(text)) => copy.push_node(Node::CData(text.clone())),
                None => {
                    let done = open.pop().map(|(copy, _)| copy);
                    match (done, open.last_mut()) {
                        (Some(done), Some((parent, _))) => parent.push(done),
                        (Some(done), None) => return done,
                        (None, _) => unreachable!("the innermost copy was just looked at"),
                    }
                }
            }
        }
    }
}

impl PartialEq for Element {
    fn eq(&self, other: &Self) -> bool {
        let mut pairs = vec![(self, other)];
        while let Some((left, right)) = pairs.pop() {
            if !left.same_shell(right) {
                return false;
            }
            for nodes in left.children().iter().zip(right.children()) {
                match nodes {
                    (Node::Element(left), Node::Element(right)) => pairs.push((left, right)),
                    (Node::Text(left), Node::Text(right)) if left == right => {}
                    (Node::CData(left), Node::CData(right)) if left == right => {}
                    _ => return false,
                }
            }
        }
        true
    }
}

impl Eq for Element {}

impl Drop for Element {
    fn drop(&mut self) {
        if !self.has_grandchildren() {
            return;
        }
        let mut doomed = self.take_children();
        while let Some(node) = doomed.pop() {
            if let Node::Element(mut element) = node
                && element.has_grandchildren()
            {
                doomed.append(&mut element.take_children());
            }
        }
    }
}
