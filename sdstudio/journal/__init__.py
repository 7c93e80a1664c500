"""What is done to a document, written to the disk as it happens, so that a crash costs at most one stroke.

One SQLite database for each open document, owned by the process that has it open. Knows layers only by the fields of
their classes, so new kinds of layers need nothing here. Must not know widgets or the user's own files.
"""
