"""A delegate list is looked at before it is saved, and saved exactly as it was seen."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, event, func, select, update

from confsvc.domain.delegate_imports import (
    Preview,
    ReadyImport,
    confirm_import,
    discard_import,
    get_import,
    list_imports,
    prepare_import,
    preview_import,
    read_import_again,
    sent_sheets,
    stage_import,
)
from confsvc.domain.errors import DomainError, EditConflict, NotFound, SignInRequired, WrongState
from confsvc.domain.facts import Fact, RosterChanged
from confsvc.domain.work import Anonymous, DeskActor, Work
from confsvc.models import Account, Attendance, Conference, Delegate, DelegateImport, Mandate, Pass, Site, SiteTally, Unit
from confsvc.schemas.delegate_sheet import Reading, read_again, read_delegate_list
from confsvc.schemas.spreadsheets import Limits
from tests.conftest import NOW, BeginWork
from tests.factories import acting, make_account, make_conference, make_delegate, make_mandate, make_site, make_unit, settle
from tests.workbooks import HEADER, MESSY_ERRORS, MESSY_NAMES, messy_workbook, tcvn3_workbook, xlsx

LIMITS = Limits(20_000, 200 * 2**20)


@dataclass
class Scene:
    olga: Account
    mallory: Account
    conference: Conference
    main: Site
    district: Site
    home_affairs: Unit
    district_unit: Unit
    begin: BeginWork

    def acting(self) -> AbstractContextManager[Work]:
        return self.begin(acting(self.olga))

    def stage(self, rows: Sequence[Sequence[Any]] | bytes) -> int:
        data = rows if isinstance(rows, bytes) else xlsx([HEADER, *rows])
        with self.acting() as work:
            return stage_import(work, self.conference.id, read_delegate_list(data, "list.xlsx", LIMITS)).id

    def preview(self, import_id: int) -> Preview:
        with self.acting() as work:
            return preview_import(work, self.conference.id, import_id)

    def confirm(self, import_id: int, digest: str | None = None) -> DelegateImport:
        ready = self.prepare(import_id, digest if digest is not None else self.preview(import_id).digest)
        with self.acting() as work:
            return confirm_import(work, self.conference.id, import_id, ready) if ready else get_import(work, self.conference.id, import_id)

    def prepare(self, import_id: int, digest: str) -> ReadyImport | None:
        with self.acting() as work:
            return prepare_import(work, self.conference.id, import_id, digest)

    def bring(self, *rows: Sequence[Any]) -> Preview:
        """Stage, preview, confirm; the preview."""
        import_id = self.stage(rows)
        preview = self.preview(import_id)
        self.confirm(import_id)
        return preview

    def delegates(self) -> list[Delegate]:
        with self.begin() as work:
            return list(work.session.scalars(select(Delegate).order_by(Delegate.protocol_order, Delegate.id)))


@pytest.fixture
def scene(begin: BeginWork) -> Scene:
    """olga's conference with the main site and one district; Sở Nội vụ is invited with five seats, Sở Tư pháp only exists."""
    with begin() as work:
        olga, mallory = make_account(work), make_account(work, "mallory")
        conference = make_conference(work, olga)
        make_conference(work, mallory)
        main = make_site(work, conference)
        district_unit = make_unit(work, "UBND huyện Tuy Phong", code="TP")
        district = make_site(work, conference, "Điểm cầu huyện Tuy Phong", kind="remote", unit_id=district_unit.id)
        home_affairs = make_unit(work, "Sở Nội vụ", code="SNV", short_name="SNV")
        make_mandate(work, conference, main, home_affairs, seats=5)
        make_unit(work, "Sở Tư pháp", code="STP")
    return Scene(olga, mallory, conference, main, district, home_affairs, district_unit, begin)


