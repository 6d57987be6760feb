//! What somebody is to others: one's own profile, and what an organization keeps of its people.

use super::{
    card::Profile,
    departments::{self, tables::DepartmentId},
    details::{Education, EmploymentWish, Gender, LinksWish},
    events, reports, rules,
    tables::{Language, User},
};
use engine::{Action, Context, Endpoint, Error, Needs, Outcome, Record, Result, Route, Scope};
use schema::{
    caller::Caller,
    change::{Change, Slot},
    code::Code,
    id::UserId,
    operation,
    patch::{Edit, Patch},
    reply::Reply,
    text::{Line, Note, Zone},
    time::Date,
};
use serde_json::Value;

/// The most an hour may cost: the limit of all amounts.
const RATE_MAX: u64 = 100_000_000_000;

/// Shows the caller's own profile, whole.
#[operation]
pub(super) struct ShowProfile {}

impl Endpoint for ShowProfile {
    const ROUTE: Route = Route::get("/profile/");
    const NEEDS: Needs = Needs::Own;
    type Output = Record<Profile>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(super::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let me = super::find(cx, cx.caller.org, cx.caller.user).await?;
        Outcome::record(&me.full(), me.version)
    }
}

/// Edits the caller's own profile. Role, status and whom one reports to are others' to say.
#[operation]
pub(super) struct EditProfile {
    /// Given name.
    first_name: Edit<Line<80>>,
    /// Family name.
    last_name: Edit<Line<80>>,
    /// A telephone number.
    #[garde(length(chars, max = 32))]
    phone: Patch<String>,
    /// What the person does.
    job_title: Patch<Line<100>>,
    /// Where the person works.
    company: Patch<Line<100>>,
    /// Where the person lives or works.
    location: Patch<Line<100>>,
    /// What they read.
    language: Edit<Language>,
    /// An IANA zone.
    timezone: Edit<Zone>,
    /// The person in their own words.
    bio: Patch<Note<500>>,
    /// Their places in the web; each is kept, cleared or set.
    links: Edit<LinksWish>,
    /// When they were born; not later than today.
    birth_date: Patch<Date>,
    /// As they say.
    gender: Patch<Gender>,
    /// How far they went to school.
    education_level: Patch<Education>,
    /// Years of work.
    #[garde(range(max = 60))]
    experience_years: Patch<u32>,
    /// Whether others never see when they are there.
    hides_presence: Edit<bool>,
}

impl Endpoint for EditProfile {
    const ROUTE: Route = Route::patch("/profile/").tells(&[events::PROFILE_UPDATED]);
    const NEEDS: Needs = Needs::Own;
    type Output = Record<Profile>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(super::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = super::find(cx, cx.caller.org, cx.caller.user).await?;
        let mut new = Details {
            first_name: &self.first_name,
            last_name: &self.last_name,
            phone: &self.phone,
            job_title: &self.job_title,
            company: &self.company,
            location: &self.location,
            language: &self.language,
            timezone: &self.timezone,
        }
        .apply(&old)?;
        self.bio.owned().apply(&mut new.bio);
        if let Some(links) = self.links.value() {
            links.apply(&mut new.links);
        }
        if self.birth_date.value().is_some_and(|day| *day > super::today(cx)) {
            return Err(Error::field("/birth_date", "invalid", "nobody is born later than today"));
        }
        self.birth_date.apply(&mut new.birth_date);
        self.gender.apply(&mut new.gender);
        self.education_level.apply(&mut new.education_level);
        self.experience_years.apply(&mut new.experience_years);
        self.hides_presence.apply(&mut new.hides_presence);
        edited(Change::new(), &old, new)
    }
}

/// Edits what the organization keeps of somebody.
#[operation]
pub(super) struct EditUser {
    /// Who.
    user_id: UserId,
    /// Given name.
    first_name: Edit<Line<80>>,
    /// Family name.
    last_name: Edit<Line<80>>,
    /// A telephone number.
    #[garde(length(chars, max = 32))]
    phone: Patch<String>,
    /// What the person does.
    job_title: Patch<Line<100>>,
    /// Where the person works.
    company: Patch<Line<100>>,
    /// Where the person lives or works.
    location: Patch<Line<100>>,
    /// What they read.
    language: Edit<Language>,
    /// An IANA zone.
    timezone: Edit<Zone>,
    /// Whom they report to: somebody active of the same organization who doesn't report to them.
    manager_id: Patch<UserId>,
    /// The department they belong to.
    department_id: Patch<DepartmentId>,
    /// Their contract, replaced whole.
    employment: Patch<EmploymentWish>,
    /// What an hour costs, in minor units of the organization's currency.
    #[garde(range(max = RATE_MAX))]
    hourly_rate_amount: Patch<u64>,
}

