//! Properties of the whole client in every dialect, against the whole server: whatever becomes of what they say to each other.

use machine_contract::Instant;
use msnp_client::{
    Access, Client, Config, ContactId, ConversationId, Event, GatewayOptions, Limits, MessageId,
    Network, OperationId, Service, Status,
};
use msnp_proto::Dialect;
use simulation::{HOST, PASSWORD, contact, login};

use crate::choices::Choices;
use crate::home::Resident;
use crate::marks::Marks;
use crate::street::Street;
use crate::trace::repeatable;

/// Bytes of events that a client holds for whoever takes none.
const UNDRAINED: usize = 8 * 1024;

/// The first two bytes choose how two people are connected, and in which dialects. Of the others the low bits say what happens, the high
/// bits to whom and how; what needs more takes the bytes behind it.
pub fn client(data: &[u8]) {
    repeatable(data, |data| {
        let mut choices = Choices::new(data);
        let people: Vec<_> = [0, 1]
            .into_iter()
            .map(|who| {
                let person = Person::new(who);
                let client = Client::new(config(who, choices.below(256)));
                (person, client)
            })
            .collect();
        Street::new(people).play(&mut choices)
    });
}

/// How somebody signs in.
fn config(who: usize, how: usize) -> Config {
    let home = format!("https://{HOST}");
    let (dialect, way) = (how % DIALECTS.len(), how / DIALECTS.len());
    let dialect = DIALECTS[dialect];
    let network = |network: Result<Network, _>| {
        let network: Network = network.expect("an address");
        Access::passport(network, login(who), PASSWORD)
    };
    let gateway = format!("{home}/gateway/gateway.dll");
    let access = match (dialect, way % 2) {
        (None, _) => {
            let service = Service::at(&home).expect("an address");
            Access::web(service, login(who), PASSWORD)
        }
        (Some(Dialect::MSNP24), _) | (_, 0) if dialect != Some(Dialect::MSNP22) => {
            network(Network::tcp(HOST, &home))
        }
        _ => network(Network::gateway(&gateway, &home)),
    };
    let gateway = GatewayOptions {
        limits: gateway_sm::Limits {
            undrained: UNDRAINED,
            ..gateway_sm::Limits::default()
        },
        ..GatewayOptions::default()
    };
    let limits = Limits {
        contacts: 40,
        conversations: 6,
        members: 5,
        endpoints: 4,
        pending: 8,
        text: 400,
        remembered: 16,
        unacknowledged: 3,
        undrained: UNDRAINED,
        ..Limits::default()
    };
    let seed = [u8::try_from(who).expect("a few"); 32];
    let config = Config::new(access, seed)
        .limits(limits)
        .reconnect_attempts(3)
        .acknowledge_by_hand(way & 4 != 0)
        .resend_unsent(way & 2 == 0)
        .gateway(gateway)
        .expect("a session can be made so");
    match dialect {
        Some(dialect) => config.dialects([dialect, Dialect::MSNP12].into_iter().take(
            // MSNP22 and MSNP24 are by themselves: what else can be offered depends on the way.
            if dialect < Dialect::MSNP21 { 2 } else { 1 },
        )),
        None => Ok(config),
    }
    .expect("they are spoken so")
}

/// None is the service of MSNP24, by its page.
const DIALECTS: [Option<Dialect>; 16] = [
    None,
    Some(Dialect::MSNP7),
    Some(Dialect::MSNP8),
    Some(Dialect::MSNP9),
    Some(Dialect::MSNP10),
    Some(Dialect::MSNP11),
    Some(Dialect::MSNP12),
    Some(Dialect::MSNP13),
    Some(Dialect::MSNP14),
    Some(Dialect::MSNP15),
    Some(Dialect::MSNP16),
    Some(Dialect::MSNP17),
    Some(Dialect::MSNP18),
    Some(Dialect::MSNP21),
    Some(Dialect::MSNP22),
    Some(Dialect::MSNP24),
];

/// Somebody, and what they wait for.
struct Person {
    who: usize,
    messages: Marks<MessageId>,
    operations: Marks<OperationId>,
    /// The last groups and messages that they were told of, and what they have not acknowledged.
    groups: Vec<ConversationId>,
    told: Vec<MessageId>,
    receipts: Vec<msnp_client::ReceiptId>,
}

impl Person {
    const fn new(who: usize) -> Self {
        Self {
            who,
            messages: Marks::new(),
            operations: Marks::new(),
            groups: Vec::new(),
            told: Vec::new(),
            receipts: Vec::new(),
        }
    }

