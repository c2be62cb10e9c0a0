//! `Visit`: one call, from its request to its answer.

use bytes::Bytes;
use gateway_sm::ExchangeId;
use http::{Response, StatusCode};
use machine_contract::UnixTime;
use soap_codec::{Envelope, Received};

use super::call::Site;
use super::context::Context;
use super::refused::Refused;
use super::{contacts, groups, members, offline, profile};
use crate::identity::Who;
use crate::network::{Answer, Command, EndpointId, Refusal, Roster};
use crate::reply::{bare, xml};

/// A call under way.
#[derive(Debug)]
pub(super) struct Visit {
    exchange: ExchangeId,
    site: Site,
    call: Received,
    who: Who,
    host: String,
    came: UnixTime,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// The connection is not known to be the person's yet.
    Entering,
    /// What the person keeps is read.
    Reading,
    /// So many commands are not answered.
    Doing {
        roster: Box<Roster>,
        left: usize,
        answers: Vec<Answer>,
    },
}

/// What a visit does next.
#[derive(Debug)]
pub(super) enum Next {
    /// Nothing: more has to be answered.
    Wait,
    /// It asks these.
    Ask(Vec<Command>),
    /// It is over.
    Reply(ExchangeId, Response<Bytes>),
}

impl Visit {
    /// A call of somebody, and what it asks first.
    pub(super) fn new(
        exchange: ExchangeId,
        site: Site,
        call: Received,
        who: Who,
        host: String,
        came: UnixTime,
    ) -> (Self, Vec<Command>) {
        let enter = Command::EnterAside {
            who: who.clone(),
            endpoint: EndpointId::from_bytes([0; 16]),
        };
        let visit = Self {
            exchange,
            site,
            call,
            who,
            host,
            came,
            stage: Stage::Entering,
        };
        (visit, vec![enter, Command::ListRoster])
    }

    pub(super) const fn exchange(&self) -> ExchangeId {
        self.exchange
    }

    /// The next command was answered; they are in their order.
    pub(super) fn take(&mut self, outcome: Result<Answer, Refusal>) -> Next {
        let answer = match outcome {
            Ok(answer) => answer,
            Err(refusal) => {
                let refused = self.refusal(refusal);
                return self.end(Err(refused));
            }
        };
        match (&mut self.stage, answer) {
            (Stage::Entering, _) => {
                self.stage = Stage::Reading;
                Next::Wait
            }
            (Stage::Reading, Answer::Roster(roster)) => self.begin(roster),
            (Stage::Reading, _) => self.end(Err(Refused::Unavailable)),
            (Stage::Doing { left, answers, .. }, answer) => {
                answers.push(answer);
                *left -= 1;
                if *left > 0 {
                    return Next::Wait;
                }
                self.finish()
            }
        }
    }

    fn begin(&mut self, roster: Box<Roster>) -> Next {
        let planned = plan(&self.call, &self.context(&roster));
        let commands = match planned {
            Ok(commands) => commands,
            Err(refused) => return self.end(Err(refused)),
        };
        self.stage = Stage::Doing {
            roster,
            left: commands.len(),
            answers: Vec::with_capacity(commands.len()),
        };
        if commands.is_empty() {
            return self.finish();
        }
        Next::Ask(commands)
    }

    fn finish(&mut self) -> Next {
        let Stage::Doing {
            roster, answers, ..
        } = &self.stage
        else {
            return Next::Wait;
        };
        let outcome = answer(&self.call, &self.context(roster), answers);
        self.end(outcome)
    }

    fn end(&self, outcome: Result<Envelope, Refused>) -> Next {
        let reply = match outcome.map(|envelope| envelope.to_xml()) {
            Ok(Ok(text)) => xml(StatusCode::OK, text),
            // A name with a character that XML has no way to write.
            Ok(Err(_)) => bare(StatusCode::INTERNAL_SERVER_ERROR),
            Err(refused) => refused.reply(self.site),
        };
        Next::Reply(self.exchange, reply)
    }

    fn refusal(&self, refusal: Refusal) -> Refused {
        match &self.call {
            Received::Store(request) => offline::refused(refusal, request.namespace),
            Received::Store2(request) => offline::refused(refusal, request.namespace),
            _ => Refused::from(refusal),
        }
    }

    fn context<'a>(&'a self, roster: &'a Roster) -> Context<'a> {
        Context {
            who: &self.who,
            roster,
            host: &self.host,
            now: self.came,
        }
    }
}

