//! One IM account at work: a task that carries out the desk's orders and reports what happens.

use std::sync::Arc;
use std::time::Duration;

use msnp_client::{Client, Config, ContactId, ConversationId, Event, Status};
use tokio::sync::mpsc;
use transport_reqwest::{Driver, Ended, Http, spawn};

use super::Office;
use crate::imsoap::{AccountKey, Report};

/// The client gives its own good-bye 5 s; this is for a driver that does not even do that.
const FAREWELL: Duration = Duration::from_secs(8);

/// What a signed-in account is to do.
pub(super) enum Order {
    SetStatus(Status),
    Send { to: ContactId, text: String },
}

/// Signs in, and stays so until the network ends it or nobody can give orders any more.
pub(super) async fn run(
    office: Arc<Office>,
    account: AccountKey,
    mut config: Config,
    display_name: Option<String>,
    mut orders: mpsc::UnboundedReceiver<Order>,
) {
    if let Some(name) = display_name {
        config = config.display_name(&name);
        office.report(account, Report::DisplayName(name));
    }
    let mut driver = spawn(Client::new(config), Http::new(office.http.clone()));
    if driver.call(Client::sign_in).is_err() {
        office.report(account, Report::Ended);
    }
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(order) => {
                    // If the driver has ended, its next event will say so.
                    if let Ok(Some(report)) = carry_out(&driver, order) {
                        office.report(account, report);
                    }
                }
                None => break sign_out(driver).await,
            },
            event = driver.next_event() => match event {
                Some(event) => {
                    let over = matches!(event, Event::SignedOut(_));
                    office.report(account, Report::Event(event));
                    if over {
                        break;
                    }
                }
                None => break office.report(account, Report::Ended),
            },
        }
    }
    office.ended(account);
}

fn carry_out(driver: &Driver<Client>, order: Order) -> Result<Option<Report>, Ended> {
    Ok(match order {
        Order::SetStatus(status) => {
            let taken = driver.call(move |client, now| client.set_status(status, now))?;
            Some(match taken {
                Ok(operation) => Report::StatusTaken(operation, status),
                Err(refused) => Report::StatusRefused(status, refused),
            })
        }
        Order::Send { to, text } => {
            let conversation = ConversationId::from(&to);
            let taken =
                driver.call(move |client, now| client.send_text(&conversation, &text, now))?;
            taken
                .err()
                .map(|refused| Report::MessageRefused(to, refused))
        }
    })
}

async fn sign_out(mut driver: Driver<Client>) {
    if driver.call(Client::sign_out).is_err() {
        return;
    }
    let over = async {
        while let Some(event) = driver.next_event().await {
            if matches!(event, Event::SignedOut(_)) {
                break;
            }
        }
    };
    // If it takes longer, the driver is dropped, and the gateway notices the silence.
    let _ = tokio::time::timeout(FAREWELL, over).await;
}