def said(preview: Preview) -> list[tuple[int, str, str, list[str]]]:
    """Row number, verdict, name and problem codes of the rows that are no skipped ones."""
    return [(v.row.number, v.verdict, v.row.full_name, [p.code for p in v.problems]) for v in preview.verdicts if v.verdict != "skipped"]


def test_messy_workbook_gets_a_verdict_for_every_row(scene: Scene) -> None:
    preview = scene.preview(scene.stage(messy_workbook()))
    assert said(preview) == [
        (9, "new", "Nguyễn Văn An", []),
        (10, "new", "Trần Thị Bích", []),
        (11, "new", "Đặng Quốc Đức", []),
        (12, "new", "Lê Thuỳ Dương", ["unit_invited_now"]),
        (13, "new", "Phạm Minh Châu", ["unit_invited_now"]),
        (14, "error", "Ngô Văn Lạc", ["unit_unknown"]),
        (18, "new", "Trương Công Thành", ["unit_invited_now"]),
        (19, "new", "Đoàn Thị Én", ["unit_invited_now"]),
        (20, "new", "Hoàng Văn Phúc", ["phone_kept", "unit_invited_now"]),
        (21, "new", "K'Brông Ha", ["email_kept", "unit_invited_now"]),
        (22, "new", "Vũ Thị Út", ["unit_invited_now"]),
        (23, "duplicate", "Vũ Thị Út", ["repeats_row"]),
    ]
    assert preview.counts == {"error": 1, "new": 10, "changed": 0, "unchanged": 0, "duplicate": 1, "skipped": 18}
    assert [v.row.number for v in preview.verdicts] == list(range(1, 31))
    assert dict(preview.verdicts[13].problems[0].values) == {"unit": "Sở Nộivụ khác", "nearest": "Sở Nội vụ; Sở Tư pháp"}


def test_nothing_is_saved_before_the_yes(scene: Scene, published: list[Fact]) -> None:
    published.clear()
    scene.preview(scene.stage(messy_workbook()))
    assert scene.delegates() == []
    assert published == []
    with scene.begin() as work:
        assert work.session.scalar(select(func.count()).select_from(Mandate)) == 1


def test_messy_workbook_is_saved_as_seen(scene: Scene, published: list[Fact]) -> None:
    import_id = scene.stage(messy_workbook())
    digest = scene.preview(import_id).digest
    published.clear()
    done = scene.confirm(import_id, digest)
    delegates = scene.delegates()
    assert tuple(d.full_name for d in delegates) == MESSY_NAMES
    assert [d.protocol_order for d in delegates] == list(range(1, 11))
    assert [d.rank for d in delegates] == ["head", "leader", "staff", "head", "staff", "head", "leader", "staff", "staff", "staff"]
    assert [d.phone for d in delegates[:4]] == ["+84913123456", "+84913123457", "+84913123458", "+84913123459"]
    assert (delegates[1].note, delegates[7].phone, delegates[7].phone_typed, delegates[8].note) == (
        "Đến sau 30 phút; 0252 3822 123",
        "",
        "12",
        "E-mail: ha@",
    )
    assert [d.site_id for d in delegates] == [scene.main.id] * 5 + [scene.district.id] * 5
    with scene.begin() as work:
        seats = work.session.execute(select(Mandate.unit_name, Mandate.seats, Mandate.site_id).order_by(Mandate.id)).all()
        assert [tuple(row) for row in seats] == [
            ("Sở Nội vụ", 5, scene.main.id),
            ("Sở Tư pháp", 2, scene.main.id),
            ("UBND huyện Tuy Phong", 5, scene.district.id),
        ]
        assert work.session.scalar(select(func.count()).select_from(Pass)) == 10
        assert work.session.scalar(select(func.count()).select_from(Attendance)) == 10
        tallies = work.session.execute(select(SiteTally.named, SiteTally.vacant).order_by(SiteTally.site_id)).all()
        assert [tuple(row) for row in tallies] == [(5, 2), (5, 0)]
    assert published == [RosterChanged(scene.conference.id)]
    assert done.outcome is not None
    assert done.outcome["counts"] == {"error": 1, "new": 10, "changed": 0, "unchanged": 0, "duplicate": 1, "skipped": 18}
    assert [row["name"] for row in done.outcome["left_out"]] == list(MESSY_ERRORS)
    assert done.outcome["units_invited"] == 2


