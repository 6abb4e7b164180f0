"""The pages on which a conference's sites are planned."""

from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from confsvc.boundary import begin_reading
from confsvc.domain.access import organised_conference
from confsvc.domain.choosing import SITES
from confsvc.domain.errors import InUse
from confsvc.domain.site_list import SORTS, read_sites
from confsvc.domain.sites import (
    change_site,
    create_site,
    create_sites_of_children,
    main_site,
    move_site,
    organised_site,
    remove_site,
    what_rests_on,
)
from confsvc.domain.work import Work
from confsvc.web.asked import asked_choice, asked_page, asked_text
from confsvc.web.choosing import answer
from confsvc.web.forms import Form, carry_out
from confsvc.web.labels import RESTS_ON_SITE
from confsvc.web.site_forms import SiteForm, SitesOfUnitsForm

pages = Blueprint("sites", __name__, url_prefix="/conferences/<int:conference_id>/sites")


def _index_url(conference_id: int, **query: Any) -> str:
    """The list; where a button is to keep the focus (`step`) there must be no anchor: browsers then leave `autofocus` alone."""
    return url_for("sites.index", conference_id=conference_id, **query)


@pages.get("")
def index(conference_id: int) -> ResponseReturnValue:
    return _show_list(conference_id)


def _show_list(conference_id: int, conflict: bool = False) -> ResponseReturnValue:
    query, sort = asked_text(), asked_choice("sort", SORTS, "order")
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        sites = read_sites(work, conference_id, query=query, sort=sort, number=asked_page())
    return render_template(
        "sites/list.html",
        conference=conference,
        sites=sites,
        query=query,
        sort=sort,
        form=Form(formdata=None),
        conflict=conflict,
        moved=request.args.get("moved", type=int),
        step=request.args.get("step", ""),
    ), 409 if conflict else 200


@pages.get("/choices")
def choices(conference_id: int) -> ResponseReturnValue:
    """The sites that fit what is typed, for fields in which one is chosen."""
    with begin_reading() as work:
        return answer(SITES.offer(work, conference_id, asked_text()))


@pages.route("/new", methods=["GET", "POST"])
def new(conference_id: int) -> ResponseReturnValue:
    """Make a site; the first one of a conference is offered as its main site."""
    form = SiteForm()
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        form.offer(work, conference_id)
        main = main_site(work, conference_id)
    if request.method == "GET" and main is None:
        form.kind.data = "main"
    if form.validate_on_submit():

        def make(work: Work) -> str:
            site = create_site(work, conference_id, form.entry(), replace_main=bool(form.replace_main.data))
            flash(_("“%(name)s” was added.", name=site.name), "success")
            return _index_url(conference_id, moved=site.id) + f"#site-{site.id}"

        done = carry_out(form, make)
        if done:
            return done
    return render_template("sites/edit.html", conference=conference, form=form, site=None, main=main), form.status


@pages.route("/<int:site_id>", methods=["GET", "POST"])
def edit(conference_id: int, site_id: int) -> ResponseReturnValue:
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        site = organised_site(work, conference_id, site_id)
        form = SiteForm(obj=site)
        form.offer(work, conference_id, site)
        main = main_site(work, conference_id)
    if form.validate_on_submit():

        def change(work: Work) -> str:
            replace_main = bool(form.replace_main.data)
            changed = change_site(work, conference_id, site_id, form.entry(), version=form.version.data or 0, replace_main=replace_main)
            flash(_("“%(name)s” was saved.", name=changed.name), "success")
            return _index_url(conference_id, moved=site_id) + f"#site-{site_id}"

        done = carry_out(form, change)
        if done:
            return done
    return render_template("sites/edit.html", conference=conference, form=form, site=site, main=main), form.status


@pages.post("/<int:site_id>/<any(up, down):step>")
def move(conference_id: int, site_id: int, step: str) -> ResponseReturnValue:
    """Let a site go one place up or down; on a list that is out of date nothing moves and the new list is shown."""
    form = Form()
    if form.validate_on_submit():

        def go(work: Work) -> str:
            move_site(work, conference_id, site_id, step, version=form.version.data or 0)
            return _index_url(conference_id, moved=site_id, step=step, page=request.args.get("page"))

        done = carry_out(form, go)
        if done:
            return done
    return _show_list(conference_id, conflict=True)


@pages.route("/<int:site_id>/remove", methods=["GET", "POST"])
def remove(conference_id: int, site_id: int) -> ResponseReturnValue:
    """Ask, then remove; what rests on the site is said instead of asked."""
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        site = organised_site(work, conference_id, site_id)
        rests = what_rests_on(work, site)
    form = Form(obj=site)
    if form.validate_on_submit():

        def take_away(work: Work) -> str:
            remove_site(work, conference_id, site_id, version=form.version.data or 0)
            flash(_("“%(name)s” was removed.", name=site.name), "success")
            return _index_url(conference_id)

        try:
            done = carry_out(form, take_away)
        except InUse as error:
            rests, done = str(error.fields["by"]), None
        if done:
            return done
    reason = RESTS_ON_SITE[rests] if rests else None
    status = 409 if request.method == "POST" and rests else form.status
    return render_template("sites/remove.html", conference=conference, form=form, site=site, reason=reason), status


@pages.route("/from-units", methods=["GET", "POST"])
def from_units(conference_id: int) -> ResponseReturnValue:
    """One site for each child of a unit, in one step."""
    form = SitesOfUnitsForm()
    with begin_reading() as work:
        conference = organised_conference(work, conference_id)
        form.offer(work, conference_id)
    if request.method == "GET":
        form.prefix.data = _("Site")
    if form.validate_on_submit():

        def make(work: Work) -> str:
            unit_id, prefix, kind = form.unit_id.data or 0, form.prefix.data or "", form.kind.data or None
            outcome = create_sites_of_children(work, conference_id, unit_id, prefix=prefix, parent_id=form.parent_id.data, kind=kind)
            made = ngettext("%(num)s site was added.", "%(num)s sites were added.", len(outcome.made))
            skipped = ngettext("%(num)s unit has a site here already.", "%(num)s units have a site here already.", outcome.skipped)
            flash(f"{made} {skipped}" if outcome.skipped else made, "success")
            return _index_url(conference_id)

        done = carry_out(form, make)
        if done:
            return done
    return render_template("sites/from_units.html", conference=conference, form=form), form.status