/// What has to be done for a call, in this order.
fn plan(call: &Received, context: &Context<'_>) -> Result<Vec<Command>, Refused> {
    use Received as R;
    match call {
        R::FindMembership(it) => members::plan_find(&it.body),
        R::AddMember(it) => members::plan_add(&it.body, context),
        R::DeleteMember(it) => members::plan_delete(&it.body, context),
        R::ABAdd(_) | R::GetProfile(_) => Ok(Vec::new()),
        R::ABFindAll(it) => contacts::plan_find(it.body.deltas_only, it.body.id.as_ref()),
        R::ABFindContactsPaged(it) => contacts::plan_find_paged(&it.body),
        R::ABContactAdd(it) => contacts::plan_add(&it.body, context),
        R::ABContactUpdate(it) => contacts::plan_update(&it.body, context),
        R::ABContactDelete(it) => contacts::plan_delete(&it.body, context),
        R::CreateContact(it) => contacts::plan_create(&it.body, context),
        R::ManageWLConnection(it) => contacts::plan_connect(&it.body, context),
        R::BreakConnection(it) => contacts::plan_break(&it.body, context),
        R::ABGroupAdd(it) => groups::plan_add(&it.body),
        R::ABGroupUpdate(it) => groups::plan_update(&it.body, context),
        R::ABGroupDelete(it) => groups::plan_delete(&it.body, context),
        R::ABGroupContactAdd(it) => groups::plan_put(&it.body, context),
        R::ABGroupContactDelete(it) => groups::plan_take(&it.body, context),
        // Circles are not offered, and news of profiles neither (msnp8-18.md 7.4).
        R::CreateCircle(_) | R::UpdateDynamicItem(_) => {
            Err(Refused::unknown(call.operation().name))
        }
        R::Store(it) => offline::plan_send(&it.headers, &it.body, it.namespace, context),
        R::Store2(it) => offline::plan_send(&it.headers, &it.body.0, it.namespace, context),
        R::GetMetadata(_) => Ok(offline::plan_list()),
        R::GetMessage(it) => offline::plan_get(&it.body),
        R::DeleteMessages(it) => offline::plan_delete(&it.body),
        R::UpdateProfile(it) => Ok(profile::plan_update(it.body.profile.as_ref())),
        R::CreateProfile(it) => Ok(profile::plan_update(it.body.profile.as_ref())),
        // They come to other paths, or need nobody.
        R::SignIn(_) | R::SignIn2(_) | R::GetClientConfig(_) => Err(Refused::Schema),
    }
}

/// The answer to a call, of what came of what was planned.
fn answer(call: &Received, context: &Context<'_>, answers: &[Answer]) -> Result<Envelope, Refused> {
    use Received as R;
    match call {
        R::FindMembership(it) => Ok(members::found(it, context)),
        R::AddMember(it) => Ok(members::done(it, context)),
        R::DeleteMember(it) => Ok(members::done(it, context)),
        R::ABAdd(it) => Ok(contacts::made(it, context)),
        R::ABFindAll(it) => Ok(contacts::found(it, context)),
        R::ABFindContactsPaged(it) => Ok(contacts::found_paged(it, context)),
        R::ABContactAdd(it) => contacts::added(it, context, answers),
        R::ABContactUpdate(it) => Ok(members::done(it, context)),
        R::ABContactDelete(it) => Ok(members::done(it, context)),
        R::CreateContact(it) => contacts::created(it, context, answers),
        R::ManageWLConnection(it) => contacts::connected(it, context),
        R::BreakConnection(it) => Ok(members::done(it, context)),
        R::ABGroupAdd(it) => groups::added(it, context, answers),
        R::ABGroupUpdate(it) => Ok(members::done(it, context)),
        R::ABGroupDelete(it) => Ok(members::done(it, context)),
        R::ABGroupContactAdd(it) => groups::put(it, context, answers),
        R::ABGroupContactDelete(it) => Ok(members::done(it, context)),
        R::Store(it) => offline::sent(it, &it.headers),
        R::Store2(it) => offline::sent(it, &it.headers),
        R::GetMetadata(it) => Ok(offline::listed(it, answers, context)),
        R::GetMessage(it) => offline::got(it, answers, context),
        R::DeleteMessages(it) => offline::deleted(it, answers),
        R::GetProfile(it) => Ok(profile::got(it, context)),
        R::UpdateProfile(it) => Ok(profile::updated(it, context)),
        R::CreateProfile(it) => Ok(profile::created(it, context)),
        R::CreateCircle(_)
        | R::UpdateDynamicItem(_)
        | R::SignIn(_)
        | R::SignIn2(_)
        | R::GetClientConfig(_) => Err(Refused::Schema),
    }
}