def test_confirmed_list_keeps_no_rows(scene: Scene) -> None:
    import_id = scene.stage(messy_workbook())
    scene.confirm(import_id)
    with scene.begin() as work:
        kept = work.session.execute(select(DelegateImport.rows, DelegateImport.sheets)).one()
    assert tuple(kept) == ([], [])


def test_second_press_saves_nothing_more(scene: Scene) -> None:
    import_id = scene.stage(messy_workbook())
    digest = scene.preview(import_id).digest
    first, second = scene.confirm(import_id, digest), scene.confirm(import_id, digest)
    assert len(scene.delegates()) == 10
    assert (first.outcome, first.confirmed_at) == (second.outcome, second.confirmed_at)


def test_same_file_again_changes_nothing(scene: Scene) -> None:
    scene.confirm(scene.stage(messy_workbook()))
    preview = scene.preview(scene.stage(messy_workbook()))
    assert preview.counts == {"error": 1, "new": 0, "changed": 0, "unchanged": 10, "duplicate": 1, "skipped": 18}


def test_what_changed_since_the_preview_is_shown_instead_of_saved(scene: Scene) -> None:
    import_id = scene.stage([[1, "Nguyễn Văn An", "Chuyên viên", "Sở Nội vụ"]])
    seen = scene.preview(import_id).digest
    scene.bring([1, "Nguyễn Văn An", "Chuyên viên", "Sở Nội vụ"])
    with pytest.raises(EditConflict) as conflict:
        scene.confirm(import_id, seen)
    fresh: Preview = conflict.value.current
    assert said(fresh) == [(2, "unchanged", "Nguyễn Văn An", [])]
    assert len(scene.delegates()) == 1
    assert scene.confirm(import_id, fresh.digest).outcome == {
        "counts": {"error": 0, "new": 0, "changed": 0, "unchanged": 1, "duplicate": 0, "skipped": 1},
        "units_invited": 0,
        "left_out": [],
    }


Change = Callable[[Scene, Work], object]


def _other_reading(scene: Scene, work: Work) -> None:
    staged, sheets = sent_sheets(work, scene.conference.id, 1)
    reading = Reading(columns={"full_name": 1, "unit": 3})
    read_import_again(work, scene.conference.id, 1, read_again(sheets, file_name="x", file_digest=staged.file_digest, reading=reading))


@pytest.mark.parametrize(
    "change",
    [
        lambda scene, work: make_delegate(work, work.session.scalars(select(Mandate)).one(), "Lê Văn Khác"),
        lambda scene, work: work.session.execute(delete(Delegate)),
        lambda scene, work: work.session.execute(update(Delegate).values(position="Giám đốc")),
        lambda scene, work: work.session.execute(update(Mandate).values(site_id=scene.district.id)),
        lambda scene, work: work.session.execute(update(Mandate).values(unit_name="Sở khác")),
        lambda scene, work: make_site(work, scene.conference, "Điểm cầu khác", kind="remote"),
        lambda scene, work: work.session.execute(update(Site).where(Site.id == scene.district.id).values(unit_id=None)),
        lambda scene, work: make_unit(work, "Sở mới"),
        lambda scene, work: work.session.execute(update(Unit).where(Unit.code == "STP").values(valid_to=NOW.date())),
        lambda scene, work: work.session.execute(update(Unit).where(Unit.code == "STP").values(short_name="TP")),
        _other_reading,
    ],
)
def test_nothing_is_saved_once_anything_the_verdicts_rest_on_has_changed(scene: Scene, change: Change) -> None:
    with scene.begin() as work:
        make_delegate(work, work.session.scalars(select(Mandate)).one(), "Lê Văn Cũ")
    import_id = scene.stage([[1, "Nguyễn Văn An", "Chuyên viên", "Sở Nội vụ"], [2, "Trần Thị Bích", "", "Sở Tư pháp"]])
    ready = scene.prepare(import_id, scene.preview(import_id).digest)
    assert ready is not None
    with scene.acting() as work:
        change(scene, work)
    with pytest.raises(EditConflict), scene.acting() as work:
        confirm_import(work, scene.conference.id, import_id, ready)
    assert not {"Nguyễn Văn An", "Trần Thị Bích"} & {delegate.full_name for delegate in scene.delegates()}