impl Endpoint for EditUser {
    const ROUTE: Route = Route::patch("/{user_id}/")
        .tells(&[events::PROFILE_UPDATED, events::MEMBER_ADDED, events::MEMBER_REMOVED])
        .refuses(&[Code::RuleViolation]);
    const NEEDS: Needs = Needs::OrgLevel(Action::Manage);
    type Output = Record<Profile>;

    fn scope(&self, caller: &Caller) -> Scope {
        Scope::Room(super::home(caller.org))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let old = super::find(cx, cx.caller.org, self.user_id).await?;
        rules::still_somebody(&old)?;
        let mut new = Details {
            first_name: &self.first_name,
            last_name: &self.last_name,
            phone: &self.phone,
            job_title: &self.job_title,
            company: &self.company,
            location: &self.location,
            language: &self.language,
            timezone: &self.timezone,
        }
        .apply(&old)?;
        let mut change = Change::new();
        if let Some(manager) = self.manager_id.value().filter(|manager| old.manager_id != Some(**manager)) {
            reports::may_report_to(cx, &mut change, old.id, *manager).await?;
        }
        self.manager_id.apply(&mut new.manager_id);
        if let Some(wish) = self.employment.value() {
            let unordered =
                || Error::field("/employment/end_date", "invalid", "a contract ends after it begins");
            new.employment = Some(wish.contract().ok_or_else(unordered)?);
        } else if !self.employment.is_keep() {
            new.employment = None;
        }
        self.hourly_rate_amount.apply(&mut new.hourly_rate_amount);
        self.department_id.apply(&mut new.department_id);
        if new.department_id == old.department_id {
            return edited(change, &old, new);
        }
        let slots = departments::moved(cx, &mut change, &[(&old, new)]).await?;
        slots.into_iter().for_each(|slot| tell_and_reply(&mut change, slot));
        Ok(Outcome::Commit(change))
    }
}

/// What both edits may say.
struct Details<'a> {
    first_name: &'a Edit<Line<80>>,
    last_name: &'a Edit<Line<80>>,
    phone: &'a Patch<String>,
    job_title: &'a Patch<Line<100>>,
    company: &'a Patch<Line<100>>,
    location: &'a Patch<Line<100>>,
    language: &'a Edit<Language>,
    timezone: &'a Edit<Zone>,
}

impl Details<'_> {
    fn apply(&self, old: &User) -> Result<User> {
        let (mut first, mut last) = (old.first_name.clone(), old.last_name.clone());
        self.first_name.keep(&mut first);
        self.last_name.keep(&mut last);
        let mut new = old.clone().named(&first, &last);
        match self.phone {
            Patch::Keep => {}
            Patch::Clear => new.phone = None,
            Patch::Set(phone) => new.phone = Some(rules::phone(phone)?),
        }
        self.job_title.owned().apply(&mut new.job_title);
        self.company.owned().apply(&mut new.company);
        self.location.owned().apply(&mut new.location);
        self.language.apply(&mut new.language);
        self.timezone.keep(&mut new.timezone);
        Ok(new)
    }
}

/// Commits an edit, tells the card as it is now, and answers the whole profile.
fn edited(mut change: Change, old: &User, new: User) -> Result<Outcome> {
    if new == *old {
        return Outcome::record(&old.full(), old.version);
    }
    let slot = change.update(old, new);
    tell_and_reply(&mut change, slot);
    Ok(Outcome::Commit(change))
}

fn tell_and_reply(change: &mut Change, slot: Slot<User>) {
    let _ = change
        .tell(events::PROFILE_UPDATED, slot)
        .saying(move |filled| filled.get(slot).map_or(Value::Null, User::card));
    reply_full(change, slot);
}

/// Answers with the whole profile.
pub(super) fn reply_full(change: &mut Change, slot: Slot<User>) {
    change.reply(move |filled| {
        let user = filled.get(slot);
        Reply::ok(user.map_or(Value::Null, User::full)).tagged(user.map_or(0, |user| user.version))
    });
}
