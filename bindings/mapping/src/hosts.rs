//! How far a service may send its clients, from JSON.

use msnp_client::{Domains, HostPolicy};

use crate::fields::Fields;
use crate::wrong::Wrong;

/// `"stay"`, `"same_site"`, `"anywhere"`, or a list of domains.
pub(crate) fn host_policy(fields: &Fields<'_>, name: &str) -> Result<Option<HostPolicy>, Wrong> {
    if fields.is_text(name) {
        return fields.maybe(name, read);
    }
    let Some(domains) = fields.maybe_list(name, |name| Domains::new([name]).map(|_| name))? else {
        return Ok(None);
    };
    let domains = fields.fits(name, Domains::new(domains))?;
    Ok(Some(HostPolicy::Within(domains)))
}

fn read(text: &str) -> Result<HostPolicy, &'static str> {
    match text {
        "stay" => Ok(HostPolicy::Stay),
        "same_site" => Ok(HostPolicy::SameSite),
        "anywhere" => Ok(HostPolicy::Anywhere),
        _ => Err("is neither `stay` nor `same_site` nor `anywhere` nor a list of domains"),
    }
}