def test_what_the_verdicts_do_not_rest_on_may_change(scene: Scene) -> None:
    with scene.begin() as work:
        make_delegate(work, work.session.scalars(select(Mandate)).one(), "Lê Văn Cũ")
    import_id = scene.stage([[1, "Nguyễn Văn An", "Chuyên viên", "Sở Nội vụ"]])
    ready = scene.prepare(import_id, scene.preview(import_id).digest)
    assert ready is not None
    with scene.begin() as work:
        work.session.execute(update(Attendance).values(state="present", site_id=scene.main.id))
        work.session.execute(update(Delegate).values(reply="accepted"))
        make_conference(work, scene.mallory, title="Another")
    with scene.acting() as work:
        confirm_import(work, scene.conference.id, import_id, ready)
    assert [delegate.full_name for delegate in scene.delegates()] == ["Lê Văn Cũ", "Nguyễn Văn An"]


def test_known_preview_is_given_back_only_while_it_is_true(scene: Scene) -> None:
    import_id = scene.stage([[1, "Nguyễn Văn An", "Chuyên viên", "Sở Nội vụ"]])
    first = scene.preview(import_id)
    with scene.acting() as work:
        again = preview_import(work, scene.conference.id, import_id, first)
        make_delegate(work, work.session.scalars(select(Mandate)).one(), "Nguyễn Văn An", position="Chuyên viên")
    assert again.verdicts is first.verdicts
    with scene.acting() as work:
        assert said(preview_import(work, scene.conference.id, import_id, first)) == [(2, "unchanged", "Nguyễn Văn An", [])]
    other = scene.stage([[1, "Trần Thị Bích", "", "Sở Nội vụ"]])
    with scene.acting() as work:
        assert said(preview_import(work, scene.conference.id, other, first)) == [(2, "new", "Trần Thị Bích", [])]


def test_many_changes_are_saved_in_a_few_statements(scene: Scene) -> None:
    scene.bring(*[[n, f"Nguyễn Văn {n}", "Chuyên viên", "Sở Nội vụ", f"09131234{n:02}"] for n in range(60)])
    rows = [[n, f"Nguyễn Văn {n}", f"Phó phòng {n}" if n % 2 else "Chuyên viên", "Sở Nội vụ", f"09131234{n:02}", f"{n}@example.org"] for n in range(60)]
    import_id = scene.stage(rows)
    ready = scene.prepare(import_id, scene.preview(import_id).digest)
    assert ready is not None
    with scene.acting() as work:
        statements: list[str] = []
        event.listen(work.session.get_bind(), "before_cursor_execute", lambda _c, _k, statement, *_: statements.append(statement))
        confirm_import(work, scene.conference.id, import_id, ready)
    assert sum(statement.startswith("UPDATE delegates") for statement in statements) == 2
    assert [(d.full_name, d.position, d.position_fold, d.phone, d.email, d.version) for d in scene.delegates()] == [
        (f"Nguyễn Văn {n}", *((f"Phó phòng {n}", f"pho phong {n}") if n % 2 else ("Chuyên viên", "chuyen vien")), f"+849131234{n:02}", f"{n}@example.org", 2)
        for n in range(60)
    ]


