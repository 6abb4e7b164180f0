"""How a board lays out its sites, and that its sums are those of the sites whatever changes."""

from hypothesis import given
from hypothesis import strategies as st

from confsvc.domain.board_picture import BoardPicture
from confsvc.domain.board_tiles import FEWEST_PARTS, MOST_BEHIND, MOST_TILES, NOTHING, PLACE, SUMMED, Counts, figures_of, in_hall, lay_out, plus
from confsvc.domain.figures import Figures

counts = st.tuples(*(st.integers(0, 9) for _ in SUMMED))
# The site above each site after the first, by its number; none for -1.
trees = st.lists(st.integers(-1, 400), max_size=400).map(lambda above: {n: None if up < 0 or up >= n else up for n, up in enumerate([-1, *above])})


def province(districts: int, communes: int) -> dict[int, int | None]:
    """A main site (0) above so many districts, each above so many communes."""
    tree: dict[int, int | None] = {0: None}
    for district in range(1, districts + 1):
        tree[district] = 0
        tree |= {1000 * district + commune: district for commune in range(communes)}
    return tree


def test_as_many_sites_as_there_is_room_for_have_a_tile_each() -> None:
    tree = province(10, 13)
    assert lay_out(tree) == ("sites", {site_id: site_id for site_id in tree})


def test_parts_hold_everything_below_them_and_what_is_above_them_stands_for_itself() -> None:
    tree = province(12, 20)
    shown, tile_of = lay_out(tree)
    assert (shown, set(tile_of.values())) == ("parts", set(range(13)))
    assert (tile_of[0], tile_of[12], tile_of[12_019]) == (0, 12, 12)


def test_many_sites_that_hang_below_nothing_or_one_are_shown_by_how_far_behind_they_are() -> None:
    flat: dict[int, int | None] = dict.fromkeys(range(MOST_TILES + 1))
    below_one: dict[int, int | None] = {0: None} | dict.fromkeys(range(1, 500), 0)
    below_few = province(FEWEST_PARTS - 2, 100)
    for tree in (flat, below_one, below_few):
        assert lay_out(tree) == ("behind", {site_id: site_id for site_id in tree})


def test_rows_whose_parents_lead_nowhere_or_in_a_circle_are_shown_too() -> None:
    tree: dict[int, int | None] = {**province(12, 20), 500: 501, 501: 500, 600: 77_777}
    shown, tile_of = lay_out(tree)
    assert (shown, tile_of.keys()) == ("parts", tree.keys())


@given(trees)
def test_every_site_has_a_tile_which_is_a_site_above_it_or_itself_and_no_more_tiles_than_fit(tree: dict[int, int | None]) -> None:
    shown, tile_of = lay_out(tree)
    assert tile_of.keys() == tree.keys()
    if shown == "parts":
        assert len(set(tile_of.values())) <= MOST_TILES
    for site_id, tile_id in tile_of.items():
        above: int | None = site_id
        while above is not None and above != tile_id:
            above = tree[above]
        assert above == tile_id
        assert tile_of[tile_id] == tile_id


@given(trees, st.lists(st.tuples(st.integers(0, 400), counts)), st.dictionaries(st.integers(0, 400), st.integers(0, 3)))
def test_tiles_and_total_are_the_sums_of_their_sites(tree: dict[int, int | None], puts: list[tuple[int, Counts]], desks: dict[int, int]) -> None:
    picture = BoardPicture(1, 0, [(site_id, f"Điểm cầu {site_id}", "remote", above) for site_id, above in tree.items()])
    for site_id, values in puts:
        picture.put(site_id, values)
    picture.put_desks(desks)

    expected = dict.fromkeys(picture.tiles, NOTHING)
    for site in picture.sites.values():
        expected[site.tile_id] = plus(expected[site.tile_id], site.counts)
    assert {tile.id: tile.counts for tile in picture.tiles.values()} == expected
    whole = NOTHING
    for values in expected.values():
        whole = plus(whole, values)
    assert picture.total == whole
    assert {site_id: picture.sites[site_id].desks for site_id in desks if site_id in tree} == {n: desks[n] for n in desks if n in tree}
    assert picture.touched <= picture.tiles.keys()
    assert sum(tile.sites for tile in picture.tiles.values()) == len(tree)


def test_headcount_of_nobody_is_none_and_one_of_zero_is_zero() -> None:
    assert (figures_of(NOTHING), in_hall(NOTHING)) == (Figures(), None)
    counted = tuple(1 if place == PLACE["counted"] else 0 for place in range(len(SUMMED)))
    assert (figures_of(counted), in_hall(counted)) == (Figures(headcount=0), 0)


def test_only_the_sites_furthest_behind_and_the_main_one_are_shown_of_many_and_they_come_and_go() -> None:
    picture = BoardPicture(1, 0, [(n, f"Xã {n}", "remote" if n else "main", None) for n in range(MOST_TILES + 10)])
    seat = tuple(1 if name == "named" else 0 for name in SUMMED)
    here = tuple(1 if name in ("named", "present") else 0 for name in SUMMED)
    for n in range(MOST_TILES + 10):
        picture.put(n, here if n == 0 else seat)
    picture.choose_behind()
    assert [tile.id for tile in picture.shown()] == list(range(MOST_BEHIND))
    for n in range(1, 6):
        picture.put(n, here)
    assert picture.choose_behind() == (set(range(MOST_BEHIND, MOST_BEHIND + 5)), set(range(1, 6)))
    assert [tile.id for tile in picture.shown()] == [0, *range(6, MOST_BEHIND + 5)]


def test_sites_are_found_by_name_without_marks_and_by_the_tile_they_are_in() -> None:
    picture = BoardPicture(1, 0, [(site_id, f"Điểm cầu xã Đức Phổ {site_id}", "remote", above) for site_id, above in province(12, 20).items()])
    assert [site.id for site in picture.find("duc pho 1201", None)[1]] == list(range(12_010, 12_020))
    count, found = picture.find("", 12)
    assert (count, {site.tile_id for site in found}) == (21, {12})
    count, found = picture.find("", None)
    assert (count, len(found)) == (253, 60)
    assert picture.find("đâu đó", None) == (0, [])
