"""What every page may say without asking: the version, and empty defaults for the rest."""

from django.http import HttpRequest

import protem


def page(_request: HttpRequest) -> dict[str, object]:
    """Defaults for what ``protem/base.html`` shows around a page.

    List it in ``context_processors`` *before* the processor that knows the site: a later
    processor replaces the keys it gives, and a view's own context replaces both.

    - ``navigation``: ``[{"label", "url", "current"}, …]``, in order;
    - ``demo`` and ``demo_remove_url``: shows the banner of the demo company;
    - ``search_url``: where the search form goes (GET, ``q``), ``settings_url`` and
      ``sign_out_url`` (POST): each is left out while empty;
    - ``user_name``: replaces the user's own name in the menu;
    - ``as_of``: the day the page's numbers hold for, shown in the footer.
    """
    return {
        "version": protem.__version__,
        "navigation": [],
        "demo": False,
        "demo_remove_url": "",
        "search_url": "",
        "settings_url": "",
        "sign_out_url": "",
        "user_name": "",
        "as_of": None,
    }
