"""Lists of things an edition knows, one a line: icon name, colon, the words captions use for it."""
