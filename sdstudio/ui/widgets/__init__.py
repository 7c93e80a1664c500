"""Small reusable controls without knowledge of documents."""
