from __future__ import annotations

from sdstudio.ui.main_window import MainWindow
from sdstudio.ui.widgets.number import NumberField
from tests.helpers.hand import Hand


def test_numbers_of_nothing_are_a_dash(window: MainWindow) -> None:
    def width_of_box() -> NumberField:
        """The newest: those of the tool before may still be about to go."""
        fields = window.tool_options.findChildren(NumberField)
        return [field for field in fields if field.accessibleName() == "W"][-1]

    window.toolbox.set_active("transform")
    assert width_of_box().text() == "–"
    assert not width_of_box().isEnabled()
    window.toolbox.set_active("brush")
    Hand(window.canvas).drag((20, 20), (60, 20))
    window.toolbox.set_active("transform")
    assert width_of_box().isEnabled()
    assert width_of_box().text().endswith(" px")
    assert width_of_box().value() > 40
