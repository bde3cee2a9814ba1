"""Looking before building: the plan, what is stale, and why."""

from dataclasses import replace
from pathlib import Path

from tests.ui import sample
from tests.ui.user import opened
from tui.graph import AssetStatus, GraphChanges, Status
from tui.workspace.auto_build_values import Armed, Mode


async def test_shift_s_builds_all_that_is_stale_or_missing_and_nothing_else(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.presses("S")
        (plan,) = user.workspace.plans
        built = [key for key in plan.nodes if key in user.workspace.state.graph.assets]
        assert built == [
            "model.shop.stg_sessions", "model.shop.customers", "model.shop.newsletter_audience",
        ]  # fmt: skip
        fresh = {key: AssetStatus(Status.FRESH) for key in user.workspace.state.statuses}
        await user.learns(statuses=fresh)
        await user.presses("S")
        assert len(user.workspace.plans) == 1
        await user.sees("nothing is stale")


async def test_w_tells_the_chain_from_the_root_cause_down_and_m_builds_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("newsletter_audience")
        await user.presses("w")
        await user.sees("newsletter_audience is stale: 1 root cause", "SQL edited",
                  "upstream stale: customers", "builds 2 assets")  # fmt: skip
        assert user.screen.rindex("SQL edited") < user.screen.rindex("upstream stale: customers")
        await user.presses("m")
        (plan,) = user.workspace.plans
        assert plan.label == "newsletter_audience up to date"
        assert plan.nodes[:2] == ("model.shop.customers", "model.shop.newsletter_audience")
        await user.presses("w", "enter")
        assert user.tree.row is not None
        assert user.tree.row.label == "customers"


async def test_w_on_what_is_not_outdated_says_what_it_is(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        for name, words in (
            ("orders", "orders failed in run b77c: Binder Error"),
            ("daily_sales", "daily_sales was skipped because of orders"),
            ("stg_orders", "stg_orders is fresh"),
        ):
            await user.highlights(name)
            await user.presses("w")
            await user.sees(words)


async def test_w_warns_of_a_source_that_the_project_itself_builds(tmp_path: Path) -> None:
    shop = sample.shop(tmp_path)
    graph = shop.graph
    source = next(one for one in graph.assets.values() if one.resource_type == "source")
    seed = graph.assets["seed.shop.raw_orders"]
    built = source._replace(relation=seed.relation)
    reader = graph.assets["model.shop.customers"]._replace(depends_on=(source.unique_id,))
    graph = graph.apply(GraphChanges((built, reader)))
    async with opened(tmp_path, replace(shop, graph=graph)) as user:
        await user.highlights(source.name)
        await user.presses("w")
        await user.sees("is built by seed raw_orders, but dbt does not know the order: use ref(")
        await user.highlights("customers")
        await user.presses("w")
        await user.sees("! ", "use ref('raw_orders')")


async def test_shift_p_shows_command_kinds_time_and_what_becomes_stale(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("orders")
        await user.presses("P")
        await user.waits_for(lambda: "Expected" in user.screen)
        await user.sees(
            "dbt build --select orders", "1 table · 3 tests", "about 0.57s", "dev·duckdb",
            "Then stale", "customers", "monthly_revenue",
        )  # fmt: skip
        await user.presses("d")
        await user.waits_for(lambda: "Expected" in user.screen)
        await user.sees("dbt build --select orders+", "Then stale    nothing")
        await user.presses("f")
        await user.waits_for(lambda: "Drops" in user.screen)
        await user.sees("--full-refresh", "shop.main.orders", "from scratch")
        await user.presses("f", "enter")
        assert user.workspace.plans[0].dbt_line == "dbt build --select orders+"


async def test_a_plan_on_a_production_target_is_red_and_asks(tmp_path: Path) -> None:
    shop = sample.shop(tmp_path)
    prod = replace(shop, project=replace(shop.project, target="prod"))
    async with opened(tmp_path, prod) as user:
        await user.highlights("orders")
        await user.presses("P")
        await user.sees("looks like production")
        await user.presses("enter")
        assert not user.workspace.plans
        await user.presses("y")
        assert len(user.workspace.plans) == 1


async def test_what_cannot_be_run_has_no_plan(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("web.sessions")
        await user.presses("P")
        await user.sees("web.sessions is a source")
        await user.highlights("stg_orders")
        await user.presses("P", "escape")
        assert not user.workspace.plans


async def test_the_page_of_an_asset_plans_explains_and_arms_it_too(tmp_path: Path) -> None:
    async with opened(tmp_path, size=(150, 40)) as user:
        await user.highlights("newsletter_audience")
        await user.presses("enter")
        await user.waits_for(lambda: "assets ▸ newsletter_audience" in user.screen)
        await user.sees("S stale", "w why", "P plan", "a arm")
        await user.presses("w")
        await user.sees("newsletter_audience is stale: 1 root cause", "enter opens its page")
        await user.presses("m")
        assert user.workspace.plans[-1].label == "newsletter_audience up to date"
        await user.presses("P")
        await user.waits_for(lambda: "Expected" in user.screen)
        await user.presses("enter")
        assert user.workspace.plans[-1].dbt_line == "dbt build --select newsletter_audience"
        await user.presses("S")
        assert user.workspace.plans[-1].label == "stale (3)"
        await user.presses("a", "b")
        assert user.workspace.state.armed == {
            "model.shop.newsletter_audience": Armed(Mode.BUILD)
        }  # fmt: skip
        await user.sees("↯build")
        await user.presses("w", "enter")
        await user.waits_for(lambda: "assets ▸ customers" in user.screen)


async def test_the_footer_offers_why_only_where_something_is_amiss(tmp_path: Path) -> None:
    async with opened(tmp_path) as user:
        await user.highlights("customers")
        await user.sees("w why")
        await user.highlights("stg_orders")
        await user.misses("w why")
