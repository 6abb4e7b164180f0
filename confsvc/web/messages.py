"""What every stable code is called on screen; a test holds this list against the codes of the domain."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

ERRORS: dict[str, LazyString] = {
    "error": _("Something went wrong on our side. What you typed was not saved; please try again."),
    "bad_request": _("The browser sent something this page cannot read. Please go back and try again."),
    "not_found": _("This page does not exist, or it is not yours to see."),
    "method_not_allowed": _("This address cannot be opened this way."),
    "sign_in_required": _("Please sign in first."),
    "not_allowed": _("You may not do this."),
    "link_expired": _("This link has expired, was already used, or was withdrawn. Please ask for a new one."),
    "edit_conflict": _("Somebody else has changed this in the meantime."),
    "wrong_state": _("This step is not possible in the present state."),
    "in_use": _("It cannot be removed because other entries rest on it."),
    "invalid": _("This value is not possible."),
    "form_expired": _("The form has expired. Please go back, reload the page and send it again."),
    "desk_revoked": _("This desk may not act any more. Ask the organiser for a new pairing link."),
    "handover_full": _("Too much of this desk waits for an organiser already. Nothing more was kept."),
    "malformed": _("The browser sent something this page cannot read. Please go back and try again."),
    "too_large": _("The file is too large."),
    "too_many_requests": _("Too many attempts. Please wait a few minutes and try again."),
}

# Rules that one field of a form can break: the `reason` of `Invalid`.
REASONS: dict[str, LazyString] = {
    "required": _("Please fill in this field."),
    "too_long": _("This is too long."),
    "not_a_choice": _("Please choose one of the list."),
    "email_invalid": _("This is not an e-mail address."),
    "email_taken": _("There is already an account with this e-mail address."),
    "password_short": _("A password needs at least 12 characters."),
    "password_wrong": _("The present password is not right."),
    "reply_required": _("Please choose yes or no."),
    "reply_reason_required": _("Please say why you cannot attend."),
    "sign_in_wrong": _("The e-mail address or the password is not right."),
    "unit_ended": _("“%(unit)s” does not exist any more."),
    "unit_invited": _("“%(unit)s” is invited already."),
    "nobody_to_invite": _("Nobody on the list has an e-mail address yet."),
    "nothing_chosen": _("Please tick at least one unit."),
    "no_site": _("The conference has no site yet."),
    "seats_range": _("Please enter a number of seats from 0 to %(most)s."),
    "order_range": _("Please enter a number from 0 to %(most)s."),
    "phone_invalid": _("This is not a telephone number."),
    "possible_double": _("This unit has named somebody of this name already: %(names)s. Save again to add this person too."),
    "link_invalid": _("Please enter an address that begins with https:// or http://."),
    "main_site_taken": _("“%(name)s” is the main site already. Tick the box below to make this one the main site instead."),
    "main_site_needed": _("A conference has one main site. To replace it, make another site the main one."),
    "main_site_on_top": _("The main site belongs under no other site."),
    "parent_below_itself": _("A site cannot belong under itself or under a site below it."),
    "capacity_range": _("Please enter a number from 1 to %(most)s."),
    "minutes_range": _("Please enter a number of minutes from 1 to %(most)s."),
    "reminder_range": _("Please choose a moment from 1 minute to %(days)s days before the start."),
    "reminder_twice": _("There is such a reminder already."),
    "reminders_many": _("A conference has at most %(most)s reminders."),
    "ripple_one_of": _("Please fill in one of the three."),
    "ripple_past": _("Something would end or begin before now. What is over cannot be moved."),
    "ripple_begun": _("This has begun already. You can still say how long it takes."),
    "ripple_no_session": _("No session is held on that day."),
    "session_too_long": _("A session lasts at most 24 hours. Please make one session for each day."),
    "timezone_unknown": _("This is no time zone known here. Please choose one of the list."),
    "moment_skipped": _("Clocks in this time zone jump over this hour on that day."),
    "date_out_of_range": _("Please check the year: it must lie between %(first)s and %(last)s."),
    "ends_before_start": _("The end must come after the beginning."),
    "deadline_after_start": _("The deadline must come before the conference begins."),
    "deadline_past": _("This deadline has passed already."),
    "start_past": _("This moment has passed already, and everybody who was invited would be told of it. Please check the date and the time."),
    "placeholder_unknown": _("%(placeholder)s is no placeholder of this letter. Those that can be used stand beside the form."),
    "placeholder_open": _("A brace { or } stands alone. Placeholders are written like {name}."),
    "placeholder_alone": _("%(placeholder)s stands for several lines and must stand on a line of its own."),
    "placeholder_needed": _("Without %(placeholder)s the letter would lack what it is sent for."),
    "period_too_long": _("This lasts more than %(days)s days: please check the dates."),
    "in_the_future": _("This lies in the future."),
    "unit_uninvited": _("“%(unit)s” is not invited: only people who came without an invitation belong to it."),
    "not_invited": _("A unit that is not invited has no seats. Please invite it instead."),
    "substitute_keeps_unit": _("A substitute sits in the seat of “%(replaced)s” and belongs to the same unit."),
    "number_range": _("Please enter a number from %(least)s to %(most)s."),
    "conference_needs_site": _("A conference needs at least one site before it can be published."),
    "account_unknown": _("Nobody has an account with this address here."),
    "member_already": _("This account organises the conference already."),
    "last_member": _("The last organiser cannot be removed: somebody must organise the conference."),
    "unit_unknown": _("No unit of today fits this. Please choose one of the list."),
    "unit_parent_unknown": _("There is no such unit, neither in the list nor here."),
    "unit_ambiguous": _("More than one unit fits this. Please choose one of the list."),
    "choice_unknown": _("Nothing here fits this. Please choose one of the list."),
    "choice_ambiguous": _("More than one fits this. Please choose one of the list."),
    "unit_name_taken": _("There is a unit of this name at this place in the tree already."),
    "unit_code_taken": _("Another unit has this code."),
    "unit_code_twice": _("This code stands in the list twice."),
    "unit_below_itself": _("A unit cannot belong to itself or to a unit below it."),
    "unit_too_deep": _("This would make the tree of units deeper than 20 levels."),
    "unit_has_ended": _("This unit has ended and cannot be changed this way."),
    "unit_merge_needs_two": _("Please name at least one other unit to merge with."),
    "unit_split_needs_two": _("A unit splits into at least two."),
    "date_in_future": _("Please enter the day it happens on, not a day to come."),
    "date_before_unit": _("The unit did not exist before that day."),
    "date_before_last_change": _("The unit, or one that belongs to it, was moved later than that day."),
    "list_empty": _("The list has no line below its header."),
    "list_too_large": _("A list may have at most %(megabytes)s MB."),
    "list_too_long": _("A list may have at most %(most)s lines."),
    "list_is_workbook": _("This is an Excel workbook. Please save it as CSV and choose that file."),
    "list_not_text": _("This file is not a CSV list."),
    "list_broken": _("The list cannot be read at line %(line)s: a quotation mark is missing or does not belong there."),
    "list_header": _("The first line must name the columns %(columns)s; missing: %(missing)s."),
    "file_not_a_list": _("This is no list this page can read. Please save it in Excel as .xlsx and choose that file."),
    "file_locked": _("This workbook asks for a password. Please save it without one and choose that file."),
    "file_empty": _("There is nothing in this file."),
    "file_without_header": _("No header was found in the first 15 rows: one row must name the columns, such as “Họ và tên” and “Đơn vị”."),
    "file_too_many_rows": _("The list has more than %(most)s rows. Please send it in parts."),
    "file_unpacks_too_large": _("This workbook unpacks to more than can be read here. Please copy the list alone into a new workbook."),
    "file_too_large": _("The file is larger than %(most)s MB. Please send the list alone, without pictures."),
    "columns_without_name": _("Please say in which column the names are, and use each column once."),
    "people_wrong": _("Nothing was saved yet: please look at the marked rows."),
    "nobody_named": _("Please enter at least one name."),
    "more_than_seats": _(
        "There are %(seats)s seats, and %(named)s have a name already: %(surplus)s too many. "
        "Nothing was saved; take somebody out, or ask the organiser for more."
    ),
    "person_twice": _("“%(name)s” is on the list already. If this is somebody else of the same name, tick the box in this row."),
    "person_has_history": _("This person has answered, or took somebody's seat, and stays on record. Please name a substitute instead."),
    "person_invited": _("“%(name)s” was invited or has answered, and stays the same person here. Please name a substitute instead, or call the organiser."),
    "rank_too_low": _(
        "This rank is below what the invitation asks for. Please name a substitute instead, to whom the organiser agrees, or call the organiser."
    ),
    "rank_decided": _("The organiser is asked about this rank just now. If it is wrong, please call the organiser."),
    "free_seats_range": _("Please enter a number from 1 to %(most)s: so many seats have no name."),
    "no_free_seats": _("Every seat has a name: there is none to decline."),
    "nobody_to_write": _("There is nobody to write to: no unit that is waited for has an e-mail address and a link."),
    "unit_without_address": _("The liaison of this unit has no e-mail address yet."),
    "person_without_address": _("There is no e-mail address for this person yet."),
    "not_invited_yet": _("The organiser has not sent this person's invitation yet; it goes out with the others."),
    "written_to_lately": _("This person was written to less than an hour ago."),
    "rows_wrong": _("Nothing was taken in: please correct the lines named above and choose the file again."),
}

# Why the attendance log refused an event: the `reason` of a verdict.
REFUSALS: dict[str, LazyString] = {
    "pass_unknown": _("This code is not a delegate's pass."),
    "pass_revoked": _("This pass is no longer valid."),
    "other_conference": _("This pass belongs to another conference."),
    "not_yet_open": _("Check-in is not open yet."),
    "closed": _("Check-in is closed."),
    "substituted": _("Somebody else has taken this person's seat."),
    "not_present": _("This person is not checked in here."),
    "not_left": _("This person has not left here."),
    "not_pending": _("Nobody has to decide about this person any more."),
    "not_admitted": _("This person was not let in."),
    "not_replaceable": _("Nobody can come in the place of this person."),
    "walk_ins_refused": _("This conference takes nobody who is not on the list."),
    "delegate_unknown": _("This person is not on the list."),
    "too_often": _("This desk has recorded this person too often. An organiser can still correct the attendance."),
}


PERSON_SETTLED = _("This person has come or was replaced in the meantime. Nothing was changed.")
REHEARSED = {
    "rehearsed": _("There is a rehearsal already."),
    "gone": _("There is no rehearsal any more."),
    "closed": _("The rehearsal is closed: nobody can arrive any more."),
}
NOTHING_TO_REHEARSE = _("The conference is over: there is nothing to rehearse any more.")
REHEARSAL_STANDS = _("This is a rehearsal: it can be closed or wiped, and its lists are a copy. Change them in the conference itself.")
REGISTERING = {
    "register": _("The conference has begun, or will not take place: the list does not change any more. Please call the organiser."),
    "name_substitute": _(
        "Nobody else can be named for this person just now: they have come or were replaced, or a substitute waits for the organiser already."
    ),
    "write_to_units": _("Units can be written to once the conference is published, and until it begins."),
}
NOT_SENT_AGAIN = _("This message has been sent, or a newer one about the same entry has been written. Nothing was sent again.")
PLAN_SETTLED = _("The conference is closed or cancelled: this does not change any more. Nothing was saved.")


def error_text(code: str, fields: Mapping[str, object]) -> LazyString:
    """The sentence for an error code; for `invalid` the sentence of its reason, for a plan that stands a clearer one."""
    if code == "invalid":
        return reason_text(str(fields.get("reason", "")))
    if code == "wrong_state" and fields.get("state") == "rehearsal":
        return REHEARSAL_STANDS
    if code == "wrong_state" and fields.get("step") in ("rehearse", "let_arrive"):
        return REHEARSED.get(str(fields.get("state")), NOTHING_TO_REHEARSE)
    if code == "wrong_state" and fields.get("step") == "change_plan":
        return PLAN_SETTLED
    if code == "wrong_state" and fields.get("step") in ("follow_up", "substitute", "change_person"):
        return PERSON_SETTLED
    if code == "wrong_state" and fields.get("step") == "send_again":
        return NOT_SENT_AGAIN
    if code == "wrong_state" and fields.get("step") in REGISTERING:
        return REGISTERING[str(fields["step"])]
    return ERRORS.get(code, ERRORS["error"])


def reason_text(reason: str) -> LazyString:
    """The sentence for the `reason` of an `Invalid`."""
    return REASONS.get(reason, ERRORS["invalid"])
