//! A status report as a page to hand round: what it says, in whose language, under which name, and what it is not.

use super::{
    ask::{ask, expect, get, post, refusal, send},
    cast::cast,
};
use crate::harness::{pdf, within};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use gateway::client::{Answer, Client};
use serde_json::json;
use uuid::Uuid;

/// Publishes a report; answers its path.
async fn publish(client: &Client, project: Uuid, health: &str, summary: &str) -> String {
    let report = json!({"period_start": "2026-11-09", "period_end": "2026-11-22", "health": health, "summary": summary});
    let made = expect(post(client, &format!("/api/v1/projects/{project}/reports/"), &report).await, 201);
    format!("/api/v1/projects/reports/{}/", made["id"].as_str().unwrap())
}

/// The file that an answer must be.
#[track_caller]
fn file(answer: &Answer) -> &[u8] {
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/pdf"));
    assert!(answer.bytes.starts_with(b"%PDF-1."), "no PDF");
    &answer.bytes
}

#[track_caller]
fn says(page: &str, lines: &[&str]) {
    for line in lines {
        assert!(page.lines().any(|said| said.trim() == *line), "{line:?} is not in {page}");
    }
}

#[tokio::test]
async fn a_report_is_printed_with_the_numbers_of_its_day_in_the_language_of_who_asks() {
    let cast = cast().await;
    let project = cast.awa.project("Insertion ɓiɗɗo", &[&cast.moussa]).await;
    let (awa, moussa) = (cast.awa.client(), cast.moussa.client());
    let tasks = format!("/api/v1/projects/{project}/tasks/");
    for (title, status) in [("Un", "done"), ("Deux", "todo")] {
        let task = json!({"title": title, "status": status, "due_at": "2020-01-01T00:00:00Z"});
        expect(post(&awa, &tasks, &task).await, 201);
    }
    publish(&awa, project, "green", "").await;
    let path = publish(&awa, project, "amber", "La convention n’est **pas** signée.").await;
    let shown = get(&moussa, &path).await;
    let key = expect(get(&awa, &format!("/api/v1/projects/{project}/")).await, 200)["key"].clone();
    let key = key.as_str().unwrap();

    let printed = get(&moussa, &format!("{path}?format=pdf")).await;
    expect(post(&awa, &tasks, &json!({"title": "Trois"})).await, 201);
    let again = get(&awa, &format!("{path}?format=pdf&lang=fr")).await;
    let english = get(&awa, &format!("{path}?format=pdf&lang=en")).await;

    let page = pdf::text(file(&printed));
    says(&page, &["Rapport d’avancement n°\u{a0}2", "À surveiller", "50\u{a0}%", "1 tâche sur 2"]);
    says(&page, &["La convention n’est", "pas", "En bonne voie au rapport n°\u{a0}1", "Risques ouverts"]);
    says(&page, &[&format!("Du 9 au 22 novembre 2026 · projet {key}"), "Page 1 sur 1"]);
    assert!(page.replace('\n', "").contains("Insertion ɓiɗɗo"), "letters of two fonts are one word: {page}");
    assert!(page.contains("Chiffres figés à cette heure."), "{page}");
    assert_eq!(file(&printed), file(&again), "the same report has the same bytes, whatever happened since");
    let page = pdf::text(file(&english));
    says(
        &page,
        &["Status report no.\u{a0}2", "At risk", "50%", "1 of 2 tasks", "On track in report no.\u{a0}1"],
    );
    says(&page, &["overdue task", "Open risks", "Page 1 of 1"]);
    assert_eq!(
        (printed.header("etag"), english.header("etag")),
        (shown.header("etag"), shown.header("etag"))
    );
    let name = |answer: &Answer| answer.header("content-disposition").unwrap().to_owned();
    let named = |word| {
        format!(
            "inline; filename=\"{key}-{word}-2026-11-22.pdf\"; filename*=UTF-8''{key}-{word}-2026-11-22.pdf"
        )
    };
    assert_eq!((name(&printed), name(&english)), (named("rapport"), named("report")));
    assert_eq!(shown.header("content-disposition"), None);
}

#[tokio::test]
async fn a_printed_report_is_for_whoever_may_read_it_and_in_no_other_format() {
    let cast = cast().await;
    let project = cast.awa.project("Papier", &[]).await;
    let awa = cast.awa.client();
    let path = publish(&awa, project, "red", "").await;
    let as_pdf = format!("{path}?format=pdf");

    let etag = get(&awa, &as_pdf).await.header("etag").unwrap().to_owned();
    let known = send(&awa, ask("GET", &as_pdf).header("if-none-match", &etag)).await;

    assert_eq!((known.status.as_u16(), known.bytes.len()), (304, 0));
    assert_eq!(refusal(&get(&awa, &format!("{path}?format=docx")).await), "400 invalid-filter");
    assert_eq!(refusal(&get(&awa, &format!("{path}?paper=a5")).await), "400 invalid-filter /query/paper");
    assert_eq!(refusal(&get(&cast.kofi.client(), &as_pdf).await), "404 not-found");
    let same = expect(get(&awa, &format!("{path}?format=json")).await, 200);
    assert_eq!(same, expect(get(&awa, &path).await, 200));
}

#[tokio::test]
async fn a_printed_report_goes_through_a_socket_as_base64() {
    let cast = cast().await;
    let project = cast.awa.project("Prise", &[]).await;
    let path = publish(&cast.awa.client(), project, "green", "").await;
    let report: Uuid = path.rsplit('/').nth(1).unwrap().parse().unwrap();
    let mut socket = cast.awa.socket().await;

    let input = json!({"report_id": report, "query": {"format": "pdf"}});
    let reply = within(socket.call("GetReport", input, None)).await.unwrap();

    assert_eq!(reply.media.as_deref(), Some("application/pdf"));
    assert!(reply.file.unwrap().ends_with("-rapport-2026-11-22.pdf"));
    let bytes = BASE64_STANDARD.decode(reply.body.as_str().unwrap()).unwrap();
    assert_eq!(pdf::pages(&bytes), 1);
}

#[tokio::test]
async fn a_summary_of_any_kind_is_printed_in_bounded_pages() {
    let cast = cast().await;
    let project = cast.awa.project(&"Très long titre ".repeat(12), &[]).await;
    let awa = cast.awa.client();
    let hostile = [
        "x\n\n".repeat(3_300),
        "é".repeat(9_999),
        "السلام عليكم 😀 ".repeat(600),
        "> - **".repeat(1_600),
        format!("{}\n{}\n{}", "|a".repeat(8), "|-".repeat(8), "|".repeat(9_900)),
    ];

    for summary in hostile {
        let path = publish(&awa, project, "green", &summary).await;
        let printed = get(&awa, &format!("{path}?format=pdf")).await;
        assert!(pdf::pages(file(&printed)) < 200, "{} characters", summary.chars().count());
    }
}