def test_changed_fields_are_told_and_saved(scene: Scene) -> None:
    scene.bring([1, "Nguyễn Văn An", "Chuyên viên", "Sở Nội vụ", "0913123456", "an@example.org", "cũ"])
    before = scene.delegates()[0]
    preview = scene.bring([1, "NGUYỄN VĂN AN", "Phó Giám đốc", "SNV", "0913 123 456", "an.nguyen@example.org", None])
    assert [(c.field, c.old, c.new) for c in preview.verdicts[1].changes] == [
        ("position", "Chuyên viên", "Phó Giám đốc"),
        ("email", "an@example.org", "an.nguyen@example.org"),
    ]
    after = scene.delegates()[0]
    assert (after.full_name, after.position, after.position_fold, after.phone, after.email, after.note, after.rank) == (
        "Nguyễn Văn An",
        "Phó Giám đốc",
        "pho giam doc",
        "+84913123456",
        "an.nguyen@example.org",
        "cũ",
        "staff",
    )
    assert (after.id, after.version) == (before.id, before.version + 1)


def test_name_without_marks_gets_them_and_never_loses_them(scene: Scene) -> None:
    scene.bring([1, "Nguyen Van An", "Chuyên viên", "Sở Nội vụ"])
    scene.bring([1, "Nguyễn Văn An", "Chuyên viên", "Sở Nội vụ"])
    preview = scene.bring([1, "Nguyen Van An", "Chuyên viên", "Sở Nội vụ"])
    assert preview.counts["unchanged"] == 1
    assert [(d.full_name, d.name_fold) for d in scene.delegates()] == [("Nguyễn Văn An", "nguyen van an")]


def test_namesakes_are_told_apart_by_phone_and_by_position(scene: Scene) -> None:
    rows = [
        [1, "Nguyễn Văn An", "Chuyên viên", "Sở Nội vụ", "0913123456"],
        [2, "Nguyễn Văn An", "Chuyên viên", "Sở Nội vụ", "0913123457"],
        [3, "Trần Thị Bích", "Kế toán", "Sở Nội vụ"],
        [4, "Trần Thị Bích", "Văn thư", "Sở Nội vụ"],
        [5, "Trần Thị Bích", None, "Sở Nội vụ"],
    ]
    assert said(scene.bring(*rows)) == [
        (2, "new", "Nguyễn Văn An", []),
        (3, "new", "Nguyễn Văn An", ["namesake"]),
        (4, "new", "Trần Thị Bích", []),
        (5, "new", "Trần Thị Bích", ["namesake"]),
        (6, "duplicate", "Trần Thị Bích", ["repeats_row"]),
    ]
    assert said(scene.preview(scene.stage([rows[1], rows[3]]))) == [
        (2, "unchanged", "Nguyễn Văn An", []),
        (3, "unchanged", "Trần Thị Bích", []),
    ]
    assert said(scene.preview(scene.stage([rows[4]]))) == [(2, "error", "Trần Thị Bích", ["person_unclear"])]


def test_person_named_by_another_unit_is_new_and_said(scene: Scene) -> None:
    scene.bring([1, "Nguyễn Văn An", "Chuyên viên", "Sở Nội vụ", "0913123456"])
    preview = scene.preview(scene.stage([[1, "Nguyễn Văn An", "Chuyên viên", "Sở Tư pháp", "0913123456"]]))
    assert said(preview) == [(2, "new", "Nguyễn Văn An", ["named_elsewhere", "unit_invited_now"])]
    assert dict(preview.verdicts[1].problems[0].values) == {"unit": "Sở Nội vụ"}


