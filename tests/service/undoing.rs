//! `u`, Ctrl-R and `r` do to the newest act what they say, and nothing to another one.

use super::desk::{Desk, answer, create, delete, event, rename};
use kalends::domain::answer::Reply as Answer;
use kalends::domain::intent::{Act, Stage};
use kalends::domain::remote::FailureKind;
use kalends::service::protocol::{Reply, Request, Settle, UndoOutcome};

fn undo(desk: &Desk) -> UndoOutcome {
    match desk.ask(Request::Undo) {
        Reply::Undone(outcome) => outcome,
        other => panic!("{other:?}"),
    }
}

#[test]
fn offline_the_newest_is_taken_back_and_not_an_older_one() {
    let invited = event("invited", 2, false);
    let desk = Desk::with(std::slice::from_ref(&invited));
    desk.queue(answer(&invited, Answer::Tentative));
    desk.until("the answer", |desk| desk.intents().is_empty());
    desk.offline(true);
    desk.queue(create("dentist", 4));
    desk.rest();
    let UndoOutcome::Withdrawn(intent) = undo(&desk) else {
        panic!("the new event was not taken back")
    };
    assert_eq!(intent.act.subject().raw(), "dentist");
    desk.offline(false);
    desk.rest();
    assert_eq!(desk.log(), ["tentatively accepted invited"]);
}

#[test]
fn what_is_being_sent_is_not_taken_back_nor_is_anything_older() {
    let desk = Desk::with(&[event("mine", 2, true)]);
    desk.offline(true);
    desk.queue(rename(&event("mine", 2, true), "older"));
    desk.offline(false);
    desk.shut(true);
    desk.queue(create("newer", 4));
    // One request at a time finds out whether the line is back.
    desk.until("the sending", |desk| {
        let newest = desk.intents().pop();
        newest.is_some_and(|newest| newest.stage == Stage::Sending)
    });
    let outcome = undo(&desk);
    assert!(matches!(outcome, UndoOutcome::Final { .. }), "{outcome:?}");
    desk.shut(false);
    desk.until("both", |desk| desk.log().len() == 2);
    // Until its answer is here it is being sent.
    desk.until("the answers", |desk| desk.intents().is_empty());
    assert!(matches!(undo(&desk), UndoOutcome::Compensating { .. }));
    desk.until("the deletion", |desk| desk.log().len() == 3);
    assert!(
        desk.log()[2].starts_with("delete made-"),
        "{:?}",
        desk.log()
    );
}

#[test]
fn a_deletion_taken_back_brings_back_what_it_replaced() {
    let mine = event("mine", 2, true);
    let desk = Desk::with(std::slice::from_ref(&mine));
    desk.offline(true);
    desk.queue(rename(&mine, "better"));
    desk.queue(delete(&mine));
    assert_eq!(desk.intents().len(), 1, "the change has become pointless");
    assert!(matches!(undo(&desk), UndoOutcome::Withdrawn(_)));
    assert_eq!(desk.intents().len(), 1, "and is wanted again");
    assert!(matches!(desk.ask(Request::Redo), Reply::Queued(_)));
    assert_eq!(desk.intents().len(), 1);
    undo(&desk);
    desk.offline(false);
    desk.until("the change", |desk| desk.intents().is_empty());
    assert_eq!(desk.log(), ["change mine"]);
    let subject = desk.on_server("mine").unwrap().details.unwrap().subject;
    assert_eq!(subject.raw(), "better");
}

/// Accepted, tentative instead, taken back, done again, taken back: an answer goes out once, and
/// what has gone out does not come back to be sent again.
#[test]
fn an_answer_that_was_replaced_and_came_back_leaves_once() {
    let invited = event("invited", 2, false);
    let desk = Desk::with(std::slice::from_ref(&invited));
    let tentative = || Request::Queue {
        act: answer(&invited, Answer::Tentative),
        delay_ms: 3_600_000,
    };
    desk.ask(Request::Queue {
        act: answer(&invited, Answer::Accept),
        delay_ms: 60_000,
    });
    desk.ask(tentative());
    assert_eq!(desk.intents().len(), 1);
    undo(&desk);
    desk.pass(jiff::SignedDuration::from_secs(90));
    desk.until("the acceptance", |desk| desk.intents().is_empty());
    desk.ask(Request::Redo);
    assert_eq!(desk.intents().len(), 1);
    undo(&desk);
    desk.rest();
    assert_eq!(desk.log(), ["accepted invited"]);
    assert!(desk.intents().is_empty(), "{:?}", desk.intents());
}

#[test]
fn two_answers_that_were_both_taken_back_do_not_both_leave() {
    let invited = event("invited", 2, false);
    let desk = Desk::with(std::slice::from_ref(&invited));
    desk.offline(true);
    desk.queue(answer(&invited, Answer::Accept));
    desk.queue(answer(&invited, Answer::Tentative));
    undo(&desk);
    undo(&desk);
    desk.ask(Request::Redo);
    desk.ask(Request::Redo);
    assert_eq!(desk.intents().len(), 1, "{:?}", desk.intents());
    desk.offline(false);
    desk.until("the answer", |desk| desk.intents().is_empty());
    assert_eq!(desk.log(), ["tentatively accepted invited"]);
}

