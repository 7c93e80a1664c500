"""The same arithmetic sooner, or less of it: how the networks are computed on a processor, and what a hurry leaves out.

Nothing here changes a module: `with` a mode, torch's own functions are computed another way, whoever calls them.
"""
