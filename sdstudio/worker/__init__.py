"""The engine's process as the window sees it: spawn, send, receive, cancel, lose and restart."""
