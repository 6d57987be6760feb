//! Status reports: list, publish, show. A report keeps the numbers of its day for good.

use super::{paper, snapshot};
use crate::projects::{
    events,
    rooms::of_project,
    rules,
    tables::{
        ProjectId,
        steering::{ReportId, StatusReport},
    },
    team,
    words::Health,
};
use engine::{
    Action, Context, Created, Endpoint, Error, Listed, Listing, Needs, OrFile, Outcome, Param, Query, Record,
    Result, Route, Scope,
};
use schema::{
    caller::Caller, change::Change, code::Code, key::KeyWriter, operation, table::Table as _, text::Markdown,
    time::Date,
};
use serde_json::json;

/// The reports of one project, by the end of their period.
static REPORTS: Listing = Listing {
    spec: StatusReport::SPEC,
    sorts: &[("period_end", "by_end")],
    filters: &["health", "period_start", "period_end"],
};

/// Lists a project's status reports.
#[operation]
pub(crate) struct ListReports {
    /// The project.
    project_id: ProjectId,
    /// Filters, `sort`, `limit`, `cursor`, `with_total`.
    query: Query,
}

impl Endpoint for ListReports {
    const ROUTE: Route = Route::get("/{project_id}/reports/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    const LISTING: Option<&'static Listing> = Some(&REPORTS);
    type Output = Listed<StatusReport>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        let within = KeyWriter::new().with(&self.project_id);
        Outcome::ok(&REPORTS.page(cx, within, &self.query).await?)
    }
}

/// Publishes a status report with the project's numbers of this moment.
#[operation]
pub(crate) struct PublishReport {
    /// The project.
    project_id: ProjectId,
    /// The first day of the period.
    period_start: Date,
    /// Its last day.
    period_end: Date,
    /// How the project does.
    health: Health,
    /// What there is to say, in Markdown.
    #[serde(default)]
    summary: Markdown,
}

impl Endpoint for PublishReport {
    const ROUTE: Route = Route::post("/{project_id}/reports/").tells(&[events::REPORT_PUBLISHED]);
    const NEEDS: Needs = rules::LEAD;
    type Output = Created<StatusReport>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::Room(of_project(self.project_id))
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        if self.period_start > self.period_end {
            return Err(Error::field("/period_end", "order", "must not be before the start"));
        }
        let project = cx.here(self.project_id).await?;
        let report = StatusReport {
            id: cx.clock().new_id(),
            org_id: cx.standing.org,
            project_id: self.project_id,
            period_start: self.period_start,
            period_end: self.period_end,
            health: self.health,
            summary: self.summary.owned(),
            snapshot: snapshot::of(cx, &project).await?,
            ..StatusReport::default()
        };
        let (title, health) = (project.title, self.health);
        let mut change = Change::new();
        let slot = change.insert(report);
        let told = events::of_project(&mut change, events::REPORT_PUBLISHED, slot, self.project_id);
        let told = told.with(move |_| json!({"title": title, "health": health}));
        told.notify(team::everybody(cx, self.project_id).await?);
        change.reply_created(slot);
        Ok(Outcome::Commit(change))
    }
}

/// Shows a status report. As a PDF it is a page to hand round, in the caller's language; over a socket its bytes stand in
/// `body` as base64.
#[operation]
pub(crate) struct GetReport {
    /// The report.
    report_id: ReportId,
    /// `format`.
    query: Query,
}

impl Endpoint for GetReport {
    const ROUTE: Route = Route::get("/reports/{report_id}/");
    const NEEDS: Needs = Needs::Level(Action::Read);
    const ASKS: &'static [Param] = &[Param {
        name: "format",
        format: "text",
        help: "`json`, as long as nothing else is said, or `pdf`.",
        required: false,
    }];
    type Output = OrFile<Record<StatusReport>, paper::Pdf>;

    fn scope(&self, _: &Caller) -> Scope {
        Scope::of(self.report_id)
    }

    async fn run(&self, cx: &Context) -> Result<Outcome> {
        self.query.only(&["format"])?;
        let as_pdf = match self.query.get("format") {
            None | Some("json") => false,
            Some("pdf") => true,
            Some(_) => return Err(Error::new(Code::InvalidFilter, "format: json or pdf")),
        };
        let report = cx.here(self.report_id).await?;
        if as_pdf { paper::print(cx, report).await } else { Outcome::record(&report, report.version) }
    }
}
