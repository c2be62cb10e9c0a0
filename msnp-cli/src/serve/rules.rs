//! Rules of the service that an operator may want otherwise.

use std::time::Duration;

use clap::value_parser;
use msnp_service::ServiceConfig;
use soap_codec::bsim::ResultEncoding;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long things are kept and waited for, and how the IM web service answers.
#[derive(Debug, clap::Args)]
pub(super) struct Rules {
    /// Days for which messages are kept
    #[arg(long, default_value_t = 90, value_name = "DAYS", value_parser = value_parser!(u32).range(1..))]
    retention: u32,
    /// Seconds without a call after which a session of the IM web service is over
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = value_parser!(u32).range(1..))]
    soap_silence: u32,
    /// How the result of a keep-alive lies in its answer
    #[arg(long, default_value = "escaped", value_name = "FORM")]
    soap_result: Packing,
}

/// How the result document lies in the answer.
#[derive(Copy, Clone, Debug, clap::ValueEnum)]
enum Packing {
    /// As text, as the original's did
    Escaped,
    /// As text in a CDATA section
    Cdata,
    /// As elements of the service's namespace
    Inline,
    /// As elements of no namespace
    InlineUnqualified,
}

impl Rules {
    pub(super) fn apply(&self, config: &mut ServiceConfig) {
        config.network.retention = DAY.saturating_mul(self.retention);
        config.imsoap.silence = Duration::from_secs(self.soap_silence.into());
        config.imsoap.result_encoding = match self.soap_result {
            Packing::Escaped => ResultEncoding::Escaped,
            Packing::Cdata => ResultEncoding::CData,
            Packing::Inline => ResultEncoding::Inline,
            Packing::InlineUnqualified => ResultEncoding::InlineUnqualified,
        };
    }
}