@pytest.mark.parametrize("written", ["Sở Nội vụ", "SỞ NỘI VỤ", "snv", "so noi vu", "Sở  Nội vụ.", "Sở Nội vụ tỉnh Bình Thuận"])
def test_unit_is_found_however_it_is_written(scene: Scene, written: str) -> None:
    preview = scene.preview(scene.stage([[1, "Nguyễn Văn An", "", written]]))
    assert [v.unit.unit_id if v.unit else None for v in preview.verdicts[1:]] == [scene.home_affairs.id]


def test_unit_of_several_is_ambiguous_unless_the_site_decides(scene: Scene) -> None:
    with scene.begin() as work:
        for code, site in (("A", scene.main), ("B", scene.district)):
            parent = make_unit(work, f"Huyện {code}")
            make_mandate(work, scene.conference, site, make_unit(work, "Phòng Nội vụ", code=code, parent_id=parent.id))
    preview = scene.preview(scene.stage([[1, "Nguyễn Văn An", "", "Phòng Nội vụ"]]))
    assert said(preview) == [(2, "error", "Nguyễn Văn An", ["unit_ambiguous"])]
    assert dict(preview.verdicts[1].problems[0].values) == {"unit": "Phòng Nội vụ", "choices": "Phòng Nội vụ (A); Phòng Nội vụ (B)"}
    rows: list[list[Any]] = [["TT", "Họ tên", "Đơn vị", "Điểm cầu"], [1, "Nguyễn Văn An", "Phòng Nội vụ", "huyện Tuy Phong"]]
    assert said(scene.preview(scene.stage(xlsx(rows)))) == [(2, "new", "Nguyễn Văn An", [])]


def test_rows_without_unit_take_it_from_section_row_above_or_site(scene: Scene) -> None:
    rows: list[list[Any]] = [
        ["TT", "Họ tên", "Chức vụ", "Đơn vị"],
        ["I", "Sở Nội vụ"],
        [1, "Nguyễn Văn An", "Giám đốc"],
        ["II", "Khối các cơ quan khác"],
        [1, "Trần Thị Bích", "Chuyên viên"],
        [2, "Lê Văn Chi", "Chuyên viên", "Sở Tư pháp"],
        [3, "Lê Văn Dần", "Chuyên viên"],
        ["III", "Điểm cầu huyện Tuy Phong"],
        [1, "Phạm Văn Én", "Chủ tịch"],
    ]
    preview = scene.preview(scene.stage(xlsx(rows)))
    assert said(preview) == [
        (3, "new", "Nguyễn Văn An", []),
        (5, "error", "Trần Thị Bích", ["unit_missing"]),
        (6, "new", "Lê Văn Chi", ["unit_invited_now"]),
        (7, "new", "Lê Văn Dần", ["unit_from_above", "unit_invited_now"]),
        (9, "new", "Phạm Văn Én", ["unit_from_site", "unit_invited_now"]),
    ]
    assert [p.code for v in preview.verdicts for p in v.problems if v.verdict == "skipped"] == [
        "row_header",
        "row_section",
        "row_section_unknown",
        "row_section",
    ]
    assert [v.rank for v in preview.verdicts if v.verdict == "new"] == ["head", "staff", "staff", "head"]


def test_heading_that_leads_a_unit_to_another_site_is_said(scene: Scene) -> None:
    rows: list[list[Any]] = [["TT", "Họ tên", "Đơn vị"], ["I", "Điểm cầu huyện Tuy Phong"], [1, "Nguyễn Văn An", "Sở Nội vụ"]]
    preview = scene.preview(scene.stage(xlsx(rows)))
    assert said(preview) == [(3, "new", "Nguyễn Văn An", ["site_from_section"])]
    assert dict(preview.verdicts[-1].problems[0].values) == {"site": "Điểm cầu huyện Tuy Phong", "own": "Điểm cầu trung tâm"}


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ([1, None, "Chuyên viên", "Sở Nội vụ"], "name_missing"),
        ([1, "N" * 201, "Chuyên viên", "Sở Nội vụ"], "text_too_long"),
        ([1, "Nguyễn Văn An", "C" * 201, "Sở Nội vụ"], "text_too_long"),
        ([1, "Nguyễn Văn An", "Chuyên viên", None], "unit_missing"),
        ([1, "Nguyễn Văn An", "Chuyên viên", "Sở không có"], "unit_unknown"),
    ],
)
def test_wrong_row_says_why_and_keeps_nobody_else_out(scene: Scene, row: list[Any], problem: str) -> None:
    preview = scene.bring(row, [2, "Trần Thị Bích", "Chuyên viên", "Sở Nội vụ"])
    assert [(v.verdict, [p.code for p in v.problems]) for v in preview.verdicts[1:]] == [("error", [problem]), ("new", [])]
    assert [d.full_name for d in scene.delegates()] == ["Trần Thị Bích"]


