"""The asset's page: what each of its tabs says (pure), and the widget that shows it.

A tab is one widget, an `AssetTab`: it is given each new state of the workspace while it is shown,
and asks the workspace for what the state does not hold.
"""
