"""Settings of the plan, one field each, derived from their declarations."""

from __future__ import annotations

import streamlit as st

from pages._shared import starting, state
from pages._shared.setting_fields import fields

current = state.current()
st.title("Settings", anchor=False)
starting.first_steps(current)
fields(current)
