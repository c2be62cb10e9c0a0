//! Cookies that the host keeps: for those requests that are marked, and no others.

use crate::server::{Fault, Reply, Server};
use crate::stage::{AGES, Stage, post};
use crate::{Breach, Drive, Probe, Verdict};

pub(crate) fn marked_requests_alone_carry_the_cookies_of_the_host<D: Drive<Probe>>(
    stage: &Stage,
) -> Verdict {
    let server = Server::alone(|request| match request.target.as_str() {
        "/sign-in" => Fault::answer(Reply::new(200, "").with("Set-Cookie", "kept=1; Path=/")),
        _ => Fault::none(),
    });
    let mut subject = stage.start::<D>();
    for (path, marked) in [("/sign-in", true), ("/", false), ("/", true), ("/", false)] {
        let request = post(&server.url(path), "");
        let id = subject.call(|probe, now| {
            if marked {
                probe.ask_with_cookies(request, AGES, now)
            } else {
                probe.ask(request, AGES, now)
            }
        });
        subject.response(id)?;
    }
    let requests = server.requests();
    let carry: Vec<_> = requests
        .iter()
        .map(|r| r.header("Cookie").is_some())
        .collect();
    // Not the first: nothing was kept yet. And none, if nothing is kept at all.
    if carry == [false, false, D::KEEPS_COOKIES, false] {
        return Ok(());
    }
    let expected = if D::KEEPS_COOKIES {
        "the third request alone carries the cookie"
    } else {
        "no request carries a cookie that the machine did not write"
    };
    Err(Breach::Wire {
        expected: expected.into(),
        seen: server.transcript(),
    })
}
