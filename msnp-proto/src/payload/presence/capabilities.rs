//! What an endpoint can do: `a:b` or `a:b:c`, bit sets in decimal.

use core::fmt;
use core::str::FromStr;

/// The content of `<Capabilities>`; the second word came with MSNP16, the third with MSNP24.
///
/// ```
/// use msnp_proto::payload::presence::Capabilities;
/// let skype: Capabilities = "0:4194560".parse()?;
/// assert_eq!(skype, Capabilities::of(0, Capabilities::OFFLINE_IM | Capabilities::YAHOO_IM_DISABLED));
/// assert_eq!(skype.to_string(), "0:4194560");
/// # Ok::<(), msnp_proto::payload::presence::CapabilitiesError>(())
/// ```
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Capabilities {
    /// The first word. Its top four bits count the generations of P2P.
    pub basic: u32,
    /// The second word.
    pub extended: Option<u32>,
    /// The third word: 1 missed conversations, 32 short circuit (msnp24.md 8).
    pub further: Option<u32>,
}

/// A text is not a set of capabilities.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("capabilities are one to three decimal numbers between colons")]
pub struct CapabilitiesError;

impl Capabilities {
    /// Two words, as MSNP16 to MSNP24 write them.
    pub const fn of(basic: u32, extended: u32) -> Self {
        Self {
            basic,
            extended: Some(extended),
            further: None,
        }
    }

    /// Whether every bit of `mask` is set in the first word.
    pub const fn has(self, mask: u32) -> bool {
        self.basic & mask == mask
    }

    /// Whether every bit of `mask` is set in the second word.
    pub const fn has_extended(self, mask: u32) -> bool {
        match self.extended {
            Some(extended) => extended & mask == mask,
            None => mask == 0,
        }
    }
}

impl FromStr for Capabilities {
    type Err = CapabilitiesError;

    /// `number [ ":" number [ ":" number ] ]`
    fn from_str(text: &str) -> Result<Self, CapabilitiesError> {
        let mut words = text
            .split(':')
            .map(|word| crate::frame::parse_number(word.as_bytes()).ok_or(CapabilitiesError));
        let capabilities = Self {
            basic: words.next().ok_or(CapabilitiesError)??,
            extended: words.next().transpose()?,
            further: words.next().transpose()?,
        };
        match words.next() {
            None => Ok(capabilities),
            Some(_) => Err(CapabilitiesError),
        }
    }
}

impl fmt::Display for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.basic)?;
        // A third word cannot stand without a second.
        if self.extended.is_some() || self.further.is_some() {
            write!(f, ":{}", self.extended.unwrap_or_default())?;
        }
        if let Some(further) = self.further {
            write!(f, ":{further}")?;
        }
        Ok(())
    }
}