    /// Somebody else, who need not exist.
    fn somebody(&self, choices: &mut Choices<'_>) -> ContactId {
        match choices.below(6) {
            0 => contact(2),
            1 => ContactId::messenger(&login(1 - self.who)).expect("an address"),
            2 => ContactId::messenger("nobody@elsewhere.example").expect("an address"),
            3 => contact(self.who),
            _ => contact(1 - self.who),
        }
    }

    fn somewhere(&self, choices: &mut Choices<'_>) -> ConversationId {
        match self.groups.last() {
            Some(group) if choices.below(2) == 0 => group.clone(),
            _ => self.somebody(choices).into(),
        }
    }

    /// Says something.
    fn say(&mut self, client: &mut Client, choices: &mut Choices<'_>, now: Instant) {
        let place = self.somewhere(choices);
        let text = self.messages.text();
        let taken = match choices.below(8) {
            0 => client.send_nudge(&place, now),
            1 => {
                let id = self.told.last().cloned();
                let id = id.unwrap_or_else(|| MessageId::new("1").expect("an id"));
                client.edit_message(&place, &id, &text, now)
            }
            2 => {
                let more = String::from_utf8_lossy(choices.some());
                client.send_text(&place, &format!("{text} {more}"), now)
            }
            _ => client.send_text(&place, &text, now),
        };
        if let Ok(id) = taken {
            self.told.push(id.clone());
            self.messages.took(id);
        }
    }

    /// What is wanted of the lists, of groups, and of oneself.
    fn want(&mut self, client: &mut Client, choices: &mut Choices<'_>, now: Instant) {
        let what = choices.below(20);
        let who = self.somebody(choices);
        let group = self.somewhere(choices);
        let name = *choices.of(&["Friends", "<b>&amp;", "%20\r\n", "", "Family"]);
        let asked = match what {
            0 => client.add_contact(&who, now),
            1 => client.remove_contact(&who, now),
            2 => client.block(&who, now),
            3 => client.unblock(&who, now),
            4 => client.add_contact_group(name, now),
            5 => client.rename_contact_group("Friends", name, now),
            6 => client.remove_contact_group(name, now),
            7 => client.put_into_contact_group(&who, name, now),
            8 => client.take_out_of_contact_group(&who, name, now),
            9 => client.create_group(&[who, contact(2)], None, now),
            10 => client.create_group(&[who], Some(name), now),
            11 => client.add_member(&group, &who, now),
            12 => client.remove_member(&group, &who, now),
            13 => client.leave(&group, now),
            14 => client.set_topic(&group, name, now),
            15 => client.request_history(&group, None, now),
            16 => client.set_personal_message(name, now),
            17 => client.set_display_name(name, now),
            18 => client.set_idle(choices.below(2) == 0, now),
            _ => {
                let all = [
                    Status::ONLINE,
                    Status::AWAY,
                    Status::HIDDEN,
                    Status::OFFLINE,
                ];
                client.set_status(*choices.of(&all), now)
            }
        };
        if let Ok(id) = asked {
            self.operations.took(id);
        }
    }
}

impl Resident for Person {
    type Machine = Client;
    /// The client's own limit, and that of each session below it.
    const UNDRAINED: usize = 2 * UNDRAINED;

    fn sign_in(&mut self, client: &mut Client, now: Instant) {
        client.sign_in(now);
    }

    fn sign_out(&mut self, client: &mut Client, now: Instant) {
        client.sign_out(now);
    }

    fn act(&mut self, client: &mut Client, choices: &mut Choices<'_>, now: Instant) {
        match choices.below(4) {
            0 => self.say(client, choices, now),
            1 => {
                let place = self.somewhere(choices);
                let _ = client.send_typing(&place, choices.below(2) == 0, now);
                if let Some(receipt) = self.receipts.pop() {
                    client.acknowledge(receipt, now);
                }
            }
            _ => self.want(client, choices, now),
        }
    }

    fn hear(&mut self, event: &Event) {
        match event {
            Event::MessageDelivered { message, .. }
            | Event::MessageFailed { message, .. }
            | Event::MessageUncertain { message, .. } => self.messages.fate_of(message),
            Event::OperationSucceeded { operation, .. }
            | Event::OperationFailed { operation, .. } => self.operations.fate_of(operation),
            Event::MessageReceived(message) => {
                self.told.push(message.id.clone());
                self.receipts.extend(message.receipt);
            }
            Event::GroupChanged(group) => self.groups.push(group.id.clone()),
            _ => {}
        }
    }

    fn left(&mut self, bytes: &[u8]) {
        self.messages.left(bytes);
    }

    fn never_left(&mut self, bytes: &[u8]) {
        self.messages.never_left(bytes);
    }

    fn over(&self) {
        self.messages.all_told();
        self.operations.all_told();
    }
}
