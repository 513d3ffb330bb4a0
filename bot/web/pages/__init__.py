"""The tabs of the page, and what stands behind each."""