/// Somebody else made the same change first: it is there, so undoing it is a change as well.
#[test]
fn what_was_done_already_is_undone_and_not_forgotten() {
    let mine = event("mine", 2, true);
    let desk = Desk::with(std::slice::from_ref(&mine));
    desk.renamed_there("mine", "better");
    desk.queue(rename(&mine, "better"));
    desk.until("the look at it", |desk| desk.intents().is_empty());
    assert_eq!(desk.log(), [""; 0]);
    let outcome = undo(&desk);
    assert!(
        matches!(outcome, UndoOutcome::Compensating { .. }),
        "{outcome:?}"
    );
    desk.until("the way back", |desk| desk.log().len() == 1);
    let subject = desk.on_server("mine").unwrap().details.unwrap().subject;
    assert_eq!(subject.raw(), "mine");
}

/// Changing one's mind for ever does not make an outbox that cannot be read.
#[test]
fn two_hundred_answers_to_one_meeting_are_one() {
    let invited = event("invited", 2, false);
    let desk = Desk::with(std::slice::from_ref(&invited));
    desk.offline(true);
    for _ in 0..100 {
        desk.queue(answer(&invited, Answer::Accept));
        desk.queue(answer(&invited, Answer::Tentative));
    }
    assert_eq!(desk.intents().len(), 1);
    let kept = desk.leave();
    assert_eq!(kept.len(), 1);
    assert!(serde_json::to_string(&kept).unwrap().len() < 20_000);
}

/// However often it is asked to be tried again while it is tried.
#[test]
fn an_answer_is_tried_again_once() {
    let invited = event("invited", 2, false);
    let desk = Desk::with(std::slice::from_ref(&invited));
    desk.fail(&[FailureKind::Refused]);
    desk.queue(answer(&invited, Answer::Accept));
    desk.until("the refusal", |desk| desk.needs_you().is_some());
    let intent = desk.needs_you().unwrap().id;
    desk.shut(true);
    for _ in 0..3 {
        let choice = Settle::Retry;
        assert_eq!(desk.ask(Request::Settle { intent, choice }), Reply::Done);
        desk.rest();
    }
    desk.shut(false);
    desk.rest();
    assert_eq!(desk.log(), ["accepted invited"]);
}

/// What was refused was not sent: that the meeting is accepted is the doing of an earlier answer.
#[test]
fn a_refused_answer_is_sent_though_an_earlier_one_shows() {
    let invited = event("invited", 2, false);
    let desk = Desk::with(std::slice::from_ref(&invited));
    desk.queue(answer(&invited, Answer::Accept));
    desk.until("the first answer", |desk| desk.log().len() == 1);
    desk.until("its end", |desk| desk.intents().is_empty());
    desk.fail(&[FailureKind::Refused]);
    let mut again = answer(&invited, Answer::Accept);
    if let Act::Respond(respond) = &mut again {
        respond.comment = Some("with cake".into());
    }
    desk.queue(again);
    desk.until("the refusal", |desk| desk.needs_you().is_some());
    let stuck = desk.needs_you().unwrap();
    assert_eq!((stuck.tries, stuck.doubt), (0, None));
    let (intent, choice) = (stuck.id, Settle::Retry);
    assert_eq!(desk.ask(Request::Settle { intent, choice }), Reply::Done);
    desk.until("the second answer", |desk| desk.intents().is_empty());
    assert_eq!(desk.log().len(), 2);
    let inside = desk.office.inside();
    assert!(inside.effects[1].print.ends_with("with cake"));
}

#[test]
fn what_is_being_sent_is_not_dropped() {
    let desk = Desk::with(&[]);
    desk.shut(true);
    desk.queue(create("lunch", 4));
    let [intent] = &desk.intents()[..] else {
        panic!("it waits")
    };
    let settle = Request::Settle {
        intent: intent.id,
        choice: Settle::Drop,
    };
    let reply = desk.ask(settle);
    assert!(matches!(reply, Reply::Refused { .. }), "{reply:?}");
    desk.shut(false);
    desk.until("the event", |desk| desk.intents().is_empty());
    assert_eq!(desk.log(), ["create lunch"]);
}

/// Two events that look alike: nobody can tell which one was made here.
#[test]
fn undoing_a_new_event_never_deletes_another_one() {
    let mut lunch = event("lunch", 4, true);
    lunch.details.as_mut().unwrap().subject = "lunch".into();
    let desk = Desk::with(&[lunch]);
    desk.queue(create("lunch", 4));
    desk.until("the event", |desk| desk.intents().is_empty());
    desk.rest();
    let outcome = undo(&desk);
    assert!(matches!(outcome, UndoOutcome::Final { .. }), "{outcome:?}");
    assert_eq!(desk.log(), ["create lunch"]);
}

/// A change that took effect and a second half that waits are taken back as one.
#[test]
fn half_of_a_pair_is_never_taken_back_alone() {
    let first = event("first", 2, true);
    let desk = Desk::with(std::slice::from_ref(&first));
    desk.offline(true);
    desk.together(vec![create("copy", 5), delete(&first)]);
    desk.rest();
    assert!(matches!(undo(&desk), UndoOutcome::Withdrawn(_)));
    assert!(desk.intents().is_empty(), "{:?}", desk.intents());
    desk.offline(false);
    desk.rest();
    assert_eq!(desk.log(), [""; 0]);
}
