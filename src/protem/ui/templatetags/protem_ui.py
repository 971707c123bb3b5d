"""Everything a page loads with ``{% load protem_ui %}``: filters, components and charts."""

from django import template

from protem.ui import components, containers, figures, wording

register = template.Library()

register.filter("date_plain", wording.date_plain)
register.filter("ago", wording.ago)
register.filter("quantity", wording.quantity)
register.filter("percent", wording.percent)

register.simple_tag(wording.verdict_badge, name="verdict")
register.simple_tag(figures.sparkline_svg, name="sparkline")

for figure in (figures.line_chart, figures.signal_strip):
    name = figure.__name__
    register.inclusion_tag(f"protem/ui/{name}.html", name=name)(figure)

for plain in (
    components.metric_card,
    components.signal_row,
    components.signal_dots,
    components.action_row,
    components.empty_state,
    components.key_values,
    components.link_row,
    components.freshness,
    components.field,
):
    name = plain.__name__
    register.inclusion_tag(f"protem/ui/{name}.html", name=name)(plain)

for asking in (components.data_table, components.progress, components.pagination):
    name = asking.__name__
    register.inclusion_tag(f"protem/ui/{name}.html", name=name, takes_context=True)(asking)

for wrapping in (
    containers.page_header,
    containers.card,
    containers.notice,
    containers.disclosure,
    containers.definition,
    containers.table_region,
):
    register.simple_block_tag(wrapping, name=wrapping.__name__)

register.simple_block_tag(containers.drop_zone, name="drop_zone", takes_context=True)