def test_unit_cannot_be_invited_without_a_site(begin: BeginWork) -> None:
    with begin() as work:
        olga = make_account(work)
        conference = make_conference(work, olga)
        make_unit(work)
    sent = read_delegate_list(xlsx([HEADER, [1, "Nguyễn Văn An", "", "Sở Nội vụ"]]), "a.xlsx", LIMITS)
    with begin(acting(olga)) as work:
        staged = stage_import(work, conference.id, sent)
        assert said(preview_import(work, conference.id, staged.id)) == [(2, "error", "Nguyễn Văn An", ["conference_without_site"])]


def test_harmful_texts_are_stored_clean(scene: Scene) -> None:
    text = (
        "Họ và tên,Chức vụ,Đơn vị\n"
        '"=HYPERLINK(""https://example.org"")",<script>alert(1)</script>,Sở Nội vụ\n'
        '"Trần\r\nThị \u202eBích\u200b",{x} %s {{7*7}},Sở Nội vụ\n'
    )
    with scene.acting() as work:
        import_id = stage_import(work, scene.conference.id, read_delegate_list(text.encode(), "list.csv", LIMITS)).id
    scene.confirm(import_id)
    assert [(d.full_name, d.position) for d in scene.delegates()] == [
        ('=HYPERLINK("https://example.org")', "<script>alert(1)</script>"),
        ("Trần Thị Bích", "{x} %s {{7*7}}"),
    ]


def test_protocol_order_goes_on_after_those_who_are_there(scene: Scene) -> None:
    with scene.begin() as work:
        mandate = work.session.scalars(select(Mandate)).one()
        make_delegate(work, mandate, "Nguyễn Thị Dina", protocol_order=7)
    scene.bring([1, "Vũ Văn Y", "", "Sở Nội vụ"], [2, "Bùi Văn A", "", "Sở Nội vụ"])
    assert [(d.full_name, d.protocol_order) for d in scene.delegates()] == [("Nguyễn Thị Dina", 7), ("Vũ Văn Y", 8), ("Bùi Văn A", 9)]


def test_other_reading_replaces_the_first(scene: Scene) -> None:
    import_id = scene.stage(tcvn3_workbook([HEADER, [1, "Nguyễn Văn Hương", "Giám đốc", "Sở Nội vụ"]]))
    assert said(scene.preview(import_id)) == [(2, "new", "Nguyễn Văn Hương", [])]
    with scene.acting() as work:
        staged, sheets = sent_sheets(work, scene.conference.id, import_id)
        columns = dict(staged.columns) | {"position": 3, "unit": 2}
        reading = Reading(encoding="tcvn3", header_row=0, columns=columns)
        sent = read_again(sheets, file_name=staged.file_name, file_digest=staged.file_digest, reading=reading)
        read_import_again(work, scene.conference.id, import_id, sent)
    assert said(scene.preview(import_id)) == [(2, "error", "Nguyễn Văn Hương", ["unit_unknown"])]