macro_rules! bits {
    ($($name:ident = $bit:literal, $doc:literal;)*) => {
        $(#[doc = $doc] pub const $name: u32 = $bit;)*
    };
}

/// Bits of the first word.
impl Capabilities {
    bits! {
        VIA_MOBILE = 0x0000_0001, "Via mobile.";
        VIA_TEXAS = 0x0000_0002, "Via Texas (MSN 8 user).";
        INK_AS_GIF = 0x0000_0004, "Ink as GIF.";
        INK_AS_ISF = 0x0000_0008, "Ink as ISF.";
        WEBCAM = 0x0000_0010, "Webcam.";
        MULTI_PACKET_MESSAGES = 0x0000_0020, "Multi-packet (chunked) messages.";
        MOBILE_ON = 0x0000_0040, "Mobile device on, pages accepted.";
        WEB_WATCH = 0x0000_0080, "Web watch.";
        ACTIVITIES = 0x0000_0100, "Activities.";
        VIA_WEB_MESSENGER = 0x0000_0200, "Via web messenger.";
        MOBILE_DEVICE_CONNECTION = 0x0000_0400, "Mobile device connection.";
        VIA_FEDERATED_GATEWAY = 0x0000_0800, "Via federated gateway.";
        HAS_SPACE = 0x0000_1000, "Has a Space.";
        MEDIA_CENTER = 0x0000_2000, "Media Center.";
        DIRECT_IM = 0x0000_4000, "Direct IM.";
        WINKS = 0x0000_8000, "Winks.";
        SHARED_SEARCH = 0x0001_0000, "Shared search.";
        BOT = 0x0002_0000, "Bot.";
        VOICE_CLIPS = 0x0004_0000, "Voice clips.";
        SECURE_CHANNEL = 0x0008_0000, "Secure channel.";
        SIP_INVITATIONS = 0x0010_0000, "SIP invitations.";
        MULTIPARTY_AUDIO_VIDEO = 0x0020_0000, "Multiparty audio/video.";
        SHARED_DRIVE = 0x0040_0000, "Shared drive.";
        PAGE_MODE_MESSAGES = 0x0080_0000, "Page-mode (UUM) messages.";
        ONECARE = 0x0100_0000, "The security suite is there.";
        P2P_TURN = 0x0200_0000, "P2P TURN.";
        P2P_BOOTSTRAP_THROUGH_UUN = 0x0400_0000, "P2P bootstrap through UUN.";
        ACCOUNT_ALIAS = 0x0800_0000, "Account alias.";
    }
}

/// Bits of the second word.
impl Capabilities {
    bits! {
        SMS_ONLY = 0x0000_0001, "SMS only.";
        VOICE_OVER_MSNP = 0x0000_0002, "Voice over MSNP.";
        UUCP_SIP_STACK = 0x0000_0004, "UUCP SIP stack.";
        APPLICATION_MESSAGES = 0x0000_0008, "Application messages.";
        RTC_VIDEO = 0x0000_0010, "RTC video.";
        P2P_VERSION_2 = 0x0000_0020, "P2P version 2.";
        AUTHENTICATED_WEB_IM = 0x0000_0040, "Authenticated web IM.";
        ONE_TO_ONE_THROUGH_GROUP = 0x0000_0080, "One-to-one through a group.";
        OFFLINE_IM = 0x0000_0100, "Offline IM.";
        SHARING_VIDEO = 0x0000_0200, "Sharing video.";
        NUDGES = 0x0000_0400, "Nudges.";
        VOICE_CLIPS_IN_CIRCLES = 0x0000_0800, "Voice clips in circles.";
        SHARING = 0x0000_1000, "Sharing.";
        MOBILE_SUSPENDS_FAN_OUT = 0x0000_2000, "Mobile suspends fan-out.";
        P2P_MIXER_RELAY = 0x0000_8000, "P2P mixer relay.";
        FILE_TRANSFER_IN_WINDOW = 0x0002_0000, "File transfer in the conversation window.";
        VIDEO_16X9 = 0x0004_0000, "16x9 video.";
        P2P_ENVELOPE = 0x0008_0000, "P2P envelope.";
        YAHOO_IM_DISABLED = 0x0040_0000, "Yahoo IM disabled.";
        SIP_TUNNEL_2 = 0x0080_0000, "SIP tunnel 2.";
        VOICE_CLIP_WMA = 0x0100_0000, "Voice clip WMA.";
        VOICE_CLIP_IN_CIRCLE_IM = 0x0200_0000, "Voice clip in circle IM.";
        SOCIAL_NEWS = 0x0400_0000, "Social news.";
        CUSTOM_SMILEYS = 0x0800_0000, "Custom smileys.";
        UTF_8_MOODS = 0x1000_0000, "UTF-8 moods.";
        FTURN = 0x2000_0000, "FTURN.";
        P4_ACTIVITIES = 0x4000_0000, "P4 activities.";
        MULTI_USER_CHAT = 0x8000_0000, "Multi-user chat.";
    }
}
