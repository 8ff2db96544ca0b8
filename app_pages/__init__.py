"""One file a page: widgets in, charts out, no arithmetic.

Not called `pages`: a folder of that name beside app.py makes Streamlit run its files without app.py
when the first visit after a start is to a page other than the first.
"""