def test_discarded_list_is_gone(scene: Scene) -> None:
    import_id = scene.stage(messy_workbook())
    with scene.acting() as work:
        discard_import(work, scene.conference.id, import_id)
        assert list_imports(work, scene.conference.id) == []
    with pytest.raises(NotFound):
        scene.preview(import_id)


@pytest.mark.parametrize("step", [preview_import, discard_import, sent_sheets])
def test_confirmed_list_is_settled(scene: Scene, step: Any) -> None:
    import_id = scene.stage(messy_workbook())
    scene.confirm(import_id)
    with pytest.raises(WrongState), scene.acting() as work:
        step(work, scene.conference.id, import_id)


def test_list_of_imports_names_who_sent_them(scene: Scene) -> None:
    first, second = scene.stage(messy_workbook()), scene.stage(messy_workbook())
    with scene.acting() as work:
        assert [(staged.id, name) for staged, name in list_imports(work, scene.conference.id)] == [(second, "Olga"), (first, "Olga")]


def test_forgotten_lists_are_deleted_after_a_week(scene: Scene) -> None:
    old, confirmed = scene.stage(messy_workbook()), scene.stage(messy_workbook())
    scene.confirm(confirmed)
    with scene.begin(acting(scene.olga), now=NOW + timedelta(days=8)) as work:
        fresh = stage_import(work, scene.conference.id, read_delegate_list(messy_workbook(), "a.xlsx", LIMITS)).id
        assert [staged.id for staged, _ in list_imports(work, scene.conference.id)] == [fresh, confirmed]
    assert old not in (fresh, confirmed)


@pytest.mark.parametrize("state", ["closed", "cancelled"])
def test_settled_conference_takes_no_list(scene: Scene, state: str) -> None:
    import_id = scene.stage(messy_workbook())
    digest = scene.preview(import_id).digest
    with scene.begin() as work:
        conference = work.session.get(Conference, scene.conference.id)
        assert conference is not None
        settle(conference, state)
    with pytest.raises(WrongState):
        scene.confirm(import_id, digest)
    with pytest.raises(WrongState):
        scene.stage(messy_workbook())
    assert scene.delegates() == []


@pytest.mark.parametrize("who", ["mallory", "nobody", "a desk"])
def test_outsider_cannot_see_or_touch_an_import(scene: Scene, who: str) -> None:
    import_id = scene.stage(messy_workbook())
    digest = scene.preview(import_id).digest
    sent = read_delegate_list(messy_workbook(), "a.xlsx", LIMITS)
    actor = {"mallory": acting(scene.mallory), "nobody": Anonymous(), "a desk": DeskActor(1)}[who]
    refusal: type[DomainError] = NotFound if who == "mallory" else SignInRequired
    ready = scene.prepare(import_id, digest)
    assert ready is not None
    steps: list[Any] = [
        lambda work: preview_import(work, scene.conference.id, import_id, ready.preview),
        lambda work: prepare_import(work, scene.conference.id, import_id, digest, ready.preview),
        lambda work: confirm_import(work, scene.conference.id, import_id, ready),
        lambda work: discard_import(work, scene.conference.id, import_id),
        lambda work: get_import(work, scene.conference.id, import_id),
        lambda work: sent_sheets(work, scene.conference.id, import_id),
        lambda work: read_import_again(work, scene.conference.id, import_id, sent),
        lambda work: list_imports(work, scene.conference.id),
        lambda work: stage_import(work, scene.conference.id, sent),
    ]
    for step in steps:
        with pytest.raises(refusal), scene.begin(actor) as work:
            step(work)
    assert scene.delegates() == []


def test_import_is_not_reached_through_another_conference(scene: Scene) -> None:
    import_id = scene.stage(messy_workbook())
    with scene.begin() as work:
        hers = work.session.scalars(select(Conference.id).where(Conference.id != scene.conference.id)).one()
    with pytest.raises(NotFound), scene.begin(acting(scene.mallory)) as work:
        preview_import(work, hers, import_id)
