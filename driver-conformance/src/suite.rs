//! The macros that make tests of duties and scenarios.

/// Makes a test of every duty, for the driver of this name: a type with one parameter, the machine. One
/// more, `report`, is ignored unless asked for, and prints the whole table.
///
/// What its environment cannot do is declared, each with the reason ([`Lacks`](crate::Lacks)).
///
/// ```ignore
/// driver_conformance::suite!(MyDriver);
/// driver_conformance::suite!(MyDriver, Lacks {
///     streams: "HTTP only",
/// });
/// ```
///
/// What it should do and does not yet can be listed too, so that the tests go on telling what is new
/// ([`Lacks::known`](crate::Lacks::known)):
///
/// ```ignore
/// driver_conformance::suite!(MyDriver, Lacks {}, Known {
///     no_cookie_is_kept: "the jar cannot be switched off before release 5",
/// });
/// ```
#[macro_export]
macro_rules! suite {
    ($driver:ident $(,)?) => {
        $crate::suite!($driver, Lacks {}, Known {});
    };
    ($driver:ident, Lacks { $($lack:ident: $reason:expr),* $(,)? } $(,)?) => {
        $crate::suite!($driver, Lacks { $($lack: $reason),* }, Known {});
    };
    ($driver:ident, Lacks { $($lack:ident: $reason:expr),* $(,)? },
        Known { $($duty:ident: $mend:expr),* $(,)? } $(,)?) => {
        /// What the driver under test cannot do.
        fn lacks() -> $crate::Lacks {
            #[allow(unused_mut, reason = "it may lack nothing")]
            let mut lacks = $crate::Lacks::default();
            $(lacks.$lack = Some($reason);)*
            lacks.known = &[$((stringify!($duty), $mend)),*];
            lacks
        }
        $crate::__each_duty! { [$crate::__duty_tests] [$driver] }

        /// How the driver under test stands to every duty.
        #[allow(dead_code, reason = "for `report`, and for whoever compares drivers")]
        pub(crate) fn conformance() -> $crate::Report {
            $crate::Report::of::<$driver<$crate::Probe>>(&lacks())
        }

        #[test]
        #[ignore = "prints the table of all duties"]
        fn report() {
            let report = conformance();
            println!("{report}");
            assert!(report.is_fine());
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __duty_tests {
    ([$driver:ident] $($family:ident { $($name:ident $(unless $lack:ident)?,)* })*) => {
        $($(
            #[test]
            fn $name() {
                $crate::check::<$driver<$crate::Probe>>(stringify!($name), &lacks());
            }
        )*)*
    };
}

/// Makes a test of every scenario of a gateway session ([`session`](crate::session)), for the driver of this
/// name: a type with one parameter, the machine.
#[macro_export]
macro_rules! session_suite {
    ($driver:ident) => {
        $crate::__each_session_scenario! { [$crate::__scenario_tests] [$driver session Session] }
    };
}

/// Makes a test of every duty that can be seen from the wire ([`guests`](crate::guests)), for the driver of this name: a
/// type with one parameter, the machine. Some duties have the names of those of [`suite!`](crate::suite): the two go into
/// modules or files of their own.
///
/// What a page in a browser cannot do is declared as in [`suite!`](crate::suite).
#[macro_export]
macro_rules! guest_suite {
    ($driver:ident $(,)?) => {
        $crate::guest_suite!($driver, Lacks {});
    };
    ($driver:ident, Lacks { $($lack:ident: $reason:expr),* $(,)? } $(,)?) => {
        fn claims() -> $crate::guests::Claims {
            #[allow(unused_mut, reason = "it may lack nothing")]
            let mut claims = $crate::guests::Claims::default();
            $(claims.lacks.$lack = Some($reason);)*
            claims.keeps_cookies = <$driver<$crate::session::Session> as $crate::Drive<_>>::KEEPS_COOKIES;
            claims
        }
        $crate::__each_guest_duty! { [$crate::__guest_duty_tests] [$driver] }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __guest_duty_tests {
    ([$driver:ident] $($family:ident { $($name:ident $(unless $lack:ident)?,)* })*) => {
        $($(
            #[test]
            fn $name() {
                let guests = $crate::guests::InThread::<$driver<$crate::session::Session>>::new();
                $crate::check_guest(stringify!($name), &guests, &claims());
            }
        )*)*
    };
}

/// Makes a test of every scenario of a whole client ([`client`](crate::client)), for the driver of this
/// name: a type with one parameter, the machine. Some scenarios have the names of those of a session: the two
/// go into modules or files of their own.
#[cfg(feature = "client")]
#[macro_export]
macro_rules! client_suite {
    ($driver:ident) => {
        $crate::__each_client_scenario! { [$crate::__scenario_tests] [$driver client Client] }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __scenario_tests {
    ([$driver:ident $kind:ident $machine:ident] $($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                $crate::$kind::run::<$driver<$crate::$kind::$machine>>(stringify!($name));
            }
        )*
    };
}
