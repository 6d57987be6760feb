//! What is written down of a meeting: show, save a draft, publish. What was published stays as it was.

use crate::meetings::{
    attending::attendees,
    events,
    rooms::of_meeting,
    rules,
    tables::{Meeting, MeetingId, Minutes, MinutesVersion},
    words::MinutesState,
};
use engine::{Context, Endpoint, Error, Needs, Outcome, Param, Query, Record, Result, Route, Scope};
use schema::{
    answer,
    caller::Caller,
    change::Change,
    code::Code,
    id::UserId,
    key::KeyWriter,
    operation,
    text::{Line, Markdown},
    time::Timestamp,
};

/// How often the minutes of one meeting are published.
const VERSIONS_MAX: u32 = 50;

/// Minutes as somebody may see them.
#[answer]
pub(crate) struct MinutesShown {
    /// The meeting.
    meeting_id: MeetingId,
    /// Whether everybody who attends reads this.
    state: MinutesState,
    /// Which of the published texts this is; of a draft, which it will be.
    number: u32,
    /// Markdown.
    body: String,
    /// What was decided.
    decisions: Vec<String>,
    /// When this was published.
    published_at: Option<Timestamp>,
    /// Counts changes, from 1.
    version: u64,
    /// Everything that was published, the first first.
    versions: Vec<Published>,
}

/// A text that was published.
#[answer]
pub(crate) struct Published {
    /// Counts them, from 1.
    number: u32,
    /// When.
    published_at: Timestamp,
    /// By whom.
    published_by: Option<UserId>,
}

impl MinutesShown {
    fn draft(minutes: Minutes, versions: Vec<Published>) -> Self {
        let is_draft = minutes.state == MinutesState::Draft;
        Self {
            meeting_id: minutes.meeting_id,
            state: minutes.state,
            number: minutes.published_count + u32::from(is_draft),
            body: minutes.body,
            decisions: minutes.decisions,
            published_at: minutes.published_at.filter(|_| !is_draft),
            version: minutes.version,
            versions,
        }
    }

    fn published(text: MinutesVersion, versions: Vec<Published>) -> Self {
        Self {
            meeting_id: text.meeting_id,
            state: MinutesState::Published,
            number: text.number,
            body: text.body,
            decisions: text.decisions,
            published_at: Some(text.created_at),
            version: text.version,
            versions,
        }
    }
}

/// Shows the minutes of a meeting: to those who write them as they stand, to others as they were published last. With
/// `number`, as they were published then.
#[operation]
pub(crate) struct GetMinutes {
    /// The meeting.
    meeting_id: MeetingId,
    /// `number`.
    query: Query,
}

impl Endpoint for GetMinutes {
    const ROUTE: Route = Route::get("/{meeting_id}/minutes/");
    const NEEDS: Needs = Needs::Member(rules::ATTENDEES);
    const ASKS: &'static [Param] = &[Param {
        name: "number",
        format: "integer",
        help: "Which of the published texts, from 1.",
        required: false,
    }];
    type Output = Record<MinutesShown>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        self.query.only(&["number"])?;
        let asked = self.query.parsed::<u32>("number")?;
        let mut texts: Vec<MinutesVersion> = cx.rows(cx.room()?, limit()).await?;
        let versions = texts.iter().map(|text| Published {
            number: text.number,
            published_at: text.created_at,
            published_by: text.created_by,
        });
        let versions = versions.collect();
        let shown = match (asked, minutes_of(cx, self.meeting_id).await?) {
            (None, Some(minutes)) if rules::moderates(cx) => MinutesShown::draft(minutes, versions),
            _ => {
                texts.retain(|text| asked.is_none_or(|number| number == text.number));
                let text = texts.pop().ok_or_else(|| Error::not_found("minutes"))?;
                MinutesShown::published(text, versions)
            }
        };
        Outcome::record(&shown, shown.version)
    }
}

fn limit() -> usize {
    usize::try_from(VERSIONS_MAX).unwrap_or(usize::MAX)
}

async fn minutes_of(cx: &Context, meeting: MeetingId) -> Result<Option<Minutes>> {
    cx.get(cx.room()?, KeyWriter::new().with(&meeting)).await
}

/// Saves what is written down of a meeting, as a draft.
#[operation]
pub(crate) struct SaveMinutes {
    /// The meeting.
    meeting_id: MeetingId,
    /// Markdown.
    #[serde(default)]
    body: Markdown,
    /// What was decided, up to 50 lines.
    #[serde(default)]
    #[garde(length(max = 50), dive)]
    decisions: Vec<Line<500>>,
}

impl Endpoint for SaveMinutes {
    const ROUTE: Route =
        Route::put("/{meeting_id}/minutes/").tells_nobody("a draft is for those who write it");
    const NEEDS: Needs = Needs::Member(rules::MODERATORS);
    type Output = Record<Minutes>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let meeting: Meeting = cx.here(self.meeting_id).await?;
        let (body, decisions) = (self.body.owned(), self.decisions.iter().map(Line::owned).collect());
        let mut change = Change::new();
        let slot = match minutes_of(cx, meeting.id).await? {
            Some(old) if old.body == body && old.decisions == decisions => {
                return Outcome::record(&old, old.version);
            }
            Some(old) => {
                change.update(&old, Minutes { body, decisions, state: MinutesState::Draft, ..old.clone() })
            }
            None => change.insert(Minutes {
                id: cx.clock().new_id(),
                org_id: meeting.org_id,
                meeting_id: meeting.id,
                body,
                decisions,
                ..Minutes::default()
            }),
        };
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}

/// Publishes the minutes of a meeting: everybody who attends is told and reads them as they stand now.
#[operation]
pub(crate) struct PublishMinutes {
    /// The meeting.
    meeting_id: MeetingId,
}

impl Endpoint for PublishMinutes {
    const ROUTE: Route = Route::post("/{meeting_id}/minutes/publish/")
        .tells(&[events::MINUTES_PUBLISHED])
        .refuses(&[Code::CapacityReached]);
    const NEEDS: Needs = Needs::Member(rules::ORGANIZER);
    type Output = Record<Minutes>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_meeting(self.meeting_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let meeting: Meeting = cx.here(self.meeting_id).await?;
        let old = minutes_of(cx, meeting.id).await?.ok_or_else(|| Error::not_found("minutes"))?;
        if old.state == MinutesState::Published {
            return Outcome::record(&old, old.version);
        }
        if old.published_count >= VERSIONS_MAX {
            return Err(Error::new(Code::CapacityReached, "minutes are published fifty times at most"));
        }
        let number = old.published_count + 1;
        let mut change = Change::new();
        let slot = change.update(
            &old,
            Minutes {
                state: MinutesState::Published,
                published_count: number,
                published_at: Some(cx.now()),
                ..old.clone()
            },
        );
        change.insert(MinutesVersion {
            id: cx.clock().new_id(),
            org_id: old.org_id,
            meeting_id: old.meeting_id,
            number,
            body: old.body.clone(),
            decisions: old.decisions.clone(),
            ..MinutesVersion::default()
        });
        let everybody = attendees::everybody(cx, meeting.id).await?;
        events::minutes_published(&mut change, slot, &meeting).notify(everybody);
        change.reply_row(slot);
        Ok(Outcome::Commit(change))
    }
}
