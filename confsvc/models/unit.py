"""Units: dated, of free kind, in a tree that merges, splits and is renamed."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from confsvc.models.base import Base


class Unit(Base):
    """A unit as it stands from `valid_from` until the day before `valid_to`; its name never identifies it.

    `search_fold` is what search looks through: name, short name and code, folded, a line each.
    """

    __tablename__ = "units"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_from IS NULL OR valid_from <= valid_to", name="period"),
        CheckConstraint("parent_id IS NULL OR parent_id <> id", name="not_own_parent"),
        Index(
            "uq_units_living_code",
            "code",
            unique=True,
            sqlite_where=text("valid_to IS NULL AND code <> ''"),
            postgresql_where=text("valid_to IS NULL AND code <> ''"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(50), default="")
    kind: Mapped[str] = mapped_column(String(100), default="")
    name: Mapped[str] = mapped_column(String(200))
    name_fold: Mapped[str] = mapped_column(String(200), index=True)
    short_name: Mapped[str] = mapped_column(String(80), default="")
    search_fold: Mapped[str] = mapped_column(String(400))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    sort_order: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    parent: Mapped["Unit | None"] = relationship(remote_side=[id], lazy="raise")


class UnitSuccession(Base):
    """From `on_date` the unit `to_id` stands in the place of `from_id`."""

    __tablename__ = "unit_successions"
    __table_args__ = (
        CheckConstraint("kind IN ('rename', 'merge', 'split')", name="kind"),
        CheckConstraint("from_id <> to_id", name="not_to_itself"),
    )

    from_id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True, index=True)
    on_date: Mapped[date]
    kind: Mapped[str] = mapped_column(String(10))


class UnitMove(Base):
    """From `on_date` the unit no longer hangs under `from_parent_id` (None: at the top); `Unit.parent_id` is where it hangs last."""

    __tablename__ = "unit_moves"

    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True)
    on_date: Mapped[date] = mapped_column(primary_key=True)
    from_parent_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
