"""The assets screen, as its user meets it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from textual.events import Key

from tests.ui import sample
from tests.ui.user import opened
from tui.graph import Asset, AssetGraph, StaleReason
from tui.protocol.messages import ParseProgress
from tui.tree import View
from tui.ui.session import load_session
from tui.ui.theme.glyphs import ASCII


async def test_the_tree_tells_kind_status_age_and_run_of_every_asset(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        for part in ("table", "✗ failed", "31s", "b77c"):
            assert part in user.row("orders")
        assert "◐ stale" in user.row("customers")
        assert "⊘ skipped" in user.row("daily_sales")
        await user.sees("Assets · lineage", "dev·duckdb", "✗ 1 failed", "watching · parsed 0.12s")
        await user.highlights("customer_segments")
        assert "○ never" in user.row("customer_segments")


async def test_the_cursor_is_in_sight_after_a_filter_in_which_nothing_had_to_scroll(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, size=(80, 24)) as user:
        height = user.tree.scrollable_content_region.height
        user.tree.move_to(height + 2)
        await user.pilot.pause()
        await user.presses("slash")
        await user.types("newsletter_audience")
        await user.waits_for(lambda: user.tree.scroll_offset.y == 0)
        await user.presses("enter")
        await user.waits_for(lambda: user.tree.has_focus)
        await user.presses("escape")
        top = user.tree.scroll_offset.y
        assert top <= user.tree.cursor < top + height


async def test_the_details_follow_the_cursor_and_put_the_error_first(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("orders")
        await user.sees(
            "✗ failed", "Binder Error: Referenced column", "Latest attempt", "Last good build"
        )
        await user.highlights("customers")
        await user.sees("◐ stale", "because  SQL edited", "shop.main.customers", "stg_customers")


async def test_what_is_gone_and_what_is_stale_behind_a_failure_is_said(tmp_path: Path) -> None:
    for width, gone, checks, failed in (
        (200, "◐ stale · gone", "✗ checks failed · stale", "✗ failed · stale · SQL"),
        (130, "◐ stale · gone", "✗ checks+stale", "✗ failed · stale"),
        (80, "◐ stale · gone", "✗ checks+stale", "✗ failed · stale"),
    ):
        async with opened(tmp_path, size=(width, 40)) as user:
            state = user.workspace.state
            is_gone = StaleReason("relation_missing", "the relation shop.main.customers is gone")
            edited = StaleReason("sql", "SQL changed")
            statuses = dict(state.statuses)
            for name, reason in (("customers", is_gone), ("products", edited), ("orders", edited)):
                key = f"model.shop.{name}"
                statuses[key] = replace(statuses[key], reasons=(reason,))
            await user.learns(statuses=statuses)
            assert gone in user.row("customers")
            assert checks in user.row("products")
            assert failed in user.row("orders")
            # One attempt: the failed one, of half a minute ago.
            assert ("31s  b77c" if width > 80 else "31s") in user.row("orders")
            if width == 130:
                await user.highlights("products")
                await user.sees("✗ checks failed · ◐ stale", "stale because", "SQL changed")
            await user.presses("ctrl+r")
            assert user.workspace.looks == 1


async def test_what_the_engine_tells_of_an_asset_comes_a_moment_later(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        user.workspace.facts["model.shop.orders"] = {
            "description": "Each order [b]once[/b].",
            "raw_code": "select 1 as order_id",
            "config": {"materialized": "table"},
        }
        await user.highlights("orders")
        await user.waits_for(lambda: "Each order [b]once[/b]." in user.screen)
        await user.presses("tab", "G")
        await user.sees("select 1 as order_id")


async def test_vim_keys_and_arrows_move_fold_and_unfold(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.presses("g", "j", "down")
        assert user.tree.cursor == 2
        await user.presses("G")
        assert user.tree.cursor == len(user.tree.asset_tree) - 1
        await user.presses("g", "h")
        await user.sees("▸ raw_customers +1 ")
        before = len(user.tree.asset_tree)
        await user.presses("l")
        assert len(user.tree.asset_tree) > before
        await user.presses("l")
        assert user.tree.row is not None
        assert user.tree.row.label == "stg_customers"


async def test_a_folded_row_says_what_is_inside(tmp_path: Path) -> None:
    async with opened(tmp_path, sample.running(sample.shop(tmp_path))) as user:
        await user.highlights("int_order_payments")
        await user.presses("h")
        (row,) = [line for line in user.lines if "▸ int_o" in line]
        for part in ("+7", "⠋1", "◷1", "✗1", "◐3"):
            assert part in row


async def test_right_on_an_asset_with_checks_shows_them_with_their_results(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("products")
        await user.presses("l")
        assert "✗ failed" in user.row("unique sku")
        await user.presses("h")
        assert all("unique sku" not in line.split("││")[0] for line in user.lines)


async def test_letters_typed_in_one_breath_with_the_slash_are_all_for_the_filter(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as user:
        for letter in "/news":
            key = "slash" if letter == "/" else letter
            user.app.post_message(Key(key, letter))
        await user.waits_for(lambda: user.tree.asset_tree.filter_text == "news")
        await user.sees("1 match")


async def test_in_a_tree_without_rows_keys_do_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.presses("slash")
        await user.types("nothing is called so")
        await user.presses("enter")
        await user.waits_for(lambda: user.tree.has_focus)
        assert len(user.tree.asset_tree) == 0
        await user.presses("left", "right", "up", "down", "space", "minus", "m")
        assert len(user.tree.asset_tree) == 0


async def test_the_filter_narrows_as_one_types_and_esc_shows_all_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        everything = len(user.tree.asset_tree)
        await user.presses("slash")
        await user.types("news")
        assert user.tree.row is not None
        assert user.tree.row.label == "newsletter_audience"
        await user.sees("1 match")
        await user.presses("enter")
        await user.sees("/news")
        await user.presses("escape")
        assert len(user.tree.asset_tree) == everything
        assert user.tree.row.label == "newsletter_audience"


async def test_space_marks_and_m_builds_the_marked(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("stg_orders")
        await user.presses("space")
        await user.highlights("customers")
        await user.presses("space")
        await user.sees("2 marked")
        await user.presses("m")
        (plan,) = user.workspace.plans
        assert {"model.shop.stg_orders", "model.shop.customers"} <= set(plan.nodes)
        assert "model.shop.orders" not in plan.nodes
        await user.presses("escape")
        assert not user.tree.marks


async def test_a_range_is_marked_between_two_presses_of_shift_v(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.presses("g", "V", "j", "V")
        assert user.tree.marks == {"seed.shop.raw_customers", "model.shop.stg_customers"}


async def test_the_keys_of_materializing_reach_as_far_as_they_say(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("orders")
        await user.presses("m", "u", "d", "b", "t", "M")
        lines = [plan.dbt_line for plan in user.workspace.plans]
        assert lines == [
            "dbt build --select orders",
            "dbt build --select +orders",
            "dbt build --select orders+",
            "dbt build --select +orders+",
            "dbt test --select orders",
            "dbt build",
        ]


async def test_a_full_refresh_asks_and_names_what_it_drops(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("orders")
        await user.presses("f")
        await user.sees("Drops and rebuilds from scratch", "shop.main.orders", "--full-refresh")
        await user.presses("n")
        assert not user.workspace.plans
        await user.presses("f", "y")
        assert user.workspace.plans[0].full_refresh


async def test_a_target_that_looks_like_production_asks_before_any_run(tmp_path: Path) -> None:
    shop = sample.shop(tmp_path)
    prod = replace(shop, project=replace(shop.project, target="prod"))
    async with opened(tmp_path, prod) as user:
        await user.highlights("orders")
        await user.presses("m")
        await user.sees("looks like production")
        await user.presses("enter")  # the answer that does nothing is the one at hand
        assert not user.workspace.plans
        await user.presses("m", "y")
        assert len(user.workspace.plans) == 1


async def test_a_read_only_project_refuses_to_run_anything(tmp_path: Path) -> None:
    shop = sample.shop(tmp_path)
    async with opened(
        tmp_path, replace(shop, project=replace(shop.project, readonly=True))
    ) as user:
        await user.presses("m", "M", "f", "t")
        assert not user.workspace.plans
        await user.sees("read-only")


async def test_what_cannot_be_built_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("web.sessions")
        await user.presses("m")
        assert not user.workspace.plans
        assert "source" in user.workspace.notices[-1]


async def test_a_run_is_seen_while_it_goes_on_and_x_cancels_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.learns(sample.running(user.workspace.state))
        assert "running 1.2s" in user.row("orders")
        assert "◷ queued" in user.row("daily_sales")
        await user.sees("c0de build +daily_sales", "1/4", "x cancel")
        await user.presses("x")
        assert user.workspace.cancelled == ["c0de"]


async def test_an_edit_keeps_cursor_marks_and_folds_where_they_were(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("raw_products")
        await user.presses("h")
        await user.highlights("customers")
        await user.presses("space")
        await user.highlights("customers")
        graph = sample.graph_of(sample.SHOP + "\nraw_aaa -> stg_aaa", sample.CHECKS)
        await user.learns(graph=graph, edited={"model.shop.customers": sample.NOW - 1})
        assert user.tree.row is not None
        assert user.tree.row.label == "customers"
        assert user.tree.marks == {"model.shop.customers"}
        assert "▸ raw_products" in user.screen
        await user.sees("stg_aaa", "customers ✎")


async def test_when_the_asset_under_the_cursor_is_deleted_its_neighbour_takes_over(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("newsletter_audience")
        text = sample.SHOP.replace("customers -> newsletter_audience", "")
        await user.learns(graph=sample.graph_of(text, sample.CHECKS))
        assert user.tree.row is not None
        assert user.tree.row.label == "daily_sales"


async def test_v_goes_from_lineage_to_folders_and_stays_on_the_asset(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("orders")
        await user.presses("v")
        assert user.tree.asset_tree.view is View.FOLDERS
        assert user.tree.row is not None
        assert user.tree.row.label == "orders"
        await user.sees("Assets · folders", "marts")


async def test_a_broken_project_keeps_its_last_tree_and_names_the_place(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.learns(sample.broken(user.workspace.state))
        await user.sees(
            "models/marts/customers.sql:4", "unexpected '}'", "raw_customers", "1 problem"
        )
        await user.learns(problems=())
        await user.misses("unexpected '}'")


async def test_a_project_that_never_parsed_shows_its_problem_in_the_middle(tmp_path: Path) -> None:
    state = replace(sample.broken(sample.shop(tmp_path)), graph=AssetGraph(), statuses={}, runs=())
    async with opened(tmp_path, state) as user:
        await user.sees(
            "Jinja cannot be rendered", "models/marts/customers.sql:4", "opens the file"
        )


async def test_an_empty_project_says_what_to_do(tmp_path: Path) -> None:
    state = replace(sample.shop(tmp_path), graph=AssetGraph(), statuses={}, runs=())
    async with opened(tmp_path, state) as user:
        await user.sees("This project has no assets yet", "models/my_first_model.sql")


async def test_the_first_parse_shows_how_far_it_is(tmp_path: Path) -> None:
    state = replace(
        sample.shop(tmp_path), graph=AssetGraph(), statuses={}, runs=(), phase="parsing",
        progress=ParseProgress(400, 1000, "parsing"),
    )  # fmt: skip
    async with opened(tmp_path, state) as user:
        await user.sees("parsing 400 of 1,000", "400 of 1,000 files")


async def test_every_size_from_40_columns_up_is_usable(tmp_path: Path) -> None:
    for size in ((40, 15), (60, 20), (80, 24), (200, 60)):
        async with opened(tmp_path, size=size) as user:
            await user.highlights("orders")
            await user.sees("orders", "✗")
            assert all(len(line) <= size[0] + 2 for line in user.lines)
            await user.presses("enter")
            await user.sees("Binder Error")
            await user.presses("escape")
            assert user.tree.has_focus


async def test_a_terminal_without_unicode_gets_plain_signs(tmp_path: Path) -> None:
    async with opened(tmp_path, glyphs=ASCII) as user:
        await user.sees("x failed", "`-", "+ fresh", "space mark", "enter details")
        assert user.screen.isascii()


async def test_the_copy_menu_offers_what_there_is(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("orders")
        await user.presses("y")
        await user.sees("Name", "Selector", "dbt build --select orders", "Error")
        await user.presses("d")
        assert user.app.clipboard == "dbt build --select orders"
        await user.sees("copied")


async def test_the_session_is_found_again_and_a_broken_one_is_no_matter(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("customers")
        await user.presses("space")
        await user.highlights("raw_products")
        await user.presses("h", "v")
        user.app.exit()
    async with opened(tmp_path) as user:
        assert user.tree.asset_tree.view is View.FOLDERS
        assert user.tree.marks == {"model.shop.customers"}
        assert user.tree.row is not None
        assert user.tree.row.label == "raw_products"
    (tmp_path / ".dbtree" / "session.json").write_text('{"view": 3, "marks": [1], "fold')
    async with opened(tmp_path) as user:
        await user.sees("Assets · lineage")


async def test_a_filter_that_nothing_matches_says_how_to_leave_it(tmp_path: Path) -> None:
    async with opened(tmp_path, size=(40, 12)) as user:
        await user.presses("slash", *"zzz")
        await user.sees("no assets match zzz: esc shows all")
        await user.presses("enter")
        await user.sees("no assets match zzz: esc shows all")
        await user.presses("escape")
        await user.misses("nothing matches")
        await user.sees("raw_customers")


async def test_panes_of_a_broken_session_are_as_large_as_they_may_be(tmp_path: Path) -> None:
    place = sample.project_in(tmp_path).state_dir
    place.mkdir(parents=True, exist_ok=True)
    (place / "session.json").write_text('{"details_width": 9000, "run_height": -3}')
    session = load_session(place)
    assert (session.details_width, session.run_height) == (60, 14)
    async with opened(tmp_path) as user:
        await user.sees("raw_customers")


async def test_the_cursor_stays_in_sight_when_a_filter_is_left(tmp_path: Path) -> None:
    async with opened(tmp_path, size=(100, 22)) as user:
        await user.presses("g", "slash")
        await user.types("monthly")
        await user.presses("enter", "escape")
        assert user.tree.chosen == ("model.shop.monthly_revenue",)
        tree = user.tree
        assert len(tree.asset_tree) > tree.size.height

        def is_in_sight() -> bool:
            return tree.scroll_offset.y <= tree.cursor < tree.scroll_offset.y + tree.size.height

        await user.waits_for(is_in_sight)


async def test_a_provisional_tree_does_not_decide_where_the_cursor_is(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        graph = user.workspace.state.graph
        first = AssetGraph(
            {key: replace_edges(asset) for key, asset in graph.assets.items()}, provisional=True
        )
        await user.learns(graph=first)
        await user.presses("g")
        await user.learns(graph=graph)
        assert user.tree.cursor == 0


def replace_edges(asset: Asset) -> Asset:
    """The asset as a first look shows it whose edges it could not find."""
    return asset._replace(depends_on=())
