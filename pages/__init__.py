"""One file a page: widgets in, charts out, no arithmetic."""
