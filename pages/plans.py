"""Plans: the list, the history of the one in hand, files and links."""

from __future__ import annotations

import streamlit as st

from pages._shared import files, library, links, services, starting, state

current = state.current()
st.title("Plans", anchor=False)
if current.read_only:
    st.info("This link shows one plan and changes nothing.", icon=":material/visibility:")
    st.subheader("Download", anchor=False)
    files.downloads(current)
    st.stop()

with st.container(horizontal=True, vertical_alignment="center"):
    view = st.segmented_control(
        "View",
        ("This plan", "History", "All plans"),
        default="This plan",
        required=True,
        key="plans-view",
        label_visibility="collapsed",
        persist_state="session",
    )
    starting.new_plan()
if view == "History":
    library.history(current)
elif view == "All plans":
    library.list_plans(current)
    st.button("Add the sample plan again", on_click=lambda: state.go_to(services.add_sample(services.store()).plan_id))
else:
    library.rename(current)
    st.subheader("Share", anchor=False)
    links.share(current)
    st.subheader("Download", anchor=False)
    files.downloads(current)
    st.subheader("Upload", anchor=False)
    files.upload(current)
