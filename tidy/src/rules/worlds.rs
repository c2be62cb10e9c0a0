//! Machines are driven by the kit, the simulation and the conformance suite, not by tests of their own.

use syn::visit::{self, Visit};
use syn::{Block, ExprForLoop, ExprLoop, ExprMethodCall, ExprWhile, ImplItemFn, ItemFn};

use crate::syntax::{in_tests, is_test, parse};
use crate::{Breach, Sources};

const INSTEAD: &str = "Drive it with the simulation or with the kit's runner: another world is another idea of how a machine is driven.";

/// Who may drive machines: the kit, the simulation, and what proves drivers.
const ROOMS: [&str; 3] = ["machine-driver/", "simulation/", "driver-conformance/"];

/// No file below a folder `tests/` lets a machine's time pass by itself: no function but a test itself has a loop and calls
/// both `poll_timeout` and `handle_timeout`. The kit, the simulation and the conformance suite are free.
#[must_use]
pub fn world(sources: &Sources) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let tests = sources
        .texts(".rs")
        .filter(|(path, _)| in_tests(path) && !ROOMS.iter().any(|room| path.starts_with(room)));
    for (path, text) in
        tests.filter(|(_, text)| text.contains("poll_timeout") && text.contains("handle_timeout"))
    {
        let mut functions = Functions { found: Vec::new() };
        functions.visit_file(&parse(path, text));
        for (name, line) in functions.found {
            let what = format!("`{name}` runs a machine by its own clock");
            breaches.push(Breach {
                path: path.into(),
                line,
                what,
                instead: INSTEAD,
            });
        }
    }
    breaches
}

struct Functions {
    found: Vec<(String, usize)>,
}

impl Functions {
    fn look(&mut self, name: &syn::Ident, body: &Block) {
        let mut calls = Calls::default();
        calls.visit_block(body);
        if calls.loops && calls.poll_timeout && calls.handle_timeout {
            self.found
                .push((name.to_string(), name.span().start().line));
        }
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        if is_test(&function.attrs) {
            return;
        }
        self.look(&function.sig.ident, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.look(&function.sig.ident, &function.block);
        visit::visit_impl_item_fn(self, function);
    }
}

/// What a function does.
#[derive(Default)]
struct Calls {
    loops: bool,
    poll_timeout: bool,
    handle_timeout: bool,
}

impl<'ast> Visit<'ast> for Calls {
    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        self.poll_timeout |= call.method == "poll_timeout";
        self.handle_timeout |= call.method == "handle_timeout";
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_loop(&mut self, expression: &'ast ExprLoop) {
        self.loops = true;
        visit::visit_expr_loop(self, expression);
    }

    fn visit_expr_while(&mut self, expression: &'ast ExprWhile) {
        self.loops = true;
        visit::visit_expr_while(self, expression);
    }

    fn visit_expr_for_loop(&mut self, expression: &'ast ExprForLoop) {
        self.loops = true;
        visit::visit_expr_for_loop(self, expression);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "impl World {\nfn run(&mut self) { while let Some(at) = self.machine.poll_timeout() { self.machine.handle_timeout(at); } } }";

    #[track_caller]
    fn check(path: &str, code: &str, expected: usize) {
        let found = world(&Sources::planted(&[(path, code)]));
        assert_eq!(found.len(), expected, "{found:?}");
    }

    #[test]
    fn a_world_of_its_own_is_found() {
        check("gateway-sm/tests/pair/world.rs", RUN, 1);
    }

    #[test]
    fn the_kits_and_the_product_are_free() {
        check("simulation/tests/pair.rs", RUN, 0);
        check("machine-driver/tests/runner.rs", RUN, 0);
        check("machine-driver/src/runner.rs", RUN, 0);
    }

    #[test]
    fn a_test_may_let_its_own_timers_ring() {
        check(
            "gateway-sm/tests/a.rs",
            "#[test] fn f() { for _ in 0..3 { m.handle_timeout(m.poll_timeout()); } }",
            0,
        );
        check(
            "gateway-sm/tests/a.rs",
            "fn f() { let at = m.poll_timeout(); m.handle_timeout(at); }",
            0,
        );
    }
}
